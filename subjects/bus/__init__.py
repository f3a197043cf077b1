"""The one door to NATS: connect, publish, read, pull, answer.

async with Bus.open(NatsSettings(url="nats://127.0.0.1:4222")) as bus:
    await bus.store("task.security.medium.scan", b'{"path": "."}')
"""

from subjects.bus.connection import Bus, Message, Stored, Subscription
from subjects.bus.many import Described, Many, serve_many
from subjects.bus.reading import Record, Records
from subjects.bus.service import Endpoint, Service

__all__ = [
    "Bus",
    "Described",
    "Endpoint",
    "Many",
    "Message",
    "Record",
    "Records",
    "Service",
    "Stored",
    "Subscription",
    "serve_many",
]
