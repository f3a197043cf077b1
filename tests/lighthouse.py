"""Lighthouse over the pages of the dashboard, in Chromium, on `revo up` with a month of history.

    python -m tests.lighthouse             every page, performance as the median of three
    python -m tests.lighthouse --quick     pages without names, once; performance of the first alone; for CI

Exit code 1 where accessibility, best practices or SEO is below 100 anywhere. Performance hangs on what else
the machine does: it stands in the table, with what took points where it is below 90, and fails nothing.
Lighthouse itself is installed into tools/lighthouse, 180 MB, the first time.
"""

import argparse
import asyncio
import hashlib
import json
import os
import shutil
import statistics
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import httpx
import msgspec
from msgspec import Struct

from analytics.settings import AnalyticsSettings
from infra import dashboard
from infra.dashboard import Node
from tests.bench.cases.idle import up
from tests.bench.children import place
from tests.bench.history import History, fill

TOOL = Path(__file__).resolve().parent.parent / "tools" / "lighthouse"
WHOLE = ("accessibility", "best-practices", "seo")
"""Must be 100 everywhere."""
SPEED = "performance"
WANTED = 90
INNER = (
    "/tasks/{task}", "/agents/security", "/engines/perfect_recall", "/engines/coordinator",
    "/analytics?view=reports", "/analytics?view=prediction", "/alerts?view=rules",
)  # fmt: skip
RUNS = 3
WORK: tuple[tuple[str, dict[str, object]], ...] = (
    ("perfect_recall.memory_store", {"text": "releases go out on a Tuesday"}),
    ("perfect_recall.memory_query", {"query": "when do releases go out"}),
    ("creative.brainstorming", {"problem": "tests that take an hour should take five minutes"}),
    ("coordinator.orchestrate", {"type": "memory_query", "input": {"query": "release"}}),
)


class Told(Struct):
    """One run of Lighthouse over one page."""

    url: str
    scores: dict[str, int]
    lost: list[str]


def installed(node: Node) -> Path:
    """The program, once what its lock file names is there."""
    lock = hashlib.sha256((TOOL / "package-lock.json").read_bytes()).hexdigest()
    stamp = TOOL / "node_modules" / ".installed"
    if not stamp.is_file() or stamp.read_text() != lock:
        node.run(TOOL, "ci", "--ignore-scripts")
        stamp.write_text(lock)
    return TOOL / "audit.mjs"


async def audit(node: Node, categories: Sequence[str], runs: int, urls: Sequence[str]) -> list[Told]:
    """What Lighthouse tells of each run, page by page and turn by turn."""
    program = installed(node)
    process = await asyncio.create_subprocess_exec(
        *(str(Path(node.folder) / "node"), str(program), ",".join(categories), str(runs), *urls),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "CHROME_PATH": shutil.which("chromium") or "chromium"},
    )
    said, _ = await process.communicate()
    if process.returncode:
        raise SystemExit(f"Lighthouse ended with {process.returncode}")
    return [msgspec.json.decode(line, type=Told) for line in said.splitlines()]


def _plain() -> list[str]:
    """The pages without a part that is a name, of those that were built."""
    routes = json.loads((dashboard.target() / ".vite" / "routes.json").read_bytes())
    return sorted(path for path in routes if "$" not in path)


async def _done(http: httpx.AsyncClient, function: str, input: dict[str, object]) -> str:
    given = (await http.post("/api/tasks", json={"function": function, "input": input})).raise_for_status()
    id: str = given.json()["id"]
    (await http.get(f"/api/tasks/{id}/result", params={"wait": 30}, timeout=40)).raise_for_status()
    return id


async def main(*, quick: bool) -> int:
    """Audit, print the table; how many pages have a category that must be 100 and is not."""
    dashboard.build()
    node = dashboard.find_node()
    with place() as state:
        (state / ".revo").mkdir()
        settings = AnalyticsSettings(file=state / ".revo" / "analytics.duckdb", batch=50_000)
        await fill(settings, History(5_000 if quick else 50_000, 30, datetime.now(UTC)))
        async with up(state) as (where, _):
            async with httpx.AsyncClient(base_url=where.http or "") as http:
                task = [await _done(http, name, input) for name, input in WORK][-1]
            inner = () if quick else INNER
            pages = [f"{where.http}{path.format(task=task)}" for path in (*_plain(), *inner)]
            told = await audit(node, WHOLE, 1, pages)
            told += await audit(node, [SPEED], RUNS, pages[:1] if quick else pages)
    bad = 0
    print(f"{'page':44} {' '.join(f'{name:>14}' for name in (*WHOLE, SPEED))}")
    for page in pages:
        runs = [one for one in told if one.url == page]
        whole = {name: min(one.scores[name] for one in runs if name in one.scores) for name in WHOLE}
        fast = [one.scores[SPEED] for one in runs if SPEED in one.scores]
        speed = f"{statistics.median(fast):.0f} ({min(fast)}-{max(fast)})" if fast else "-"
        path = page.removeprefix(where.http or "")
        print(f"{path:44} {' '.join(f'{whole[name]:14}' for name in WHOLE)} {speed:>14}")
        wrong = min(whole.values()) < 100
        slow = bool(fast) and statistics.median(fast) < WANTED
        bad += wrong
        if wrong or slow:
            print(
                "".join(f"    {line}\n" for line in sorted({line for one in runs for line in one.lost})),
                end="",
            )
    return bad


if __name__ == "__main__":
    parser = argparse.ArgumentParser(
        prog="python -m tests.lighthouse",
        description=__doc__,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--quick", action="store_true", help="pages without names in their paths, once")
    found = asyncio.run(main(quick=parser.parse_args().quick))
    sys.exit(f"{found} pages are below 100" if found else 0)
