"""A function of a user that remembers from a process of its own."""

from functions import Context, function
from functions.ports.memory import Forget, MemoryQuery, NewMemory


@function("notes.learn", isolation="process")
async def learn(text: str, ctx: Context) -> list[str]:
    """What is remembered of a text, from within a child process."""
    stored = await ctx.memory.store([NewMemory(text=text, id="kept"), NewMemory(text="other")], ctx.id)
    await ctx.memory.forget(Forget(ids=[stored.stored[1].id]))
    return [own.text for own in (await ctx.memory.query(MemoryQuery(query=text))).memories]
