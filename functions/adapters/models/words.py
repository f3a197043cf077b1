"""Prompts as the protocol says them, and its answers as typed values. Knows nothing of connections."""

from typing import Any

import msgspec
from msgspec import Raw, Struct

from functions.adapters.models import shape
from functions.adapters.models.failure import CallFailed
from functions.adapters.models.prices import Tokens
from functions.ports import Embedded, ModelUse, Prompt, Reply, ToolCall, Turn
from functions.providers import ModelEntry, Provider

CHARACTERS = 4
"""Of a token, about: for estimates before a call, and where a provider does not say what it took."""


class Answer(Struct, frozen=True):
    """What one call brought."""

    text: str
    calls: list[ToolCall]
    finish: str
    tokens: Tokens

    def told(self, use: ModelUse) -> Reply:
        """As a function gets it."""
        return Reply(self.text, self.calls, self.finish, use)


class Vectors(Struct, frozen=True):
    """What one call for embeddings brought."""

    vectors: list[list[float]]
    tokens: Tokens

    def told(self, use: ModelUse) -> Embedded:
        """As a function gets it."""
        return Embedded(self.vectors, use)


class _Details(Struct):
    cached_tokens: int | None = None


class _Usage(Struct):
    prompt_tokens: int = 0
    completion_tokens: int = 0
    prompt_tokens_details: _Details | None = None


class _Function(Struct):
    name: str
    arguments: str = "{}"


class _Call(Struct):
    function: _Function
    id: str = ""


class _Message(Struct):
    content: str | None = None
    refusal: str | None = None
    tool_calls: list[_Call] | None = None


class _Choice(Struct):
    message: _Message
    finish_reason: str | None = None


class _Completion(Struct):
    choices: list[_Choice]
    usage: _Usage | None = None


class _Vector(Struct):
    embedding: list[float]
    index: int = 0


class _Embeddings(Struct):
    data: list[_Vector]
    usage: _Usage | None = None


_completion = msgspec.json.Decoder(_Completion)
_embeddings = msgspec.json.Decoder(_Embeddings)


def request(provider: Provider, model: ModelEntry, prompt: Prompt, most: int | None) -> dict[str, Any]:
    """The arguments of `chat.completions.create`; the answer has at most `most` tokens."""
    turns = [_turn(own) for own in prompt.turns]
    made: dict[str, Any] = {"model": model.name, "messages": turns}
    if prompt.temperature is not None:
        made["temperature"] = prompt.temperature
    limits = [own for own in (prompt.max_tokens, most) if own is not None]
    if limits:
        # OpenAI itself takes another name than all who speak its protocol.
        own_name = "max_completion_tokens" if "api.openai.com" in provider.url else "max_tokens"
        made[own_name] = min(limits)
    if prompt.tools:
        made["tools"] = [
            {"type": "function", "function": msgspec.structs.asdict(own)} for own in prompt.tools
        ]
    if prompt.schema and model.structured:
        exact = shape.strict(prompt.schema)
        named = {"name": "answer", "schema": prompt.schema, "strict": exact}
        made["response_format"] = {"type": "json_schema", "json_schema": named}
    elif prompt.schema:
        wanted = msgspec.json.encode(prompt.schema).decode()
        turns.append({"role": "system", "content": f"Answer with JSON alone that fits this schema: {wanted}"})
    return made


def estimated(prompt: Prompt) -> int:
    """About how many tokens a prompt takes, too many rather than too few."""
    return len(msgspec.json.encode(prompt)) // CHARACTERS + 4 * len(prompt.turns)


def answer(body: bytes, prompt: Prompt) -> Answer:
    """The answer in a response; CallFailed where it is none."""
    try:
        read = _completion.decode(body)
    except msgspec.DecodeError as error:
        raise CallFailed("nonsense", f"its answer is no completion: {error}") from None
    if not read.choices:
        raise CallFailed("nonsense", "its answer has no choices")
    first = read.choices[0]
    said = first.message
    if first.finish_reason is None:
        raise CallFailed("cut", "its answer has no end")
    text = said.content or said.refusal or ""
    calls = [_tool_call(own.id, own.function.name, own.function.arguments) for own in said.tool_calls or ()]
    return Answer(shape.spoken(text), calls, first.finish_reason, tokens(read.usage, prompt, len(text)))


def vectors(body: bytes, texts: list[str]) -> Vectors:
    """The vectors in a response, in the order of the texts."""
    try:
        read = _embeddings.decode(body)
    except msgspec.DecodeError as error:
        raise CallFailed("nonsense", f"its answer holds no embeddings: {error}") from None
    found = [own.embedding for own in sorted(read.data, key=lambda own: own.index)]
    if len(found) != len(texts) or len({len(own) for own in found}) > 1 or not all(found):
        raise CallFailed("nonsense", f"{len(found)} vectors for {len(texts)} texts, or not all of one length")
    size = sum(map(len, texts)) // CHARACTERS
    return Vectors(found, _counted(read.usage) or Tokens(size, 0, estimated=True))


def tokens(usage: Any, prompt: Prompt, characters: int) -> Tokens:
    """What the provider says that it took; an estimate where it says nothing."""
    guess = Tokens(estimated(prompt), characters // CHARACTERS + 1, estimated=True)
    return _counted(usage) or guess


def assembled(parts: dict[int, dict[str, str]]) -> list[ToolCall]:
    """Calls of tools from the pieces in which a stream brings them."""
    return [_tool_call(own["id"], own["name"], own["arguments"]) for _, own in sorted(parts.items())]


def _counted(usage: Any) -> Tokens | None:
    read: _Usage | None = None
    if usage is not None:
        try:
            read = usage if isinstance(usage, _Usage) else msgspec.convert(usage, _Usage)
        except msgspec.ValidationError:
            return None
    if read is None or min(read.prompt_tokens, read.completion_tokens) < 0:
        return None
    details = read.prompt_tokens_details
    cached = max(0, (details.cached_tokens or 0) if details else 0)
    return Tokens(read.prompt_tokens, read.completion_tokens, min(cached, read.prompt_tokens))


def _turn(turn: Turn) -> dict[str, Any]:
    said: dict[str, Any] = {"role": turn.role, "content": turn.content}
    if turn.role == "tool":
        said["tool_call_id"] = turn.call
    if turn.calls:
        said["tool_calls"] = [
            {
                "id": own.id,
                "type": "function",
                "function": {"name": own.name, "arguments": bytes(own.arguments).decode()},
            }
            for own in turn.calls
        ]
    return said


def _tool_call(id: str, name: str, arguments: str) -> ToolCall:
    text = arguments.strip() or "{}"
    try:
        msgspec.json.decode(text)
    except msgspec.DecodeError:
        raise CallFailed(
            "nonsense", f"it calls the tool {name[:80]!r} with arguments that are no JSON"
        ) from None
    return ToolCall(id, name, Raw(text.encode()))
