"""Whatever a function raises, asks for or says, its task gets an outcome at once."""

import math

import pytest

from functions import Context, NonRetryable, RetryAfter, function
from subjects.client import Client


@function("sample.details", max_attempts=1)
async def details() -> None:
    raise NonRetryable("cannot go on", thing=object(), name="caf\udce9")


@function("sample.surrogate", max_attempts=1)
async def surrogate() -> None:
    raise ValueError("no file named caf\udce9")


@function("sample.refuses", max_attempts=1)
async def refuses(seconds: float | str) -> None:
    raise RetryAfter(float(seconds))


@function("sample.says")
async def says(ctx: Context) -> str:
    ctx.progress(math.nan, "caf\udce9")
    ctx.log.info("caf\udce9", name="caf\udce9")
    return "said"


ALL = (details, surrogate, refuses, says)


@pytest.mark.parametrize("name", ["sample.details", "sample.surrogate"])
async def test_what_cannot_be_written_as_it_is_is_written_as_well_as_it_can_be(
    start_worker, client: Client, name
):
    await start_worker(*ALL)
    result = await client.run(name, wait=5)
    assert result.error is not None
    assert result.state == "failed"
    assert "caf" in result.error.message or "cannot go on" in result.error.message


@pytest.mark.parametrize("seconds", ["inf", "nan", "1e300", "-5"])
async def test_a_pause_of_no_sensible_length_does_not_hold_a_task_for_ever(
    start_worker, client: Client, until, seconds
):
    await start_worker(*ALL)
    task = await client.start("sample.refuses", {"seconds": seconds}, max_attempts=2)
    await until(task.id, attempt=2)


async def test_a_word_that_cannot_be_told_does_not_fail_the_task(start_worker, client: Client):
    await start_worker(*ALL)
    assert (await client.run("sample.says", wait=5)).state == "completed"
