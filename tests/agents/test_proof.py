"""Every function of every agent works on real projects: planted faults are found, clean code stays clean."""

import msgspec
import pytest

from functions.adapters.sandbox import LocalSandbox
from tests.agents import proof

MOST = 1 << 20
"""Bytes of an answer that fits a message."""


def test_every_function_of_an_agent_is_proved():
    assert sorted(proof.INPUTS) == sorted(proof.agents())


@pytest.mark.slow
@pytest.mark.timeout(240)
@pytest.mark.parametrize("names", [proof.LIBRARIES, tuple(proof.SAMPLED)], ids="+".join)
async def test_every_function_answers_on_real_projects(bwrap: LocalSandbox, names):
    assert bwrap.level == "bwrap"
    rows = await proof.rows(names)
    wrong = [row for row in rows if row.status != proof.expected(row)]
    assert [(row.function, row.project, row.status, row.summary) for row in wrong] == []
    for row in rows:
        assert len(msgspec.json.encode(row.answer)) < MOST
        assert row.answer.get("model") is None
        if row.status == "ok" and row.function != "debug.explain":
            assert row.tools, f"{row.function} names no tool"
    if "planted" in names:
        assert [fault for fault in proof.FAULTS if proof.found(rows, fault) is None] == []
        dirty = [row.function for row in rows if row.project == "clean" and row.findings]
        assert set(dirty) <= {"deploy.render", "debug.explain", "debug.reproduce", "debug.bisect"}
