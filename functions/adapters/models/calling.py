"""One question to several models in turn: retries, rest, budget, and a line in the ledger for every call."""

import asyncio
import contextlib
import random
import time
from collections.abc import AsyncGenerator, Callable

from msgspec import Struct

from functions.adapters.models import words
from functions.adapters.models.budget import Plan, Spent
from functions.adapters.models.endpoint import Endpoint
from functions.adapters.models.failure import CallFailed
from functions.adapters.models.models import Models, Route
from functions.adapters.models.prices import Tokens, usd
from functions.adapters.models.words import Answer, Vectors
from functions.ports import Embedded, ModelUse, Reply
from functions.providers import Kind, ModelEntry
from subjects import codec
from subjects.errors import BudgetExceeded, ModelFailed, NoModel
from subjects.model_call import ModelCall
from subjects.traces import OFF, Span, Tracer, Work

PATIENCE = 5.0
"""Seconds that a question waits before it tries a provider again; one that wants more is left to rest."""
_FREE = frozenset(("unreachable", "rate_limited", "unauthorized", "refused", "server_error", "not_installed"))
"""Failures for which nobody is charged. What was cut off, or came too late, may have cost something."""

Put = Callable[[Endpoint, ModelEntry, int | None], AsyncGenerator[str | Answer | Vectors, None]]
"""Puts the question to one model: an answer of at most so many tokens, after the pieces of it."""


class Asker(Struct, frozen=True):
    """Who asks: it stands in the ledger. `trace`: the span that calls come below."""

    task: str = ""
    function: str = ""
    agent: str = ""
    attempt: int = 1
    worker: str = ""
    tracer: Tracer = OFF
    trace: str | None = None


class Question(Struct, frozen=True):
    """What is asked of any model of a name and kind, and about how many tokens it has."""

    put: Put
    tokens: int
    name: str = "auto"
    kind: Kind = "chat"
    local_only: bool = False


class Caller:
    """Asks on behalf of one task. `used` is what all of its calls took."""

    def __init__(self, models: Models, asker: Asker, told: Callable[[ModelUse], None]) -> None:
        self.used: ModelUse | None = None
        self._models = models
        self._asker = asker
        self._told = told
        self._purses = (models.task_purse(asker.task), models.day)

    async def first(self, question: Question) -> AsyncGenerator[str | Reply | Embedded, None]:
        """The pieces and the answer of the first model that gives one.

        NoModel, BudgetExceeded, or ModelFailed once all have failed. After the first piece nobody takes over.
        """
        calls: list[ModelUse] = []
        problems: list[str] = []
        over: BudgetExceeded | None = None
        share = self._models.share
        for route in self._models.routes(question.name, question.kind, local_only=question.local_only):
            unasked = self._unasked(route)
            if unasked is not None:
                problems.append(f"{route.name} {unasked}")
                continue
            local = route.provider.is_local
            begun = False
            try:
                # Waiting for room is no fault of the provider: its time begins when it is asked.
                with share.asking(local=local):
                    async with (
                        route.endpoint.room,
                        contextlib.aclosing(self._patiently(route, question, calls)) as pieces,
                    ):
                        async for piece in pieces:
                            begun = True
                            if not isinstance(piece, str):
                                route.breaker.worked()
                                share.answered(local=local)
                            yield piece
                return
            except BudgetExceeded as error:
                over = error
            except CallFailed as failure:
                problems.append(f"{route.name}: {failure.message}")
                if failure.counts:
                    route.breaker.failed(failure.after)
                if begun:
                    break
            finally:
                route.breaker.unknown()
        if over is not None:
            raise over
        raise ModelFailed(f"no model answered: {'; '.join(problems)}"[:2000])

    def _unasked(self, route: Route) -> str | None:
        """Why a model is passed over. The breaker comes last: who asks it is to make the call."""
        if not (route.provider.is_local or self._models.share.admits()):
            return "is not local, and too few of the last answers were"
        if not route.breaker.allows():
            return f"has failed before, it rests for {route.breaker.rests:.0f} s"
        return None

    async def _patiently(
        self, route: Route, question: Question, calls: list[ModelUse]
    ) -> AsyncGenerator[str | Reply | Embedded, None]:
        """One model, asked again while that can help and nothing of an answer has come."""
        loop = asyncio.get_running_loop()
        deadline = loop.time() + route.provider.timeout
        for number in range(route.provider.retries + 1):
            begun = False
            try:
                async with contextlib.aclosing(self._once(route, question, calls, deadline)) as pieces:
                    async for piece in pieces:
                        begun = True
                        yield piece
                return
            except CallFailed as failure:
                pause = _pause(failure, number)
                late = pause > PATIENCE or loop.time() + pause >= deadline
                if begun or late or not failure.again or number == route.provider.retries:
                    raise
            await asyncio.sleep(pause)

    async def _once(
        self, route: Route, question: Question, calls: list[ModelUse], deadline: float
    ) -> AsyncGenerator[str | Reply | Embedded, None]:
        """One call: within the budget, traced, and written down however it ends."""
        with self._asker.tracer.span(_work(route, question), self._asker.trace) as span:
            async with contextlib.aclosing(self._called(route, question, calls, deadline, span)) as pieces:
                async for piece in pieces:
                    yield piece

    async def _called(
        self, route: Route, question: Question, calls: list[ModelUse], deadline: float, span: Span
    ) -> AsyncGenerator[str | Reply | Embedded, None]:
        plan = _plan(route, question.tokens)
        most = await self._reserve(plan)
        began, size = time.monotonic(), 0
        outcome, tokens = "canceled", Tokens(0, 0)
        answer: Answer | Vectors | None = None
        try:
            # Loading the package takes half a second once, which says nothing about the model.
            await route.endpoint.open()
            began = time.monotonic()
            async with contextlib.aclosing(question.put(route.endpoint, route.model, most)) as pieces:
                while answer is None:
                    async with asyncio.timeout_at(deadline):
                        piece = await anext(pieces)
                    if isinstance(piece, str):
                        size += len(piece)
                        yield piece
                    else:
                        answer = piece
            outcome, tokens = "ok", answer.tokens
        except TimeoutError:
            outcome = "timeout"
            raise CallFailed("timeout", f"no answer within {route.provider.timeout:g} s") from None
        except CallFailed as failure:
            outcome = failure.kind
            raise
        except NoModel:
            outcome = "not_installed"
            raise
        finally:
            if size and outcome != "ok":
                tokens = Tokens(question.tokens, size // words.CHARACTERS, estimated=True)
            use = _use(route, tokens, outcome, time.monotonic() - began)
            calls.append(use)
            _told(span, use, outcome)
            await self._settle(plan, use)
            await self._models.tell(_row(self._asker, use, question.kind, outcome))
        yield answer.told(_total(calls))

    async def _reserve(self, plan: Plan) -> int | None:
        """The most tokens that the answer may have, by the tightest budget."""
        own, day = self._purses
        first = await own.reserve(plan)
        try:
            second = await day.reserve(plan)
        except BaseException:
            await own.settle(plan, Spent())
            raise
        return min((most for most in (first, second) if most is not None), default=None)

    async def _settle(self, plan: Plan, use: ModelUse) -> None:
        self.used = use if self.used is None else self.used.plus(use)
        self._told(self.used)
        actual = Spent(use.usd or 0.0, use.input_tokens + use.output_tokens)
        for purse in self._purses:
            await purse.settle(plan, actual)


def _pause(failure: CallFailed, number: int) -> float:
    if failure.after is not None:
        return failure.after
    return float(0.5 * 2**number) * random.uniform(0.75, 1.0)  # noqa: S311 - so that not all come at once


def _plan(route: Route, tokens: int) -> Plan:
    million = Tokens(0, 1_000_000)
    each = usd(route.provider, route.model, million)
    return Plan(
        route.name,
        tokens,
        usd(route.provider, route.model, Tokens(tokens, 0)),
        None if each is None else each / million.output,
    )


def _use(route: Route, tokens: Tokens, outcome: str, seconds: float) -> ModelUse:
    known = outcome == "ok" or tokens.total > 0
    cost = usd(route.provider, route.model, tokens) if known or route.provider.is_local else None
    return ModelUse(
        provider=route.provider.name,
        name=route.model.name,
        local=route.provider.is_local,
        input_tokens=tokens.input,
        output_tokens=tokens.output,
        cached_tokens=tokens.cached,
        usd=0.0 if outcome in _FREE else cost,
        ms=round(seconds * 1000, 1),
        estimated=tokens.estimated,
    )


def _work(route: Route, question: Question) -> Work:
    operation = "chat" if question.kind == "chat" else "embeddings"
    return Work(
        f"{operation} {route.model.name}",
        "client",
        {
            "gen_ai.operation.name": operation,
            "gen_ai.provider.name": route.provider.name,
            "gen_ai.request.model": route.model.name,
        },
    )


def _told(span: Span, use: ModelUse, outcome: str) -> None:
    """Tokens and dollars; never a prompt or an answer."""
    span.note(
        {"gen_ai.usage.input_tokens": use.input_tokens, "gen_ai.usage.output_tokens": use.output_tokens}
    )
    if use.usd is not None:
        span.note({"revo.usd": use.usd})
    if outcome != "ok":
        span.fail(outcome)


def _total(calls: list[ModelUse]) -> ModelUse:
    total = calls[0]
    for more in calls[1:]:
        total = total.plus(more)
    return total


def _row(asker: Asker, use: ModelUse, kind: Kind, outcome: str) -> ModelCall:
    return ModelCall(
        task=asker.task,
        function=asker.function,
        agent=asker.agent,
        attempt=asker.attempt,
        worker=asker.worker,
        provider=use.provider,
        model=use.name,
        kind=kind,
        local=use.local,
        outcome=outcome,
        input_tokens=use.input_tokens,
        output_tokens=use.output_tokens,
        cached_tokens=use.cached_tokens,
        usd=use.usd,
        ms=use.ms,
        at=codec.now(),
        estimated=use.estimated,
    )
