"""Which page is made by what, and the writing of them."""

import importlib
from pathlib import Path

PAGES = {
    "errors.md": "contract:errors",
    "subjects.md": "contract:subjects",
    "streams.md": "stored:streams_page",
    "channels.md": "contract:channels",
    "settings.md": "surface:settings",
    "cli.md": "surface:cli",
    "functions.md": "surface:functions",
    "queries.md": "surface:queries",
    "asyncapi.json": "asyncapi:text",
    "openapi.json": "openapi:text",
}
"""File below docs/reference: module and function that make it, imported when it is made."""


def text(name: str) -> str:
    """The text of one page, made now."""
    module, _, maker = PAGES[name].partition(":")
    made: str = getattr(importlib.import_module(f"infra.reference.{module}"), maker)()
    return made


def write(folder: Path) -> list[str]:
    """Write all pages into a folder; the names of those that were not as they are now."""
    folder.mkdir(parents=True, exist_ok=True)
    changed = []
    for name in PAGES:
        path, made = folder / name, text(name)
        if not path.exists() or path.read_text() != made:
            path.write_text(made)
            changed.append(name)
    return changed
