"""How much waited over time, from what was told of queues."""

from subjects import codec, names, streams
from subjects.messages import QueueStatus


def told(queue, queued, running):
    return QueueStatus(queue, "processing", running, queued, 2, None, None, 0.0, [], codec.now())


async def test_the_depth_of_a_queue_is_the_most_and_the_mean_of_each_step(store, client, bus, caught_up):
    for queued, running in ((4, 1), (8, 2), (0, 0)):
        await bus.store(names.metric("text", "agent_status"), codec.encode(told("text", queued, running)))
    await bus.store(names.metric("creative", "engine_status"), codec.encode(told("creative", 7, 1)))
    last = await bus.store(names.metric("host", "other"), b'{"queued": 99, "running": 99}')
    await caught_up(store, streams.STREAM_METRICS, last.sequence)

    async def asked(**given):
        answer = await client.query("depths", given)
        return [dict(zip(answer["columns"], row, strict=True)) for row in answer["rows"]]

    # The minute may have ended in between.
    rows = await asked(queue="text")
    assert 1 <= len(rows) <= 2
    assert (max(row["queued_max"] for row in rows), max(row["running_max"] for row in rows)) == (8, 2)
    if len(rows) == 1:
        assert (rows[0]["queued_mean"], rows[0]["running_mean"], rows[0]["workers_max"]) == (4.0, 1.0, 2)
    assert {row["queue"] for row in await asked()} == {"text", "creative"}
    assert {row["queue"] for row in await asked(hours=168, queue="creative")} == {"creative"}
    assert await asked(queue="nobody") == []
