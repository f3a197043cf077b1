"""Orders."""

import sqlite3

from shop import stock


def find(connection: sqlite3.Connection, name: str) -> list[tuple[str, ...]]:
    """All orders of a customer."""
    return connection.execute(f"SELECT * FROM orders WHERE name = '{name}'").fetchall()


def reserve(name: str) -> int:
    """What is left after reserving one."""
    return stock.left(name) - 1
