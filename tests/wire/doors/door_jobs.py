"""One function that tells all that a worker saw of its task."""

from functions import Context, function


@function("doors.echo")
async def echo(x: int, ctx: Context, text: str = "") -> dict[str, object]:
    """What the worker saw."""
    task = ctx.task
    return {
        "x": x,
        "text": text,
        "name": task.name,
        "priority": task.priority,
        "attempt": task.attempt,
        "timeout": task.timeout,
        "max_attempts": task.max_attempts,
        "parent": task.parent,
        "schedule": task.schedule,
        "tenant": task.tenant,
        "agent": task.agent,
        "memory": task.memory,
        "input": task.input.decode(),
    }
