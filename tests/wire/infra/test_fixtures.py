from subjects.messages import Submission


async def test_a_task_submitted_by_the_client_fixture_is_queued(client):
    accepted = await client.submit(Submission("demo.echo"))
    assert (await client.get(accepted.id)).state == "queued"


async def test_two_servers_do_not_know_each_other(bus, tmp_path):
    from infra.testing import connected, server
    from subjects.client import Client

    accepted = await Client(bus).submit(Submission("demo.echo", id="one"))
    async with server(tmp_path / "other") as other, connected(other.url) as second:
        assert not (await Client(second).submit(Submission("demo.echo", id="one"))).duplicate
    assert not accepted.duplicate
