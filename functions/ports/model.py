"""A language model, as a function asks it. There may be none; then `available` is False and asking fails."""

from collections.abc import AsyncIterator, Sequence
from typing import Annotated, Any, Literal, Protocol, TypeVar

from msgspec import Meta, Raw, Struct

T = TypeVar("T")

Role = Literal["system", "user", "assistant", "tool"]


class ToolCall(Struct, frozen=True):
    """The model wants a tool to be run. `arguments` is JSON, and nothing more is known of it."""

    id: str
    name: str
    arguments: Raw


class Turn(Struct, frozen=True, omit_defaults=True):
    """One message of a conversation. A `tool` turn answers the call with the id `call`."""

    role: Role
    content: str
    calls: list[ToolCall] = []
    call: str = ""


class Tool(Struct, frozen=True):
    """Something the model may ask for; running it is up to the function."""

    name: str
    description: str
    parameters: Annotated[dict[str, Any], Meta(description="JSON Schema of the arguments.")]


class Prompt(Struct, frozen=True, omit_defaults=True):
    """What is asked."""

    turns: list[Turn]
    model: Annotated[str, Meta(description="auto, or the name of a configured model.")] = "auto"
    tools: list[Tool] = []
    temperature: float | None = None
    max_tokens: int | None = None
    local_only: Annotated[bool, Meta(description="Never leave this machine's own models.")] = False
    schema: Annotated[
        dict[str, Any], Meta(description="JSON Schema that the answer is to follow; `fill` sets it.")
    ] = {}


class ModelUse(Struct, frozen=True):
    """Which model answered and what that took. `usd` is None where no price is known, 0 for local ones."""

    provider: str
    name: str
    local: bool
    input_tokens: int
    output_tokens: int
    cached_tokens: int
    usd: float | None
    ms: float
    calls: Annotated[int, Meta(description="Requests, the ones that failed included.")] = 1
    estimated: Annotated[
        bool, Meta(description="The provider did not say how many tokens; four characters count as one.")
    ] = False

    def plus(self, other: "ModelUse | None") -> "ModelUse":
        """Both added up, under the name of the later one. `usd` is None where one of them is not known."""
        if other is None:
            return self
        known = self.usd is not None and other.usd is not None
        return ModelUse(
            provider=other.provider,
            name=other.name,
            local=self.local and other.local,
            input_tokens=self.input_tokens + other.input_tokens,
            output_tokens=self.output_tokens + other.output_tokens,
            cached_tokens=self.cached_tokens + other.cached_tokens,
            usd=(self.usd or 0.0) + (other.usd or 0.0) if known else None,
            ms=round(self.ms + other.ms, 1),
            calls=self.calls + other.calls,
            estimated=self.estimated or other.estimated,
        )


class Reply(Struct, frozen=True):
    """What the model said: text, or calls of tools."""

    text: str
    calls: list[ToolCall]
    finish: str
    use: ModelUse


class Embedded(Struct, frozen=True):
    """A vector for each text, in order."""

    vectors: list[list[float]]
    use: ModelUse


class Model(Protocol):
    """The models that are configured, behind one door: local ones first, the next one where one fails."""

    @property
    def available(self) -> bool:
        """Whether any model is configured. Where not, everything else below raises NoModel."""
        ...

    @property
    def embeds(self) -> bool:
        """Whether a model for embeddings is configured."""
        ...

    @property
    def used(self) -> ModelUse | None:
        """What this task has used so far, added up; None where it asked no model."""
        ...

    async def ask(self, prompt: Prompt) -> Reply:
        """The answer. NoModel, BudgetExceeded, or ModelFailed once every configured model has failed."""
        ...

    def stream(self, prompt: Prompt) -> AsyncIterator[str | Reply]:
        """The answer piece by piece, the whole Reply last."""
        ...

    async def fill(self, prompt: Prompt, kind: type[T]) -> tuple[T, Reply]:
        """The answer as a typed value; one round of repair, then ModelFailed."""
        ...

    async def embed(self, texts: Sequence[str]) -> Embedded:
        """A vector for each text."""
        ...
