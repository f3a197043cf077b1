"""Writes docs/reference from the tables, so that what people read is what the code does.

Each page is a function without parameters that returns its text. What it tells of is imported when it is
made.
"""

from infra.reference.write import PAGES, text, write

__all__ = ["PAGES", "text", "write"]
