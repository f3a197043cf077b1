"""SQL of analysts: one SELECT at a time, on a copy of the rows, in a process that can be killed."""

from analytics.console.console import Console
from analytics.console.visible import SCHEMA

__all__ = ["SCHEMA", "Console"]
