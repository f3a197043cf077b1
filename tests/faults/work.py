"""What a run submits, what may come of it, and when something dies: all made of a seed beforehand."""

import hashlib
import json
import random
from typing import Literal

from msgspec import Struct

Door = Literal["client", "header", "subject", "http", "unheard"]
"""`header`: raw publish with Nats-Msg-Id; `subject`: raw publish with the id in the subject; `unheard`: sent
once, answer not waited for."""

BIG = 1_200_000


class Planned(Struct, frozen=True):
    """One task, and what it can come to."""

    id: str
    function: str
    input: bytes
    priority: str
    door: Door
    states: tuple[str, ...]
    value: str
    most: int
    cancel_after: float | None = None


class Blow(Struct, frozen=True):
    """After `wait` seconds `target` is killed and stays `down` so long. `told`: its supervisor says so."""

    wait: float
    target: str
    down: float
    told: bool


def digest(value: bytes) -> str:
    """A short name of some bytes."""
    return hashlib.blake2s(value, digest_size=8).hexdigest()


def tasks(chance: random.Random, count: int, doors: tuple[Door, ...]) -> list[Planned]:
    """`count` tasks: one in twenty is poison, a few are canceled."""
    return [_one(chance, number, doors) for number in range(count)]


def blows(chance: random.Random, seconds: float, workers: tuple[str, ...]) -> list[Blow]:
    """Deaths over `seconds`, one or two at a time."""
    planned: list[Blow] = []
    clock = 0.0
    while True:
        wait = chance.uniform(0.3, 3.2)
        clock += wait
        if clock > seconds:
            return planned
        target = chance.choices(
            [chance.choice(workers), "nats", "gateway", "analytics"], weights=[50, 16, 17, 17]
        )[0]
        planned.append(Blow(wait, target, chance.uniform(0.0, 1.0), chance.random() < 0.5))


POISON: tuple[tuple[str, int, tuple[str, ...], int], ...] = (
    # function, share in 1,000, states, most attempts
    ("broken", 14, ("failed",), 2),
    ("hopeless", 10, ("failed",), 1),
    ("big", 8, ("completed",), 4),
    ("misfit", 9, ("rejected",), 1),
    ("leave", 2, ("failed",), 2),
    ("leave_apart", 4, ("failed",), 1),
    ("spin", 3, ("failed",), 1),
)


def _one(chance: random.Random, number: int, doors: tuple[Door, ...]) -> Planned:
    id = f"t{number:05d}"
    door: Door = "unheard" if chance.random() < 0.01 else chance.choice(doors)
    priority = chance.choices(["critical", "high", "medium", "low"], weights=[1, 2, 6, 3])[0]
    x = chance.randrange(10_000)

    def planned(function: str, input: object, states: tuple[str, ...], value: object, most: int) -> Planned:
        payload = json.dumps(input, separators=(",", ":")).encode()
        output = digest(json.dumps(value, separators=(",", ":")).encode())
        return Planned(id, f"jobs.{function}", payload, priority, door, states, output, most)

    roll = chance.randrange(1000)
    for function, share, states, most in POISON:
        if roll < share:
            if function == "misfit":
                return planned("square", {"x": "seven"}, states, None, most)
            return planned(function, {"x": x}, states, str(x % 10) * BIG if function == "big" else None, most)
        roll -= share
    if roll < 20:
        task = planned("nap", {"x": x, "seconds": 1.5}, ("completed",), x, 4)
        return Planned(
            *(getattr(task, name) for name in task.__struct_fields__[:-1]), chance.uniform(0.0, 0.8)
        )
    if roll < 60:
        return planned("flaky", {"x": x}, ("completed",), x, 4)
    if roll < 160:
        return planned("nap", {"x": x, "seconds": round(chance.uniform(0.02, 0.3), 3)}, ("completed",), x, 4)
    if roll < 260:
        return planned("thread", {"x": x}, ("completed",), x + 1, 4)
    return planned("square", {"x": x}, ("completed",), x * x, 4)
