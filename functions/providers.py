"""Which language models there are, what they cost, and how much may be used; written in `models.toml`.

A key is never written here, only the name of the environment variable that holds it.
"""

import ipaddress
from collections import Counter
from typing import Annotated, Literal
from urllib.parse import urlsplit

from msgspec import Meta, Struct

Kind = Literal["chat", "embedding"]
Dollars = Annotated[float, Meta(ge=0, description="US dollars.")]
Tokens = Annotated[int, Meta(ge=0, description="Input and output together.")]


class Price(Struct, frozen=True, forbid_unknown_fields=True):
    """US dollars for a million tokens. Without `cached`, cached input costs what other input costs."""

    input: Annotated[float, Meta(ge=0)]
    output: Annotated[float, Meta(ge=0)] = 0.0
    cached: Annotated[float, Meta(ge=0)] | None = None


class ModelEntry(Struct, frozen=True, forbid_unknown_fields=True):
    """One model of a provider: the name that the provider knows it by, and what it is called here."""

    name: Annotated[str, Meta(min_length=1)]
    alias: Annotated[str, Meta(description="A name of your own; the same one may stand at several.")] = ""
    kind: Kind = "chat"
    price: Annotated[
        Price | None, Meta(description="Else looked up in the price list that is installed, if known there.")
    ] = None
    structured: Annotated[
        bool, Meta(description="It takes a JSON Schema for its answer; else the schema is put into words.")
    ] = True


class Provider(Struct, frozen=True, forbid_unknown_fields=True):
    """An endpoint that speaks the protocol of OpenAI: Ollama, vLLM, llama.cpp, or one of the clouds."""

    name: Annotated[str, Meta(pattern="^[A-Za-z0-9_-]{1,64}$")]
    url: Annotated[str, Meta(pattern="^https?://", description="Up to and with /v1.")]
    models: Annotated[tuple[ModelEntry, ...], Meta(min_length=1)]
    key_env: Annotated[str, Meta(description="Name of the environment variable with the key.")] = ""
    local: Annotated[
        bool | None, Meta(description="Nothing leaves your machines. By default: a loopback address.")
    ] = None
    timeout: Annotated[float, Meta(gt=0, le=3600, description="Seconds for an answer, tries included.")] = (
        120.0
    )
    parallel: Annotated[
        int, Meta(ge=1, le=1000, description="Questions at once from one worker; more wait their turn.")
    ] = 8
    retries: Annotated[int, Meta(ge=0, le=10, description="Further tries after the first.")] = 2

    def __post_init__(self) -> None:
        if urlsplit(self.url).username is not None:
            raise ValueError(f"{self.name}: no user or key in the url; name its variable in key_env")

    @property
    def is_local(self) -> bool:
        """Whether it counts as our own; its calls cost nothing."""
        return _loopback(self.url) if self.local is None else self.local

    def find(self, name: str, kind: Kind) -> ModelEntry | None:
        """The model that is meant by a name, an alias or `auto`, which is the first one."""
        known = [own for own in self.models if own.kind == kind]
        if name == "auto":
            return known[0] if known else None
        return next((own for own in known if name in (own.name, own.alias, f"{self.name}/{own.name}")), None)


class Budget(Struct, frozen=True, forbid_unknown_fields=True):
    """What may be used. A call that could go above it is not made. None: no limit."""

    task_usd: Dollars | None = None
    task_tokens: Tokens | None = None
    day_usd: Dollars | None = None
    day_tokens: Tokens | None = None


class Breaker(Struct, frozen=True, forbid_unknown_fields=True):
    """When a provider that fails is left alone, and for how long."""

    failures: Annotated[int, Meta(ge=1, description="In a row.")] = 3
    rest: Annotated[float, Meta(gt=0, description="Seconds until one call tries it again.")] = 30.0


class ModelSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """All of `models.toml`. Local providers come first, then the order in the file."""

    provider: tuple[Provider, ...] = ()
    budget: Budget = Budget()
    breaker: Breaker = Breaker()
    local_only: Annotated[bool, Meta(description="Never ask a provider that is not local.")] = False
    local_share: (
        Annotated[
            float, Meta(ge=0, le=1, description="Of the last answers of a worker, so many are to be local.")
        ]
        | None
    ) = None
    local_window: Annotated[int, Meta(ge=1, le=100_000, description="How many answers that counts.")] = 100

    def __post_init__(self) -> None:
        twice = [name for name, count in Counter(own.name for own in self.provider).items() if count > 1]
        if twice:
            raise ValueError(f"two providers are called {twice[0]}")

    @property
    def ordered(self) -> tuple[Provider, ...]:
        """The providers that may be asked, in the order in which they are.

        >>> far = Provider("far", "https://models.example/v1", (ModelEntry("big"),))
        >>> near = Provider("near", "http://127.0.0.1:11434/v1", (ModelEntry("small"),))
        >>> [own.name for own in ModelSettings((far, near)).ordered]
        ['near', 'far']
        """
        allowed = [own for own in self.provider if own.is_local or not self.local_only]
        return tuple(sorted(allowed, key=lambda own: not own.is_local))

    @property
    def key_variables(self) -> frozenset[str]:
        """Environment variables with keys: no child process may see them."""
        return frozenset(own.key_env for own in self.provider if own.key_env)


def _loopback(url: str) -> bool:
    host = urlsplit(url).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"
