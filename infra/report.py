"""A review for a terminal: the verdict first, then what it stands on. Pure: values in, renderables out."""

from collections.abc import Sequence
from typing import Any

import msgspec
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.progress_bar import ProgressBar
from rich.rule import Rule
from rich.table import Table
from rich.text import Text

from functions.engines.conflicts import Conflict
from functions.engines.reviews import Part, Review, SandboxUsed
from functions.figures import Architecture, Documentation, Performance, Testing
from functions.findings import SEVERITIES, Finding, Severity, ToolRun

STYLES: dict[Severity, str] = {
    "critical": "bold white on red",
    "high": "bold red",
    "medium": "yellow",
    "low": "cyan",
    "info": "dim",
}
_TOOL_STYLES = {
    "ran": "green",
    "skipped": "dim",
    "missing": "bold red",
    "timeout": "bold red",
    "failed": "bold red",
}


def render(review: Review, most: int = 20) -> RenderableType:
    """The whole report; `most` findings are listed."""
    review = msgspec.convert(printable(msgspec.to_builtins(review)), Review)
    sections: list[RenderableType] = [
        verdict(review),
        severities(review.counts),
        *section("Since the last review", since(review)),
        *section("Findings", findings(review.findings, most)),
        *section("Conflicts", conflicts(review.conflicts)),
        *section("Architecture", architecture(review.metrics.architecture)),
        *section("Documentation", documentation(review.metrics.documentation)),
        *section("Tests", testing(review.metrics.testing)),
        *section("Time", performance(review.metrics.performance)),
        *section("Tools", tools(review.tools, review.parts)),
        *section("Not looked at, not shown", _lines(review.notes, "dim") if review.notes else None),
        Text(),
        sandbox(review.sandbox),
    ]
    return Group(*sections)


def printable(value: Any) -> Any:
    r"""The same with every control character made visible: a file name may hold commands to the terminal.

    >>> printable(["a" + chr(27) + "[2J.py"])
    ['a\\x1b[2J.py']
    """
    if isinstance(value, str):
        return "".join(own if own.isprintable() else ascii(own)[1:-1] for own in value)
    if isinstance(value, list):
        return [printable(own) for own in value]
    if isinstance(value, dict):
        return {key: printable(own) for key, own in value.items()}
    return value


def verdict(review: Review) -> Text:
    """One line that says how it stands, and loudly where something was not looked at."""
    worst = next((own for own in SEVERITIES if review.counts.get(own)), None)
    urgent = review.counts.get("critical", 0) + review.counts.get("high", 0)
    line = Text()
    if urgent:
        line.append(f"{urgent} to fix now", "bold red")
    elif worst in ("medium", "low"):
        line.append("Nothing urgent", "bold yellow" if worst == "medium" else "bold green")
    elif review.status == "ok" and not review.files:
        line.append("Nothing to review: no Python file", "bold yellow")
    elif review.status == "ok":
        line.append("Clean", "bold green")
    else:
        line.append("Nothing found so far", "bold yellow")
    line.append(f"  {review.project}", "bold")
    line.append(f"  {review.files} files in {review.seconds:.1f} s", "dim")
    if review.status != "ok":
        line.append("\nIncomplete: ", "bold white on red")
        line.append(_lacking(review), "red")
    return line


def severities(counts: dict[str, int]) -> Table:
    """How many findings of each severity, in one row."""
    table = Table.grid(padding=(0, 3))
    for _ in SEVERITIES:
        table.add_column()
    table.add_row(
        *(
            Text(f"{counts.get(own, 0)} {own}", STYLES[own] if counts.get(own) else "dim")
            for own in SEVERITIES
        )
    )
    return table


def findings(found: Sequence[Finding], most: int) -> RenderableType:
    """The worst ones, each with the place to jump to and what helps."""
    if not found:
        return Text("none", "green")
    table = Table.grid(padding=(0, 2), expand=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold", ratio=1)
    for own in found[:most]:
        table.add_row(Text(own.severity, STYLES[own.severity]), _finding(own))
    if len(found) > most:
        table.add_row("", Text(f"and {len(found) - most} more, no worse than these", "dim"))
    return table


def since(review: Review) -> RenderableType | None:
    """What is new and what is gone; nothing for a first review."""
    own = review.since
    if own is None:
        return None
    fresh = set(own.new)
    new = [finding for finding in review.findings if finding.fingerprint in fresh]
    line = Text.assemble(
        (f"{len(own.new)} new", "bold red" if own.new else "green"), "   ",
        (f"{len(own.fixed)} gone", "green" if own.fixed else "dim"), "   ",
        (f"{own.known} known already, last looked at {own.at:%Y-%m-%d %H:%M} UTC", "dim"),
    )  # fmt: skip
    shown = [Text(f"+ {finding.file}:{finding.line}  {finding.message}", "red") for finding in new[:5]]
    gone = [Text(f"- {known.file}:{known.line}  {known.message}", "green") for known in own.fixed[:5]]
    return Group(line, *shown, *gone)


def conflicts(found: Sequence[Conflict]) -> RenderableType | None:
    """Who says what, and what the review goes by."""
    if not found:
        return None
    table = Table.grid(padding=(0, 2))
    table.add_column(overflow="fold")
    table.add_column(overflow="fold")
    for own in found[:10]:
        said = ", ".join(f"{view.who}: {view.says}" for view in own.views)
        table.add_row(Text(f"{own.file}:{own.line}", "bold"), f"{own.about}  {said}; {own.how}")
    if len(found) > 10:
        table.add_row("", Text(f"and {len(found) - 10} more", "dim"))
    return table


def architecture(own: Architecture) -> RenderableType | None:
    """Size, cycles, hot spots, advice."""
    if not own.modules:
        return None
    head = Text.assemble(
        (f"{own.modules} modules, {own.imports} imports, ", ""),
        (
            f"{len(own.cycles)} cycles" if len(own.cycles) != 1 else "1 cycle",
            "yellow" if own.cycles else "green",
        ),
        (f"   complexity {own.complexity_mean:g} on average, {own.complexity_max} at most", "dim"),
    )
    rows: list[RenderableType] = [head]
    rows += [
        Text("  " + " -> ".join(_shortened(cycle.modules)), "yellow", overflow="fold")
        for cycle in own.cycles[:3]
    ]
    if own.hot_spots:
        rows.append(_hot_spots(own))
    rows += [Text(f"- {sentence}", overflow="fold") for sentence in own.advice]
    return Group(*rows)


def documentation(own: Documentation) -> RenderableType | None:
    """A bar of what is documented."""
    if own.percent is None:
        return None
    colour = "green" if own.percent >= 80 else "yellow" if own.percent >= 50 else "red"
    bar = ProgressBar(
        total=100, completed=own.percent, width=30, complete_style=colour, finished_style=colour
    )
    row = Table.grid(padding=(0, 2))
    row.add_row(
        bar, Text(f"{own.percent:g} %", f"bold {colour}"), Text(f"{own.documented} of {own.public} public")
    )
    return row


def testing(own: Testing | None) -> RenderableType | None:
    """How many passed, how many did not, and what they reached."""
    if own is None or not own.counts:
        return None
    styles = {"passed": "green", "failed": "bold red", "error": "bold red", "collection": "bold red"}
    shown = [(f"{count} {kind}", styles.get(kind, "dim")) for kind, count in own.counts.items() if count]
    line = Text("   ").join(Text(words, style) for words, style in shown)
    if own.coverage is not None:
        line.append(f"   {own.coverage:g} % covered", "dim")
    if own.missing:
        line.append(f"\nmodules that are not installed here: {', '.join(own.missing[:8])}", "yellow")
    return line


def performance(own: Performance | None) -> RenderableType | None:
    """The project's own functions in which its tests spend most."""
    if own is None or not own.functions:
        return None
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim")
    for hot in own.functions[:5]:
        table.add_row(f"{100 * hot.self_share:.0f} %", hot.function, f"{hot.file}:{hot.line}")
    return table


def tools(runs: Sequence[ToolRun], parts: Sequence[Part]) -> Table:
    """Which tools did their work; those that did not stand out, with the reason."""
    table = Table.grid(padding=(0, 2))
    table.add_column(no_wrap=True)
    table.add_column(no_wrap=True)
    table.add_column(overflow="fold")
    for run in runs:
        style = _TOOL_STYLES.get(run.status, "yellow")
        detail = run.reason or f"{run.wall_ms / 1000:.1f} s"
        shown = run.status if run.status == "ran" else run.status.upper()
        table.add_row(
            Text(f"{run.name} {run.version}"), Text(shown, style), Text(detail, "" if run.reason else "dim")
        )
    for part in parts:
        if part.error:
            table.add_row(Text(part.key), Text("FAILED", "bold red"), Text(part.error))
    return table


def sandbox(own: SandboxUsed) -> Text:
    """How well the tools were kept apart."""
    if own.level == "bwrap":
        return Text("Tools ran in bubblewrap: no network, no writing.", "dim")
    return Text(f"Tools ran under {own.level} only. {own.reason}", "yellow")


def section(title: str, body: RenderableType | None) -> list[RenderableType]:
    """A body under its title; nothing where there is no body."""
    if body is None:
        return []
    return [Text(), Rule(Text(title, "bold"), align="left", style="dim"), Padding(body, (0, 0, 0, 1))]


def _finding(own: Finding) -> Text:
    place = f"{own.file}:{own.line}" if own.line else own.file
    text = Text.assemble((place, "bold"), "  ", own.message)
    agreed = "".join(f" + {tool}" for tool in own.agreed)
    said = " ".join(part for part in (own.cwe, f"{own.tool}{agreed} {own.rule}") if part)
    text.append(f"\n{said}", "dim")
    if own.fix:
        text.append(f"; {own.fix}", "dim")
    return text


def _hot_spots(own: Architecture) -> Table:
    table = Table.grid(padding=(0, 2))
    table.add_column(justify="right")
    table.add_column(overflow="fold")
    table.add_column(overflow="fold", style="dim")
    for spot in own.hot_spots[:5]:
        style = "yellow" if spot.complexity > 25 else ""
        table.add_row(Text(str(spot.complexity), style), spot.function, f"{spot.file}:{spot.line}")
    return table


def _lacking(review: Review) -> str:
    tools = [f"{run.name} {run.status}" for run in review.tools if run.status not in ("ran", "skipped")]
    parts = [
        f"part {part.key} {part.status}" for part in review.parts if part.status == "failed" and part.error
    ]
    return ", ".join([*tools, *parts]) or "not everything was looked at"


def _shortened(modules: Sequence[str]) -> list[str]:
    return [*modules[:5], f"... {len(modules) - 5} more"] if len(modules) > 6 else [*modules, modules[0]]


def _lines(lines: Sequence[str], style: str) -> Group:
    return Group(*(Text(line, style, overflow="fold") for line in lines))
