"""Functions that ask a model, in the worker and in a child process."""

import os

from msgspec import Struct

from functions import Context, function
from functions.ports import Prompt, Turn


class Verdict(Struct, forbid_unknown_fields=True):
    good: bool


class Asked(Struct):
    text: str
    key: str | None


@function("ask.here")
async def here(text: str, ctx: Context) -> Asked:
    reply = await ctx.model.ask(Prompt([Turn("user", text)]))
    return Asked(reply.text, os.environ.get("MODEL_KEY_OF_A_TEST"))


@function("ask.apart", isolation="process")
async def apart(text: str, ctx: Context) -> Asked:
    verdict, _ = await ctx.model.fill(Prompt([Turn("user", text)]), Verdict)
    used = ctx.model.used
    return Asked(f"{verdict.good} after {used and used.calls}", os.environ.get("MODEL_KEY_OF_A_TEST"))


@function("ask.typed", max_attempts=1)
async def typed(text: str, ctx: Context) -> bool:
    verdict, _ = await ctx.model.fill(Prompt([Turn("user", text)]), Verdict)
    return verdict.good


FUNCTIONS = (here, apart, typed)
