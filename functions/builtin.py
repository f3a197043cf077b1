"""Our own functions, as a target like any module of a user: `revo worker functions.builtin`."""

from typing import Any

from functions.agents.architecture_advisor import analyse
from functions.agents.documentation import coverage
from functions.agents.security import scan
from functions.api import Function
from functions.engines.parallel_mind import review

FUNCTIONS: tuple[Function[..., Any], ...] = (scan, analyse, coverage, review)
