"""What is written down of each request to a language model."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct


class ModelCall(Struct, frozen=True):
    """One request to a language model, whatever came of it. A dollar amount that nobody knows is null."""

    task: str
    function: str
    agent: Annotated[str, Meta(description="Whose task it is; else the queue.")]
    attempt: int
    worker: str
    provider: str
    model: str
    kind: Literal["chat", "embedding"]
    local: bool
    outcome: Annotated[str, Meta(description="ok, canceled, or why it failed: rate_limited, timeout, ...")]
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    usd: float | None
    ms: float
    at: datetime
    estimated: Annotated[bool, Meta(description="The provider did not say how many tokens.")] = False
