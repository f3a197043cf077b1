"""A client of the gateway for programs that do not speak NATS: requests, live channels, commands.

async with Client("http://127.0.0.1:12000") as client:
    task = await client.submit("text.shout", {"text": "hi"})
    print((await client.result(task.id, wait=60)).state)
    async for event in client.events("task_*"):
        print(event.channel, event.payload)
"""

from gateway.client.client import Client
from gateway.client.events import Events
from gateway.client.frames import Event, Gap
from gateway.client.link import Status
from gateway.client.options import Backoff, Options

__all__ = ["Backoff", "Client", "Event", "Events", "Gap", "Options", "Status"]
