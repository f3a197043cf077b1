"""What an author writes: a typed callable under a name.

It stays a plain callable; nothing is registered anywhere.

>>> import asyncio
>>> @function("text.shout", timeout=10)
... async def shout(text: str, times: int = 1) -> str:
...     return text.upper() + "!" * times
>>> asyncio.run(shout("hello", times=2))
'HELLO!!'
>>> shout.name, sorted(shout.info().input_schema["properties"])
('text.shout', ['text', 'times'])
"""

import dataclasses
import functools
import inspect
import typing
from collections.abc import Awaitable, Callable
from typing import Any, Generic, Literal, ParamSpec, TypeVar, overload

import msgspec
from msgspec import Struct

from functions.context import Context
from subjects import names, schema
from subjects.codec import decode
from subjects.messages import FunctionInfo

P = ParamSpec("P")
R = TypeVar("R")

Isolation = Literal["auto", "loop", "thread", "process"]


class Backoff(Struct, frozen=True):
    """How long to wait before the next attempt.

    `first * factor ** (attempt - 1)` seconds, at most `most`, less jitter. The jitter takes away up to the
    given share at random, so that what failed together does not return together.
    """

    first: float = 0.5
    factor: float = 2.0
    most: float = 300.0
    jitter: float = 0.3

    def seconds(self, attempt: int, random: float) -> float:
        """Seconds to wait after the `attempt`-th attempt (from 1), for a `random` in 0..1.

        >>> Backoff().seconds(3, 0.0), Backoff().seconds(3, 1.0)
        (2.0, 1.4)
        """
        full = min(self.most, self.first * self.factor ** min(attempt - 1, 64))
        return full * (1 - self.jitter * random)


class Options(Struct, frozen=True):
    """What the decorator says about a function."""

    timeout: float = 300.0
    max_attempts: int = 4
    backoff: Backoff = Backoff()
    isolation: Isolation = "auto"
    memory: int = 1 << 30
    version: str = "1.0.0"
    private: bool = False


class Rejected(Exception):
    """Raised by a function that refuses its task: the outcome is `rejected`, and nobody tries again."""


class NonRetryable(Exception):
    """Raised by a function when trying again cannot help: the outcome is `failed` at once."""

    def __init__(self, message: str, **details: Any) -> None:
        self.details = details
        super().__init__(message)


class RetryAfter(Exception):
    """Raised by a function that wants its next attempt after so many seconds."""

    def __init__(self, seconds: float, message: str = "") -> None:
        self.seconds = seconds
        super().__init__(message or f"asked to try again after {seconds:g} s")


class Function(Generic[P, R]):
    """A callable with a name, a typed input and a typed output.

    Calling it runs it here, without any queue.
    """

    def __init__(self, call: Callable[P, R], name: str, options: Options) -> None:
        self.queue, self.short = names.split_function(name)
        self._name = name
        self.call = call
        self.options = options
        self.signature = _Signature.of(call, name)
        self.decoder: msgspec.json.Decoder[Any] = msgspec.json.Decoder(self.signature.input)
        self.is_async = inspect.iscoroutinefunction(call)
        functools.update_wrapper(self, call)

    @property
    def name(self) -> str:
        """The full name, `<queue>.<name>`."""
        return self._name

    def __call__(self, *args: P.args, **kwargs: P.kwargs) -> R:
        """What the plain callable returns, run here and now."""
        return self.call(*args, **kwargs)

    def __repr__(self) -> str:
        return f"<function {self.name}>"

    @property
    def isolation(self) -> Literal["loop", "thread", "process"]:
        """Where it runs: `auto` means in the loop for `async def`, in a thread for `def`."""
        if self.options.isolation == "auto":
            return "loop" if self.is_async else "thread"
        return self.options.isolation

    @property
    def target(self) -> str | None:
        """`module:name` by which a child process finds it; None for one defined inside another function."""
        qualified = self.call.__qualname__
        return None if "<" in qualified else f"{self.call.__module__}:{qualified}"

    def info(self) -> FunctionInfo:
        """What is announced of it: the one source of every schema that is shown anywhere."""
        return FunctionInfo(
            name=self.name,
            description=inspect.cleandoc(self.call.__doc__ or ""),
            input_schema=schema.of(self.signature.input),
            output_schema=schema.of(self.signature.output),
            timeout=self.options.timeout,
            max_attempts=self.options.max_attempts,
            isolation=self.isolation,
            version=self.options.version,
        )

    def read(self, output: bytes) -> Any:
        """JSON output as the type that the function returns."""
        return msgspec.json.decode(output, type=self.signature.output)

    def bind(self, payload: bytes, context: Context) -> Callable[[], Any]:
        """The call that is to be made for this JSON input; an error of the table where it does not fit."""
        value = decode(payload or b"{}", self.decoder)
        keywords: dict[str, Any] = {} if self.signature.context is None else {self.signature.context: context}
        if self.signature.whole is not None:
            keywords[self.signature.whole] = value
        else:
            keywords.update((key, getattr(value, key)) for key in self.signature.input.__struct_fields__)
        return functools.partial(self.call, **keywords)


class _Signature(Struct, frozen=True):
    """How JSON becomes arguments: one parameter takes the `whole` input, or each takes a member."""

    input: Any
    output: Any
    whole: str | None
    context: str | None

    @classmethod
    def of(cls, call: Callable[..., Any], name: str) -> "_Signature":
        """The signature of a callable; TypeError where its parameters cannot be given by name."""
        hints = typing.get_type_hints(call, include_extras=True)
        parameters = dict(inspect.signature(call).parameters)
        context = next((key for key in parameters if hints.get(key) is Context), None)
        parameters.pop(context or "", None)
        for key, parameter in parameters.items():
            if parameter.kind in (parameter.VAR_POSITIONAL, parameter.VAR_KEYWORD, parameter.POSITIONAL_ONLY):
                raise TypeError(
                    f"{name}: parameter {key!r} cannot be given by name; a function takes named parameters"
                )
        output = hints.get("return", Any)
        if len(parameters) == 1:
            key = next(iter(parameters))
            hint = hints.get(key, Any)
            if key == "input" or _is_record(hint):
                return cls(hint, output, key, context)
        fields = [
            (key, hints.get(key, Any))
            if parameter.default is parameter.empty
            else (key, hints.get(key, Any), parameter.default)
            for key, parameter in parameters.items()
        ]
        title = "".join(part.title() for part in name.replace(".", "_").split("_")) + "Input"
        return cls(
            msgspec.defstruct(title, fields, forbid_unknown_fields=True, kw_only=True), output, None, context
        )


def _is_record(hint: Any) -> bool:
    if typing.get_origin(hint) is not None:
        hint = typing.get_origin(hint)
    if not isinstance(hint, type):
        return False
    return issubclass(hint, Struct | dict) or dataclasses.is_dataclass(hint) or typing.is_typeddict(hint)


@overload
def function(name: str, /) -> "Callable[[Callable[P, R]], Function[P, R]]": ...
@overload
def function(
    name: str,
    /,
    *,
    timeout: float = ...,
    max_attempts: int = ...,
    backoff: Backoff = ...,
    isolation: Isolation = ...,
    memory: int = ...,
    version: str = ...,
    private: bool = ...,
) -> "Callable[[Callable[P, R]], Function[P, R]]": ...
def function(name: str, /, **options: Any) -> "Callable[[Callable[P, R]], Function[P, R]]":
    """Makes a callable a function of the system, under `<queue>.<name>`.

    Options: `timeout` (seconds for one attempt, 300), `max_attempts` (4), `backoff`, `isolation` (`loop`,
    `thread`, `process`; by default `async def` runs in the loop and `def` in a thread), `memory` (bytes, for
    `process`), `version`, `private` (once it completed, its input is overwritten in the queue, and its result
    does not repeat it). An unknown option is a TypeError.
    """

    def wrap(call: Callable[P, R]) -> Function[P, R]:
        return Function(call, name, Options(**options))

    return wrap


async def run(call: Callable[[], Awaitable[Any] | Any]) -> Any:
    """Awaits what `bind` made, whether the function is `async def` or `def`."""
    value = call()
    return await value if inspect.isawaitable(value) else value
