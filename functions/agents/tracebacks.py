"""Finds Python tracebacks in any text: logs, terminals, pytest's output. Nothing is run.

>>> text = '''Traceback (most recent call last):
...   File "a.py", line 3, in f
...     return rows["x"]
...            ~~~~^^^^^
... KeyError: 'x'
... '''
>>> [trace] = find(text)
>>> trace.type, trace.message, trace.frames[-1].expression
('KeyError', "'x'", 'rows["x"]')
"""

import re
from typing import Annotated, Literal

from msgspec import Meta, Struct, field, structs

Chain = Literal["", "cause", "context"]

MOST_TRACES = 50
MOST_FRAMES = 200
MOST_LINES = 200_000

_HEAD = re.compile(r"^(?P<before>.*?)(?:Exception Group )?Traceback \(most recent call last\):\s*$")
_FRAME = re.compile(r'^\s*File "(?P<file>[^"]+)", line (?P<line>\d+)(?:, in (?P<function>.+?))?\s*$')
_END = re.compile(r"^(?P<type>[A-Za-z_][\w.]*(?:\.[A-Za-z_]\w*)*)(?:: (?P<message>.*))?$")
_CARETS = re.compile(r"^\s*[~^]+\s*$")
_REPEATED = re.compile(r"^\s*\[Previous line repeated (\d+) more times?\]")
_GROUP = re.compile(r"^\s*(?:\+-+\s*(?:\d+|\.\.\.) -+|\+-+|\|)\s?")
_CHAINS: dict[str, Chain] = {
    "During handling of the above exception, another exception occurred:": "context",
    "The above exception was the direct cause of the following exception:": "cause",
}
_PYTEST_PLACE = re.compile(
    r"^(?P<file>[^\s:][^:]*\.py):(?P<line>\d+): (?:in (?P<function>.+)|(?P<type>\w[\w.]*))?\s*$"
)
_PYTEST_ERROR = re.compile(r"^E\s{3,}(?P<text>.*)$")
_PYTEST_TEST = re.compile(r"^_{3,} (?P<name>.+?) _{3,}$")
_ERROR_LIKE = re.compile(
    r"(Error|Exception|Warning|Interrupt|Exit|Group|Iteration|Expired|Timeout|DoesNotExist|Cancelled)$"
)


class Frame(Struct, frozen=True):
    """One call. `file` is as the text has it, until it is found in the project."""

    file: str
    line: int
    function: str = ""
    source: str = ""
    expression: Annotated[
        str, Meta(description="The part that the carets of Python 3.11 and later mark.")
    ] = ""
    own: Annotated[bool, Meta(description="A file of the project.")] = False
    repeated: Annotated[int, Meta(description="How often it stood there again.")] = 0
    around: Annotated[list[str], Meta(description="Lines of the project around it, with their numbers.")] = (
        field(default_factory=list)
    )


class Trace(Struct, frozen=True):
    """One traceback, outermost call first."""

    type: str
    message: str
    frames: list[Frame]
    chain: Annotated[Chain, Meta(description="How it hangs together with the one before it.")] = ""
    line: Annotated[int, Meta(description="Where in the text it begins, from 1.")] = 0
    truncated: bool = False
    test: str = ""


def find(text: str) -> list[Trace]:
    """Every traceback in a text, in order; those of one chain follow each other."""
    lines = text.replace("\r\n", "\n").split("\n")[:MOST_LINES]
    found: list[Trace] = []
    place, chain, consumed = 0, "", 0
    while place < len(lines) and len(found) < MOST_TRACES:
        stripped = _GROUP.sub("", lines[place]).strip()
        if stripped in _CHAINS:
            chain = _CHAINS[stripped]
        head = _HEAD.match(lines[place])
        loose = head is None and _FRAME.match(_bare(lines[place], "")) and place >= consumed
        if head or loose:
            before = head["before"] if head else ""
            trace, place = _read(lines, place + (1 if head else 0), before)
            consumed = place
            linked: Chain = "cause" if chain == "cause" else "context" if chain else ""
            found.append(structs.replace(trace, chain=linked, truncated=trace.truncated or not head))
            chain = ""
            continue
        place += 1
    return found or _pytest(lines)


def _bare(line: str, before: str) -> str:
    """A line without what a logger or an exception group put before it."""
    if before.strip() and line.startswith(before):
        line = line[len(before) :]
    return _GROUP.sub("", line, count=1) if re.match(r"^\s*[|+]", line) else line


def _read(lines: list[str], place: int, before: str) -> tuple[Trace, int]:
    """The traceback whose frames begin at `place`, and the line after it."""
    begun, frames = place, list[Frame]()
    depth = len(before) - len(before.lstrip()) if not before.strip() else 0
    while place < len(lines):
        line = _bare(lines[place], before)
        found = _FRAME.match(line)
        repeated = _REPEATED.match(line)
        if found:
            frame, place = _frame(lines, place, before, found)
            if len(frames) < MOST_FRAMES:
                frames.append(frame)
        elif repeated and frames:
            frames[-1] = structs.replace(frames[-1], repeated=int(repeated[1]))
            place += 1
        else:
            break
    if place >= len(lines):
        return Trace("", "", frames, "", begun, truncated=True), place
    end = _END.match(_bare(lines[place], before)[depth:].rstrip())
    if end is None:
        return Trace("", "", frames, "", begun, truncated=True), max(place, begun)
    message, place = _message(lines, place, before, end["message"] or "")
    return Trace(end["type"], message, frames, "", begun), place


def _frame(lines: list[str], place: int, before: str, found: re.Match[str]) -> tuple[Frame, int]:
    """A frame with its source line and the expression that carets mark."""
    frame = Frame(found["file"], int(found["line"]), found["function"] or "")
    place += 1
    indent = len(found[0]) - len(found[0].lstrip())
    if place >= len(lines):
        return frame, place
    source = _bare(lines[place], before)
    if not source.startswith(" " * (indent + 1)) or _FRAME.match(source) or _REPEATED.match(source):
        return frame, place
    frame = structs.replace(frame, source=source.strip())
    place += 1
    while place < len(lines):
        marks = _bare(lines[place], before)
        if _CARETS.match(marks):
            start, end = len(marks) - len(marks.lstrip()), len(marks.rstrip())
            frame = structs.replace(frame, expression=source[start:end].strip())
        elif not marks.startswith(" " * (indent + 1)) or _FRAME.match(marks) or _REPEATED.match(marks):
            break
        place += 1
    return frame, place


def _message(lines: list[str], place: int, before: str, first: str) -> tuple[str, int]:
    """The message of an exception; it goes on over lines that are no new thing."""
    said = [first]
    place += 1
    while place < len(lines) and len(said) < 20:
        line = _bare(lines[place], before)
        ends = not line.strip() or _HEAD.match(line) or _FRAME.match(line) or line.strip() in _CHAINS
        if ends or not line.startswith((" ", "\t")):
            break
        said.append(line.rstrip())
        place += 1
    return "\n".join(said).strip(), place


def _pytest(lines: list[str]) -> list[Trace]:
    """Failures in the words of pytest: `E   KeyError: 'x'` and `file.py:3: KeyError`."""
    found: list[Trace] = []
    frames: list[Frame] = []
    errors: list[str] = []
    test, begun = "", 0

    def close() -> None:
        nonlocal frames, errors
        if errors and len(found) < MOST_TRACES:
            end = _END.match(errors[0])
            named = end is not None and bool(_ERROR_LIKE.search(end["type"]))
            type_ = end["type"] if named and end is not None else "AssertionError"
            message = "\n".join(
                [(end["message"] or "") if named and end is not None else errors[0], *errors[1:6]]
            )
            found.append(Trace(type_, message.strip(), frames, "", begun, test=test))
        frames, errors = [], []

    for number, line in enumerate(lines, 1):
        head, place, error = _PYTEST_TEST.match(line), _PYTEST_PLACE.match(line), _PYTEST_ERROR.match(line)
        if head:
            close()
            test, begun = head["name"], number
        elif place:
            after = lines[number].strip() if place["function"] and number < len(lines) else ""
            frames.append(Frame(place["file"], int(place["line"]), place["function"] or test, after))
        elif error:
            errors.append(error["text"])
        elif line.startswith("===="):
            close()
    close()
    return found
