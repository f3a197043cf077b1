"""A change to files, proposed by a model. It is worth nothing until the agent's own tools have passed on it.

The model gets the files that it may change and nothing else; an edit of another file, of a text that is not
there exactly once, or one that silences a checker refuses the whole proposal.
"""

import re
from collections.abc import Mapping
from typing import Annotated, Any

from msgspec import Meta, Struct
from msgspec.structs import replace

from functions.agents import quoting
from functions.context import Context
from functions.ports import Prompt, Reply, Turn

MOST_TEXT = 40_000
"""Characters of all files together that are put before a model."""
MOST_WHY = 1000

_SILENCING = re.compile(
    r"#\s*(nosec|noqa|type:\s*ignore|pragma:\s*no cover)|kingfisher:ignore", re.IGNORECASE
)

SYSTEM = """You mend code. {task}
Answer with edits. Each names one of the files, a text that stands exactly once in it (a few whole lines), and
what is to stand there instead. Change as little as you can. Do not silence a checker, do not touch what has
no finding, and keep what callers see. In `why`, say in a few words what each edit does."""


class Edit(Struct, frozen=True, forbid_unknown_fields=True):
    """One replacement."""

    file: str
    find: Annotated[str, Meta(description="Stands exactly once in the file.")]
    put: str


class Proposal(Struct, frozen=True, forbid_unknown_fields=True):
    """What the model wants to change, and why."""

    edits: list[Edit]
    why: str


class Refused(Exception):
    """The proposal cannot be applied; the text says why."""


class Task(Struct, frozen=True):
    """What is to be mended: said by us, with findings and files as data."""

    ours: str
    findings: list[dict[str, Any]]
    files: dict[str, str]
    model: str = "auto"


async def proposed(ctx: Context, task: Task, wrong: str = "") -> tuple[Proposal, Reply]:
    """A proposal; `wrong` says why the one before it did not pass."""
    shown = {name: quoting.safe(text, MOST_TEXT) for name, text in task.files.items()}
    turns = quoting.turns(SYSTEM.format(task=task.ours), {"findings": task.findings, "files": shown})
    if wrong:
        turns.append(Turn("user", f"An attempt before this one did not pass: {quoting.safe(wrong, 1500)}"))
    prompt = Prompt(turns, model=task.model, temperature=0.0, max_tokens=8000)
    proposal, reply = await ctx.model.fill(prompt, Proposal)
    return replace(proposal, why=quoting.plain(proposal.why, MOST_WHY)), reply


def applied(proposal: Proposal, files: Mapping[str, str]) -> dict[str, bytes]:
    """The files that change, as they are afterwards; Refused where one edit cannot be made as it says.

    >>> applied(Proposal([Edit("a.py", "eval(", "ast.literal_eval(")], "safer"), {"a.py": "x = eval(y)"})
    {'a.py': b'x = ast.literal_eval(y)'}
    """
    texts = dict(files)
    for edit in proposal.edits:
        if edit.file not in texts:
            raise Refused(f"it wants to change {edit.file[:100]!r}, which it was not given")
        count = texts[edit.file].count(edit.find) if edit.find else 0
        if count != 1:
            raise Refused(f"in {edit.file}, the text to replace stands {count} times: {edit.find[:100]!r}")
        if len(_SILENCING.findall(edit.put)) > len(_SILENCING.findall(edit.find)):
            raise Refused(f"in {edit.file}, it silences a checker instead of mending")
        texts[edit.file] = texts[edit.file].replace(edit.find, edit.put)
    changed = {name: text for name, text in texts.items() if text != files[name]}
    if not changed:
        raise Refused("it changes nothing")
    if sum(map(len, changed.values())) > 2 * MOST_TEXT:
        raise Refused("it makes the files much longer")
    return {name: text.encode() for name, text in changed.items()}
