"""Our own functions, as a target like any module of a user: `revo worker functions.builtin`."""

from typing import Any

from functions.agents import (
    architecture_advisor,
    bisecting,
    browser,
    changelog,
    code_generator,
    comparison,
    debugging,
    dependencies,
    deploy,
    documentation,
    gaps,
    mending,
    performance_optimizer,
    readme,
    reference,
    reproducing,
    security,
    skeletons,
    templating,
    testing,
    transforming,
    writing,
)
from functions.api import Function
from functions.engines import (
    analysis,
    coordinator,
    creative,
    mapping,
    parallel_mind,
    perfect_recall,
    stand_in,
)
from functions.notify import notifying

FUNCTIONS: tuple[Function[..., Any], ...] = (
    *security.FUNCTIONS,
    *mending.FUNCTIONS,
    *dependencies.FUNCTIONS,
    *testing.FUNCTIONS,
    *gaps.FUNCTIONS,
    *skeletons.FUNCTIONS,
    *debugging.FUNCTIONS,
    *reproducing.FUNCTIONS,
    *bisecting.FUNCTIONS,
    *architecture_advisor.FUNCTIONS,
    *deploy.FUNCTIONS,
    *documentation.FUNCTIONS,
    *reference.FUNCTIONS,
    *readme.FUNCTIONS,
    *changelog.FUNCTIONS,
    *performance_optimizer.FUNCTIONS,
    *comparison.FUNCTIONS,
    *browser.FUNCTIONS,
    *code_generator.FUNCTIONS,
    *templating.FUNCTIONS,
    *transforming.FUNCTIONS,
    *writing.FUNCTIONS,
    *coordinator.FUNCTIONS,
    *stand_in.FUNCTIONS,
    *parallel_mind.FUNCTIONS,
    *mapping.FUNCTIONS,
    *analysis.FUNCTIONS,
    *creative.FUNCTIONS,
    *perfect_recall.FUNCTIONS,
    *notifying.FUNCTIONS,
)
"""Each module lists its own."""
