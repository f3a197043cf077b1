"""The stock."""

from shop import orders


def left(name: str) -> int:
    """How many are left."""
    return 7 if name else orders.reserve("none")
