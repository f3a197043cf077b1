"""Every message becomes one row, whatever happens in between."""

from msgspec import Raw

from subjects.errors import ErrorInfo


async def test_a_result_is_a_row_in_less_than_a_second(store, publish, made, caught_up):
    await publish(made(1, state="failed", error=ErrorInfo("timeout", "too slow", True), output=Raw(b"null")))
    await caught_up(store, "RESULTS", 1)
    table = await store.query("FROM tasks")
    row = dict(zip(table.columns, table.rows[0], strict=True))
    assert (row["id"], row["queue"], row["function"], row["state"]) == ("t-1", "text", "shout", "failed")
    assert (row["queue_ms"], row["run_ms"], row["total_ms"]) == (2.0, 8.0, 10.0)
    assert (row["error_type"], row["error_message"]) == ("timeout", "too slow")
    assert row["submitted_at"] == made(1).submitted_at


async def test_many_results_are_as_many_rows(store, publish, made, caught_up):
    await publish(*(made(number) for number in range(2000)))
    await caught_up(store, "RESULTS", 2000)
    table = await store.query("SELECT count(*), count(DISTINCT id), max(stream_seq) FROM tasks")
    assert table.rows == [[2000, 2000, 2000]]
