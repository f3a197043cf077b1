"""What an agent answered, for a terminal: anything with findings and tools gets the face of a report.

An agent may answer with more than `Report` has; what has no place of its own here is shown as it is.
"""

from typing import Any

import msgspec
from msgspec import Struct
from rich.console import Group, RenderableType
from rich.text import Text

from functions.findings import Finding, ToolRun, counted
from functions.ports import Artifact, ModelUse
from infra import report
from infra.report import printable

MOST_FINDINGS = 20
MOST_CONTENTS = 40
"""Lines of one text that is shown among the rest."""


class Answer(Struct, frozen=True):
    """What is common to the answers of agents."""

    status: str
    summary: str
    findings: list[Finding]
    tools: list[ToolRun]
    notes: list[str] = []
    artifacts: list[Artifact] = []
    model: ModelUse | None = None
    advice: str = ""


def of(value: Any) -> RenderableType | None:
    """The answer as sections; None where the value is no agent's answer."""
    if not isinstance(value, dict) or not {"status", "summary", "findings", "tools"} <= value.keys():
        return None
    value = _safe(value)
    try:
        own = msgspec.convert(value, Answer)
    except msgspec.ValidationError:
        return None
    rest = {key: part for key, part in value.items() if key not in Answer.__struct_fields__ and part}
    metrics: dict[str, Any] = rest.pop("metrics", {})
    sections: list[RenderableType] = [_verdict(own)]
    if own.findings:
        sections += [
            report.severities(counted(own.findings)),
            *report.section("Findings", report.findings(own.findings, MOST_FINDINGS)),
        ]
    for title, part in (*rest.items(), *_nested(metrics)):
        sections += report.section(title.replace("_", " ").capitalize(), Text(_shown(part), overflow="fold"))
    figures = _line(metrics)
    sections += report.section("Figures", Text(figures, overflow="fold") if figures else None)
    sections += report.section("Tools", report.tools(own.tools, []) if own.tools else None)
    sections += report.section("Files made", _artifacts(own) if own.artifacts else None)
    sections += report.section(
        "Notes", Text("\n".join(own.notes), "dim", overflow="fold") if own.notes else None
    )
    sections += report.section(
        f"Advice of {own.model.name if own.model else 'a model'}", Text(own.advice) if own.advice else None
    )
    return Group(*sections)


def _safe(value: Any) -> Any:
    """Printable, but with the ends of lines: code and tracebacks keep their shape."""
    if isinstance(value, str):
        return "\n".join(printable(line.replace("\t", "    ")) for line in value.split("\n"))
    if isinstance(value, list):
        return [_safe(own) for own in value]
    return {key: _safe(own) for key, own in value.items()} if isinstance(value, dict) else value


def _verdict(own: Answer) -> Text:
    urgent = any(found.severity in ("critical", "high") for found in own.findings)
    line = Text(own.summary, "bold red" if urgent else "bold" if own.findings else "bold green")
    lacking = [f"{run.name} {run.status}" for run in own.tools if run.status not in ("ran", "skipped")]
    if lacking:
        line.append("\nIncomplete: ", "bold white on red")
        line.append(", ".join(lacking), "red")
    return line


def _artifacts(own: Answer) -> Text:
    return Text("\n".join(f"{made.name}  {made.size} bytes  {made.ref}" for made in own.artifacts))


def _nested(metrics: dict[str, Any]) -> list[tuple[str, Any]]:
    return [(key, part) for key, part in metrics.items() if isinstance(part, dict | list) and part]


def _shown(part: Any) -> str:
    """A value for reading: texts as they are, tables of records as lines, the rest as JSON."""
    if isinstance(part, str):
        return part
    if isinstance(part, list) and all(isinstance(row, str | int | float) for row in part):
        return "\n".join(f"- {row}" for row in part)
    if isinstance(part, list) and all(isinstance(row, dict) for row in part):
        rows = [_row(row) for row in part[:MOST_FINDINGS]]
        more = [f"... {len(part) - MOST_FINDINGS} more"] if len(part) > MOST_FINDINGS else []
        return "\n".join([*rows, *more])
    if isinstance(part, dict):
        nested = {key: own for key, own in part.items() if isinstance(own, dict | list) and own}
        rows = [f"{key.replace('_', ' ')}:\n{_indented(own)}" for key, own in nested.items()]
        return "\n".join([line for line in (_line(part), *rows) if line])
    return msgspec.json.encode(part).decode()


def _line(record: dict[str, Any]) -> str:
    """The short members of a record; what is empty, zero or false says nothing."""
    plain = {key: own for key, own in record.items() if isinstance(own, str | int | float) and own != ""}
    said = [(key.replace("_", " "), own) for key, own in plain.items() if own is not False]
    return "   ".join(key if own is True else f"{key} {own}" for key, own in said)


def _indented(part: Any) -> str:
    """A value within another one, not more than a screen of it."""
    lines = [f"  {line}" for line in _shown(part).splitlines()]
    return "\n".join([*lines[:MOST_CONTENTS], *(["  ..."] if len(lines) > MOST_CONTENTS else [])])


def _row(row: dict[str, Any]) -> str:
    """One record: short fields in a line, longer texts and what is nested indented below."""
    texts = {key: own for key, own in row.items() if isinstance(own, str) and (len(own) > 100 or "\n" in own)}
    nested = {key: own for key, own in row.items() if isinstance(own, dict | list) and own}
    parts = ["- " + _line({key: own for key, own in row.items() if key not in texts})]
    for key, own in texts.items():
        parts.append(f"    {key}: " + own[:2000].replace("\n", "\n      "))
    for key, part in nested.items():
        plain = isinstance(part, list) and all(isinstance(each, int | float) for each in part)
        shown = ", ".join(map(str, part)) if plain else "\n" + _indented(part)
        parts.append(f"    {key}: " + shown.replace("\n", "\n    "))
    return "\n".join(parts)
