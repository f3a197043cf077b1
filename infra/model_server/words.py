"""Answers as the protocol of OpenAI has them."""

from typing import Any

import msgspec

from infra.model_server.script import Asked, Say

DIMENSIONS = 8


def completion(asked: Asked, say: Say) -> dict[str, Any]:
    """A whole answer."""
    message: dict[str, Any] = {"role": "assistant", "content": say.text}
    if say.calls:
        message["tool_calls"] = calls(say)
    own = {"id": "chat-1", "object": "chat.completion", "created": 0, "model": asked.body.get("model")}
    choice = {"index": 0, "message": message, "finish_reason": finish(say)}
    return {**own, "choices": [choice], **({"usage": usage(say)} if say.tokens is not None else {})}


def vectors(asked: Asked, say: Say) -> dict[str, Any]:
    """Vectors that differ with the bytes of the text, and mean nothing."""
    texts = asked.body["input"]
    data = [
        {"object": "embedding", "index": place, "embedding": _vector(text)}
        for place, text in enumerate(texts)
    ]
    return {"object": "list", "model": asked.body.get("model"), "data": data, "usage": usage(say)}


def _vector(text: str) -> list[float]:
    counts = [1.0] * DIMENSIONS
    for byte in text.encode():
        counts[byte % DIMENSIONS] += 1
    length = sum(count * count for count in counts) ** 0.5
    return [count / length for count in counts]


def usage(say: Say) -> dict[str, Any]:
    """What it took, as the server says."""
    given, made = say.tokens or (0, 0)
    details = {"cached_tokens": say.cached}
    return {
        "prompt_tokens": given,
        "completion_tokens": made,
        "total_tokens": given + made,
        "prompt_tokens_details": details,
    }


def calls(say: Say) -> list[dict[str, Any]]:
    """The calls of tools."""
    return [
        {
            "id": f"call-{place}",
            "type": "function",
            "function": {
                "name": name,
                "arguments": given if isinstance(given, str) else msgspec.json.encode(given).decode(),
            },
        }
        for place, (name, given) in enumerate(say.calls)
    ]


def finish(say: Say) -> str:
    """Why the answer ends."""
    return say.finish or ("tool_calls" if say.calls else "stop")
