"""The table for the terminal, and the one that stands in docs/benchmarks.md."""

import importlib.metadata
import os
import platform
import subprocess
from collections.abc import Sequence
from pathlib import Path

import psutil
from rich.table import Table

from infra.server import binary
from tests.bench.figures import Goal, Row, Sample

HEADS = ("what", "reVoAgent", "baseline", "", "ratio", "goal")


def machine() -> str:
    """What it ran on, and how busy that was before."""
    version = subprocess.run(
        [binary(), "--version"], capture_output=True, text=True, check=True
    ).stdout.split()[-1]
    client = importlib.metadata.version("nats-py")
    memory = psutil.virtual_memory().total / (1 << 30)
    load = " ".join(f"{value:.2f}" for value in os.getloadavg())
    return (
        f"{psutil.cpu_count()} x {_processor()}, {memory:.0f} GiB, {platform.system()} {platform.release()}, "
        f"Python {platform.python_version()}, nats-server {version}, nats-py {client}; load {load}"
    )


def table(rows: Sequence[Row]) -> Table:
    """The rows for a terminal."""
    made = Table(title="benchmarks: median (lowest - highest)", title_justify="left")
    for head, justify in zip(HEADS, ("left", "right", "right", "left", "right", "left"), strict=True):
        made.add_column(head, justify=justify)  # type: ignore[arg-type]
    case = ""
    for row in rows:
        if case and row.case != case:
            made.add_section()
        case = row.case
        style = {True: "green", False: "red", None: ""}[row.met]
        cells = _cells(row)
        made.add_row(*cells[:-1], f"[{style}]{cells[-1]}[/]" if style else cells[-1])
    return made


def markdown(rows: Sequence[Row]) -> str:
    """The rows for docs/benchmarks.md."""
    lines = ["| " + " | ".join(head or "which" for head in HEADS) + " |", "|---|---:|---:|---|---:|---|"]
    lines += ["| " + " | ".join(_cells(row)) + " |" for row in rows]
    return "\n".join(lines)


def _cells(row: Row) -> list[str]:
    ratio = "" if row.ratio is None else f"{row.ratio:.2f}"
    return [
        row.what,
        _sample(row.ours, row.unit),
        "" if row.theirs is None else _sample(row.theirs, row.unit),
        row.against,
        ratio,
        "" if row.goal is None else f"{_goal(row.goal, row.unit)}: {'met' if row.met else 'missed'}",
    ]


def _goal(goal: Goal, unit: str) -> str:
    sign = ">=" if goal.bound == "at least" else "<="
    return f"{sign} {goal.number:g}" + (f" {unit}" if goal.of == "value" else "")


def _sample(found: Sample, unit: str) -> str:
    spread = f" ({_number(found.low)} - {_number(found.high)})" if len(found.values) > 1 else ""
    return f"{_number(found.median)} {unit}{spread}"


def _number(value: float) -> str:
    if value >= 100:
        return f"{value:,.0f}"
    return f"{value:.1f}" if value >= 10 else f"{value:.2f}"


def _processor() -> str:
    lines = Path("/proc/cpuinfo").read_text().splitlines() if Path("/proc/cpuinfo").exists() else []
    names = [line.partition(":")[2].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.processor() or platform.machine()
