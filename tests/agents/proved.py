"""Writes docs/agents/proof.md: what every function of every agent says of real projects.

python -m tests.agents.proved
"""

import asyncio
import re
from pathlib import Path

from tests.agents import proof
from tests.agents.proof import Row


def page_of(done: list[Row]) -> str:
    """docs/agents/proof.md."""
    lines = [
        "# Every function of every agent, on real projects",
        "",
        "Written by `python -m tests.agents.proved`; `tests/agents/test_proof.py` proves it anew each time",
        "that the tests run. Libraries as installed, no language model, two functions at a time on 2 cores.",
        "",
        "## Planted faults, and who found them",
        "",
        "| fault | found by | rule | where |",
        "|---|---|---|---|",
    ]
    for fault, (function, _, _) in proof.FAULTS.items():
        own = proof.found(done, fault)
        place = "**not found**" if own is None else f"`{own['file']}:{own['line']}`"
        lines.append(f"| {fault} | `{function}` | {own['rule'] if own else ''} | {place} |")
    for name in (*proof.LIBRARIES, *proof.SAMPLED):
        lines += [
            "",
            f"## {name}",
            "",
            "| function | status | what it said | findings | s |",
            "|---|---|---|---|---|",
        ]
        for row in done:
            if row.project == name:
                said = row.summary.replace("|", "/").replace("\n", " ")[:140]
                said = re.sub(r"http://127[^ ]*", "the test server", said)
                cells = (f"`{row.function}`", row.status, said, len(row.findings), f"{row.seconds:.1f}")
                lines.append("| " + " | ".join(map(str, cells)) + " |")
    return "\n".join(lines) + "\n"


if __name__ == "__main__":
    everything = asyncio.run(proof.rows([*proof.LIBRARIES, *proof.SAMPLED]))
    for row in everything:
        print(f"{row.project:8} {row.function:30} {row.status:10} {row.seconds:5.1f} s  {row.summary[:100]}")
    (Path(__file__).parents[2] / "docs" / "agents" / "proof.md").write_text(page_of(everything))
