"""A review remembers: what was there last time, and what somebody lives with. The memory is the real one."""

import json
import shutil
from pathlib import Path

import pytest

from functions.builtin import FUNCTIONS
from infra.testing import stack

SAMPLES = Path(__file__).parents[2] / "samples"


@pytest.fixture
async def running(tmp_path):
    shutil.copytree(SAMPLES / "planted", tmp_path / "shop")
    async with stack(*FUNCTIONS, state=tmp_path) as made:
        yield made


async def reviewed(running, **more):
    result = await running.client.run(
        "parallel_mind.review", {"path": str(running.state / "shop"), "run": False, **more}, wait=18
    )
    assert result.state == "completed", result.error
    return json.loads(await running.client.output(result))


def prints(findings):
    return {finding["fingerprint"] for finding in findings}


@pytest.mark.timeout(60)
async def test_the_second_review_says_what_is_new_what_is_gone_and_what_is_lived_with(running):
    first = await reviewed(running)
    assert first["since"] is None
    assert not [note for note in first["notes"] if "memory" in note or "remembered" in note]
    injection = next(own for own in first["findings"] if own["rule"].startswith("B608"))

    (running.state / "shop" / "shop" / "fresh.py").write_text('"""Fresh."""\n\nprint(eval(input()))\n')
    (running.state / "shop" / "shop" / "bare.py").unlink()
    accept = [{"fingerprint": injection["fingerprint"], "because": "the table is a constant"}]
    second = await reviewed(running, accept=accept)
    assert {own["file"] for own in second["findings"] if own["fingerprint"] in second["since"]["new"]} == {
        "shop/fresh.py"
    }
    assert {own["file"] for own in second["since"]["fixed"]} == {"shop/bare.py"}
    assert prints(second["accepted"]) == {injection["fingerprint"]}
    assert injection["fingerprint"] not in prints(second["findings"])

    third = await reviewed(running)
    assert (third["since"]["new"], third["since"]["fixed"]) == ([], [])
    assert prints(third["accepted"]) == {injection["fingerprint"]}
