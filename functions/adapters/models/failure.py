"""How a call to a provider can fail, and what that means for the next try and for the breaker."""

from typing import Literal

Kind = Literal[
    "unreachable", "timeout", "rate_limited", "server_error", "refused", "unauthorized", "nonsense", "cut"
]

_AGAIN: frozenset[Kind] = frozenset(("unreachable", "rate_limited", "server_error", "cut"))
_OURS: frozenset[Kind] = frozenset(("refused",))


class CallFailed(Exception):
    """One call failed. `after` is when the provider wants to be asked again, in seconds, where it said so."""

    def __init__(self, kind: Kind, message: str, after: float | None = None) -> None:
        super().__init__(message)
        self.kind: Kind = kind
        self.message = message
        self.after = after

    @property
    def again(self) -> bool:
        """Whether the same provider may well answer the same question a moment later."""
        return self.kind in _AGAIN

    @property
    def counts(self) -> bool:
        """Whether it speaks against the provider, and not against the question."""
        return self.kind not in _OURS
