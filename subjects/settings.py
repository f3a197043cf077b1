"""How to reach the bus."""

from typing import Annotated

from msgspec import Meta, Struct


class NatsSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """Where NATS is and who we are to it."""

    url: Annotated[str, Meta(description="Where NATS listens; several are separated by commas.")] = (
        "nats://127.0.0.1:4222"
    )
    user: Annotated[str, Meta(description="NATS user; empty where the server asks for none.")] = ""
    password: Annotated[str, Meta(description="NATS password.")] = ""
    name: Annotated[str, Meta(description="How this connection is shown in `nats server report`.")] = (
        "revoagent"
    )
    replicas: Annotated[int, Meta(ge=1, le=5, description="Copies of each stream; 3 on a cluster.")] = 1
