"""Stops before the call that could cost too much, not after it.

Input is estimated at four characters a token, and the answer may not be longer than what is left: so one call
at a time stays within its budget. Calls that run side by side may together go above it by their answers.
"""

from collections.abc import Callable
from typing import Protocol

from msgspec import Struct

from subjects.errors import BudgetExceeded


class Spent(Struct, frozen=True):
    """What was used. `usd` holds what is known; calls without a price count by tokens only."""

    usd: float = 0.0
    tokens: int = 0

    def plus(self, other: "Spent") -> "Spent":
        """Both together."""
        return Spent(self.usd + other.usd, self.tokens + other.tokens)


class Account(Protocol):
    """Where it is written down what was used."""

    async def spent(self) -> Spent:
        """What was used so far."""
        ...

    async def charge(self, amount: Spent) -> None:
        """Add to it."""
        ...


Open = Callable[[str], Account]
"""The account of a task by its id; of the day where that is empty."""


class Ledger:
    """An account in memory: of one process, and gone with it."""

    def __init__(self) -> None:
        self._spent = Spent()

    async def spent(self) -> Spent:
        """What was used so far."""
        return self._spent

    async def charge(self, amount: Spent) -> None:
        """Add to it."""
        self._spent = self._spent.plus(amount)


class Plan(Struct, frozen=True):
    """A call that is about to be made. Prices are None where they are not known."""

    model: str
    tokens: int
    usd: float | None
    usd_per_output: float | None

    @property
    def amount(self) -> Spent:
        """What is set aside for it while it runs."""
        return Spent(self.usd or 0.0, self.tokens)


class Purse:
    """One budget: its limits, its account, and what is set aside for calls that are under way."""

    def __init__(self, name: str, usd: float | None, tokens: int | None, account: Account) -> None:
        self._name = name
        self._usd = usd
        self._tokens = tokens
        self._account = account
        self._aside = Spent()

    @property
    def limited(self) -> bool:
        """Whether there is any limit; without one nothing is asked of the account before a call."""
        return self._usd is not None or self._tokens is not None

    async def reserve(self, plan: Plan) -> int | None:
        """Set aside what a call takes at least; the most tokens that its answer may have (None: any number).

        BudgetExceeded where it would go above the limit.
        """
        if not self.limited:
            return None
        used = (await self._account.spent()).plus(self._aside)
        most: list[float] = []
        if self._tokens is not None:
            most.append(self._tokens - used.tokens - plan.tokens)
            if most[-1] < 1:
                raise BudgetExceeded(
                    f"{used.tokens} of {self._tokens} tokens {self._name} are used; "
                    f"this call to {plan.model} takes about {plan.tokens} before its answer"
                )
        if self._usd is not None:
            most += self._dollars(used.usd, self._usd, plan)
        self._aside = self._aside.plus(plan.amount)
        return int(min(most)) if most else None

    async def settle(self, plan: Plan, actual: Spent) -> None:
        """The call is over: give back what was set aside, write down what it really took."""
        if not self.limited:
            return
        self._aside = self._aside.plus(Spent(-plan.amount.usd, -plan.amount.tokens))
        if actual.tokens or actual.usd:
            await self._account.charge(actual)

    def _dollars(self, used: float, limit: float, plan: Plan) -> list[float]:
        if plan.usd is None or plan.usd_per_output is None:
            if self._tokens is None:
                raise BudgetExceeded(
                    f"the price of {plan.model} is not known and the budget {self._name} is in dollars: give "
                    "the model a price, or the budget a number of tokens"
                )
            return []
        if plan.usd == 0 and plan.usd_per_output == 0:
            # What is free may be used when all else is spent.
            return []
        left = limit - used - plan.usd
        most = left / plan.usd_per_output if plan.usd_per_output else float("inf")
        if left < 0 or most < 1:
            raise BudgetExceeded(
                f"{used:.4f} of {limit:.4f} dollars {self._name} are used; this call to {plan.model} takes "
                f"about {plan.usd:.4f} before its answer"
            )
        return [most] if plan.usd_per_output else []
