"""Speech."""

from tidy.words import shout


def greet(name: str) -> str:
    """A loud greeting."""
    return shout(f"hello {name}")
