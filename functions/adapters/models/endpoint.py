"""One provider on the wire: the `openai` package, loaded at the first call, without its own retries."""

import asyncio
import contextlib
import importlib
import math
from collections.abc import AsyncGenerator, Iterator
from typing import Any

import msgspec

from functions.adapters.models import shape, words
from functions.adapters.models.failure import CallFailed, Kind
from functions.adapters.models.words import Answer, Vectors
from functions.ports import Prompt
from functions.providers import ModelEntry, Provider
from subjects.errors import NoModel

INSTALL = 'pip install "revoagent[models]"'


class Endpoint:
    """Asks one provider, once a call. Every failure is a CallFailed; what it says never holds the key."""

    def __init__(self, provider: Provider, key: str | None) -> None:
        self.provider = provider
        self.room = asyncio.Semaphore(provider.parallel)
        self._key = key
        self._client: Any = None
        self._opening = asyncio.Lock()

    async def ask(self, model: ModelEntry, prompt: Prompt, most: int | None = None) -> Answer:
        """The whole answer of a model, of at most `most` tokens."""
        client = await self._opened()
        asked = words.request(self.provider, model, prompt, most)
        with self._failures():
            raw = await client.chat.completions.with_raw_response.create(**asked)
        return words.answer(raw.content, prompt)

    async def stream(
        self, model: ModelEntry, prompt: Prompt, most: int | None = None
    ) -> AsyncGenerator[str | Answer, None]:
        """The pieces of an answer, then the whole."""
        client = await self._opened()
        asked = words.request(self.provider, model, prompt, most)
        text, finish, usage = "", None, None
        parts: dict[int, dict[str, str]] = {}
        with self._failures():
            stream = await client.chat.completions.create(
                **asked, stream=True, stream_options={"include_usage": True}
            )
            async with stream:
                async for chunk in stream:
                    said = _plain(chunk)
                    usage = said.get("usage") or usage
                    for choice in (said.get("choices") or [])[:1]:
                        finish = choice.get("finish_reason") or finish
                        delta = choice.get("delta") or {}
                        _gather(parts, delta.get("tool_calls") or [])
                        if piece := delta.get("content"):
                            text += piece
                            yield piece
        if finish is None:
            # The package raises nothing where a stream just ends.
            raise CallFailed("cut", "its answer was cut off")
        tokens = words.tokens(usage, prompt, len(text))
        yield Answer(shape.spoken(text), words.assembled(parts), finish, tokens)

    async def embed(self, model: ModelEntry, texts: list[str]) -> Vectors:
        """A vector for each text."""
        client = await self._opened()
        with self._failures():
            raw = await client.embeddings.with_raw_response.create(
                model=model.name, input=texts, encoding_format="float"
            )
        return words.vectors(raw.content, texts)

    async def names(self) -> list[str]:
        """The models that the provider says it has."""
        client = await self._opened()
        with self._failures():
            raw = await client.models.with_raw_response.list()
            return [str(own["id"]) for own in msgspec.json.decode(raw.content)["data"]]

    async def close(self) -> None:
        """Close the connections."""
        if self._client is not None:
            client, self._client = self._client, None
            await client.close()

    async def open(self) -> None:
        """Load what is needed and check that the key is there; the first call does it otherwise."""
        await self._opened()

    async def _opened(self) -> Any:
        if self.provider.key_env and not self._key:
            raise CallFailed("unauthorized", f"the variable {self.provider.key_env} with its key is not set")
        async with self._opening:
            if self._client is None:
                # Half a second, and certificates from disk: not in the loop.
                self._client = await asyncio.to_thread(self._made)
        return self._client

    def _made(self) -> Any:
        try:
            openai = importlib.import_module("openai")
        except ImportError:
            raise NoModel(f"models are configured, but the package openai is not there: {INSTALL}") from None
        local = self.provider.is_local
        # No redirects, and no proxy before a local one: what is asked goes where the file says, nowhere else.
        web = openai.DefaultAsyncHttpxClient(follow_redirects=False, trust_env=not local)
        return openai.AsyncOpenAI(
            # Never empty: the package would take OPENAI_API_KEY and send it to whoever this is.
            api_key=self._key or "none",
            base_url=self.provider.url,
            timeout=self.provider.timeout,
            max_retries=0,
            http_client=web,
        )

    @contextlib.contextmanager
    def _failures(self) -> Iterator[None]:
        openai: Any = importlib.import_module("openai")
        try:
            yield
        except openai.APITimeoutError:
            raise CallFailed("timeout", f"no answer within {self.provider.timeout:g} s") from None
        except openai.APIConnectionError as error:
            why = error.__cause__ or error
            raise CallFailed("unreachable", self._clean(f"{type(why).__name__}: {why}")) from None
        except openai.APIStatusError as error:
            kind = _kind(error.status_code)
            said = self._clean(f"HTTP {error.status_code}: {error.message}")
            raise CallFailed(kind, said, _after(error.response.headers)) from None
        except openai.APIError as error:
            raise CallFailed("server_error", self._clean(error.message)) from None
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CallFailed("nonsense", self._clean(f"its answer cannot be read: {error}")) from None

    def _clean(self, text: str) -> str:
        return (text.replace(self._key, "...") if self._key else text)[:300]


def _kind(status: int) -> Kind:
    match status:
        case 429:
            return "rate_limited"
        case 401 | 403:
            return "unauthorized"
        case 408 | 504:
            return "timeout"
        case _ if status >= 500:
            return "server_error"
        case _:
            return "refused"


def _after(headers: Any) -> float | None:
    """Seconds until the provider wants to be asked again; None where it says nothing that can be read."""
    for name, unit in (("retry-after-ms", 0.001), ("retry-after", 1.0)):
        try:
            seconds = float(headers[name]) * unit
        except (KeyError, ValueError):
            continue
        if math.isfinite(seconds) and seconds >= 0:
            return seconds
    return None


def _plain(chunk: Any) -> dict[str, Any]:
    said = chunk.to_dict()
    if not isinstance(said, dict):
        raise TypeError(type(said).__name__)
    return said


def _gather(parts: dict[int, dict[str, str]], pieces: list[Any]) -> None:
    for place, piece in enumerate(pieces):
        own = parts.setdefault(piece.get("index", place), {"id": "", "name": "", "arguments": ""})
        called = piece.get("function") or {}
        own["id"] = piece.get("id") or own["id"]
        own["name"] = called.get("name") or own["name"]
        own["arguments"] += called.get("arguments") or ""
