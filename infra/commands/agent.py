"""`revo agent`: who can do what, what they do now, and tasks for them. The same list as /api/agents."""

from typing import Any

import click
import msgspec
from msgspec import Struct
from rich.text import Text

from gateway.agents import Agents, Seen, Wanted
from gateway.catalog import Catalog
from gateway.choice import ORDER
from gateway.fresh import Fresh
from gateway.intake import Intake
from gateway.lanes import depths
from gateway.queues import Queues
from gateway.registry import Registry
from infra import arguments
from infra.commands import agent_analytics, agent_past, follow
from infra.commands.console import table, write_json
from infra.commands.example import example
from infra.commands.reach import Reach, reaching
from infra.commands.run import ANY_INPUT, show_result
from subjects import errors, names
from subjects.agents import AUTO, AgentTask, AgentView, ChoiceRequest, Definition, NewAgent
from subjects.client.submit import Door

COLORS = {
    "idle": "green",
    "processing": "cyan",
    "overloaded": "yellow",
    "error": "red",
    "stopped": "dim",
    "offline": "red",
}
MOST = 100_000


class Faces(Struct, frozen=True):
    """What the gateway shows agents with, over this command's own connection."""

    agents: Agents
    intake: Intake


def faces(reach: Reach) -> Faces:
    """The agents as the gateway sees them; no gateway need run."""
    bus, registry, catalog = reach.bus, Registry(reach.bus), Catalog(reach.client)
    lanes = Fresh(lambda: depths(bus), 1.0)
    seen = Seen(reach.client, catalog, Queues(bus, catalog, lanes), lanes)
    return Faces(Agents(seen, registry), Intake(bus, catalog, registry, 1))


@click.group(no_args_is_help=True)
def agent() -> None:
    """Agents: named, configured instances of what functions can do."""


agent.add_command(agent_past.metrics)
agent.add_command(agent_past.logs)
agent.add_command(agent_analytics.analytics)


@agent.command("ls", epilog=example("revo agent ls", "revo agent ls --status offline -o json"))
@click.option("--capability", metavar="QUEUE|FUNCTION", help="That can do this.")
@click.option("--status", type=click.Choice(tuple(COLORS)), help="In this state.")
@click.option("--text", metavar="WORD", help="With this in id, name or description.")
@reaching()
async def ls(reach: Reach, capability: str | None, status: Any, text: str | None) -> None:
    """All agents: those that workers announce, then those that people registered."""
    own = faces(reach).agents
    await own.registry.load()
    found = (await own.page(Wanted(capability, status, None, text, None, MOST))).views
    rows = [
        (
            view.id, Text(view.status, COLORS[view.status]), view.origin, ", ".join(view.current[:2]),
            view.queued, view.workers, view.response_ms, view.success_rate, _shortened(view.capabilities),
        )
        for view in found
    ]  # fmt: skip
    columns = (
        "agent", "status", "origin", "current task", ">queued", ">workers", ">ms", ">ok %", "can do"
    )  # fmt: skip
    reach.output.show(found, table(columns, rows, "No agent yet; a worker announces one for each queue."))


@agent.command(epilog=example("revo agent show security", "revo agent show scout --definition > scout.json"))
@click.argument("id")
@click.option("--definition", is_flag=True, help="Its definition alone, as `update` takes it.")
@reaching()
async def show(reach: Reach, *, id: str, definition: bool) -> None:
    """One agent: what it can do, what it does, how it did."""
    view = await faces(reach).agents.one(id)
    if definition:
        write_json(_definition(view))
        return
    facts = msgspec.to_builtins(view)
    rows = [(key, _cell(value)) for key, value in facts.items() if value not in (None, "", [], {})]
    reach.output.show(view, table(("what", "is"), rows))


@agent.command(
    epilog=example(
        'revo agent create scout --capability security -i \'{"config": {"path": "."}}\'',
        "revo agent create scout -i @scout.json",
    )
)
@click.argument("id")
@click.option("--capability", "capabilities", multiple=True, metavar="QUEUE|FUNCTION", help="What it can do.")
@click.option("--name", metavar="TEXT", help="A name for people.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="The definition; options go over it.")
@reaching()
async def create(reach: Reach, *, id: str, given: str | None, **options: Any) -> None:
    """Register an agent."""
    own = faces(reach).agents
    if id in await reach_queues(reach):
        raise errors.AlreadyExists(f"workers announce an agent {id!r}; choose another id")
    members = {**_members(given, options), "id": id}
    entry = await own.registry.create(_converted(members, NewAgent))
    reach.output.show(entry.value, f"{id} is registered (revision {entry.revision})")


@agent.command(epilog=example("revo agent update scout --description 'looks at src only'"))
@click.argument("id")
@click.option("--capability", "capabilities", multiple=True, metavar="QUEUE|FUNCTION", help="What it can do.")
@click.option("--name", metavar="TEXT", help="A name for people.")
@click.option("--description", metavar="TEXT", help="What it is for.")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="Members of the definition to replace.")
@click.option("--revision", type=int, metavar="N", help="Only where this is the newest.")
@reaching()
async def update(reach: Reach, *, id: str, given: str | None, revision: int | None, **options: Any) -> None:
    """Change parts of a registered agent's definition."""
    own = faces(reach).agents
    before = await own.registry.get(id)
    if before is None or before.value is None:
        raise errors.NotFound(f"no agent {id!r} is registered")
    members = {**msgspec.to_builtins(before.value.definition), **_members(given, options)}
    # What was read stands for the revision: who changed it in between is not written over.
    entry = await own.registry.change(id, _converted(members, Definition), revision or before.revision)
    reach.output.show(entry.value, f"{id} has revision {entry.revision}")


@agent.command(epilog=example("revo agent rm scout"))
@click.argument("id")
@reaching()
async def rm(reach: Reach, id: str) -> None:
    """Forget a registered agent; its tasks go on."""
    await faces(reach).agents.registry.remove(id)
    reach.output.show({"id": id, "removed": True}, f"{id} removed")


@agent.command(epilog=example("revo agent history scout"))
@click.argument("id")
@reaching()
async def history(reach: Reach, id: str) -> None:
    """What a registered agent was before."""
    found = await faces(reach).agents.registry.history(id)
    rows = [
        (one.revision, one.at, "deleted" if one.agent is None else _cell(one.agent.definition))
        for one in found
    ]
    reach.output.show(found, table((">revision", "when", "definition"), rows))


@agent.command(epilog=example("revo agent start security"))
@click.argument("id")
@reaching()
async def start(reach: Reach, id: str) -> None:
    """Let a stopped agent work again."""
    view = await faces(reach).agents.start(names.token(id))
    reach.output.show(view, f"{id} is {view.status}")


@agent.command(epilog=example("revo agent stop security"))
@click.argument("id")
@reaching()
async def stop(reach: Reach, id: str) -> None:
    """Let an agent begin nothing new; what runs ends."""
    view = await faces(reach).agents.stop(names.token(id))
    reach.output.show(view, f"{id} is {view.status}")


@agent.command(
    context_settings=ANY_INPUT,
    epilog=example("revo agent run security --function scan --path .", "revo agent run scout"),
)
@click.argument("id")
@click.argument("words", nargs=-1, type=click.UNPROCESSED)
@click.option("--function", metavar="NAME", help="Where the agent has several.")
@click.option("-i", "--input", "given", metavar="JSON|@FILE|-", help="The input; --key value goes over it.")
@click.option("--priority", type=click.Choice(names.PRIORITIES), help="How urgent.")
@click.option("--key", "task_id", metavar="KEY", help="Idempotency key: the same one is the same task.")
@click.option("--wait/--no-wait", default=True, help="Wait for the outcome (the default).")
@click.option("--stream", is_flag=True, help="One line for everything the task tells.")
@reaching()
async def run(reach: Reach, **given: Any) -> int:
    """Give an agent a task and wait for its outcome, as `revo run` does."""
    value = arguments.input_of({}, given["given"], given["words"])
    task = _converted(
        {
            "function": given["function"],
            "input": value,
            "priority": given["priority"],
            "id": given["task_id"],
        },
        AgentTask,
    )
    own, id = faces(reach), given["id"]
    if id == AUTO:
        await own.agents.registry.load()
        id = await own.agents.best(task)
        reach.output.aside.print(f"given to {id}")
    accepted = await own.intake.give(id, task, Door("cli"))
    if not given["wait"]:
        reach.output.show(accepted, accepted.id)
        return 0
    wait = follow.stream if given["stream"] else follow.outcome
    return await show_result(reach, await wait(reach.client, accepted.id, reach.output))


@agent.command(
    epilog=example("revo agent choose security.scan", "revo agent choose creative.generate --prefer cost")
)
@click.argument("capabilities", nargs=-1, required=True)
@click.option("--prefer", multiple=True, type=click.Choice(ORDER), help="Compare this first.")
@click.option("--exclude", multiple=True, metavar="ID", help="Not this one.")
@reaching()
async def choose(
    reach: Reach, *, capabilities: tuple[str, ...], prefer: tuple[Any, ...], exclude: tuple[str, ...]
) -> int:
    """The best agent for something, with the reasons. The exit code is 1 where there is none."""
    own = faces(reach).agents
    await own.registry.load()
    choice = await own.choose(ChoiceRequest(list(capabilities), list(prefer), list(exclude)))
    criteria = [reason.criterion for reason in choice.candidates[0].reasons] if choice.candidates else []
    rows = [(one.agent, *(reason.figure for reason in one.reasons)) for one in choice.candidates]
    out = "; ".join(f"not {one.agent}: {one.why}" for one in choice.excluded)
    reach.output.show(
        choice,
        Text(choice.why + "\n", "bold"),
        table(("agent", *(f">{name}" for name in criteria)), rows),
        Text(out, "dim"),
    )
    return 0 if choice.agent is not None else 1


async def reach_queues(reach: Reach) -> set[str]:
    """The queues that workers have announced."""
    return {name.partition(".")[0] for name in await reach.client.functions()}


def _members(given: str | None, options: dict[str, Any]) -> dict[str, Any]:
    members = arguments.read(given)
    if not isinstance(members, dict):
        raise errors.InvalidRequest("a definition is an object")
    over = {key: list(value) if isinstance(value, tuple) else value for key, value in options.items()}
    return {**members, **{key: value for key, value in over.items() if value}}


def _converted(members: dict[str, Any], kind: Any) -> Any:
    try:
        return msgspec.convert(members, kind)
    except msgspec.ValidationError as error:
        raise errors.InvalidRequest(str(error)) from None


def _definition(view: AgentView) -> Definition:
    if view.definition is None:
        raise errors.NotFound(f"{view.id} is announced by workers; nobody has written a definition for it")
    return view.definition


def _shortened(names: list[str]) -> str:
    return ", ".join(names[:3]) + (f" and {len(names) - 3} more" if len(names) > 3 else "")


def _cell(value: Any) -> Any:
    return value if isinstance(value, str | int | float) else msgspec.json.encode(value).decode()
