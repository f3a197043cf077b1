"""What a running gateway is made of, handed down whole."""

import asyncio
import contextlib
import importlib.metadata
from collections.abc import AsyncIterator
from functools import partial

import msgspec
from msgspec import Struct

from gateway.agents import Agents, Seen
from gateway.catalog import Catalog
from gateway.counters import Counters
from gateway.exchange import Ask
from gateway.fanout import Fanout
from gateway.fresh import Fresh
from gateway.health import Examined, Health, examine
from gateway.intake import Intake
from gateway.lanes import Depth, Unclaimed, depths
from gateway.meter import Meter
from gateway.progress import progress
from gateway.prometheus import Reading, Tally
from gateway.queues import Queues
from gateway.registry import Registry
from gateway.services import AgentServices
from gateway.settings import GatewaySettings
from subjects.bus import Bus
from subjects.client import Client
from subjects.client.fleet import Member, members
from subjects.client.handover import Handover
from subjects.client.submit import Door
from subjects.traces import OFF, Tracer


class Parts(Struct, frozen=True):
    """One gateway. `stopping` is set when it is to end: waits and streams look at it."""

    settings: GatewaySettings
    bus: Bus
    client: Client
    catalog: Catalog
    intake: Intake
    fanout: Fanout
    counters: Counters
    tally: Tally
    progress: Fresh[list[Reading]]
    version: str
    health: Fresh[Health]
    lanes: Fresh[dict[tuple[str, str], Depth]]
    unclaimed: Fresh[dict[tuple[str, str], Depth]]
    meter: Meter
    fleet: Fresh[list[Member]]
    queues: Queues
    agents: Agents
    stopping: asyncio.Event
    tracer: Tracer = OFF

    def door(self, trace: str | None = None, name: str = "http") -> Door:
        """Who publishes what came in here, below the span of a request."""
        return Door(name, trace, self.tracer)


@contextlib.asynccontextmanager
async def opened(settings: GatewaySettings, counters: Counters, tracer: Tracer = OFF) -> AsyncIterator[Parts]:
    """A gateway that is connected and works."""
    own = msgspec.structs.replace(settings.nats, name="gateway")
    async with contextlib.AsyncExitStack() as stack:
        bus = await stack.enter_async_context(Bus.open(own))
        client = Client(bus, Door("http"))
        await stack.enter_async_context(Handover(bus, "gateway").running())
        catalog = await stack.enter_async_context(Catalog(client).running())
        registry = await stack.enter_async_context(Registry(bus).running())
        fanout = await stack.enter_async_context(Fanout(bus, settings, counters).running())
        tally = await stack.enter_async_context(Tally().running(bus))
        lanes = Fresh(partial(depths, bus), 1.0)
        queues = Queues(bus, catalog, lanes)
        intake = Intake(bus, catalog, registry, settings.max_submits)
        await stack.enter_async_context(AgentServices(bus, registry, intake).running())
        yield Parts(
            settings=settings,
            bus=bus,
            client=client,
            catalog=catalog,
            intake=intake,
            fanout=fanout,
            counters=counters,
            tally=tally,
            progress=Fresh(partial(progress, client), 1.0),
            version=version(),
            health=Fresh(partial(examine, Examined(client, catalog, queues, settings)), 1.0),
            lanes=lanes,
            unclaimed=Fresh(partial(unserved, Unclaimed(bus), lanes), 2.0),
            meter=await stack.enter_async_context(Meter(bus).running()),
            fleet=Fresh(partial(members, bus), 0.25),
            queues=queues,
            agents=Agents(Seen(client, catalog, queues, lanes), registry),
            stopping=asyncio.Event(),
            tracer=tracer,
        )


async def unserved(
    unclaimed: Unclaimed, lanes: Fresh[dict[tuple[str, str], Depth]]
) -> dict[tuple[str, str], Depth]:
    """What waits on queues that nobody ever served."""
    return await unclaimed.look(await lanes.get())


def version() -> str:
    """The version of the distribution; 0 in a tree that is not installed."""
    try:
        return importlib.metadata.version("revoagent")
    except importlib.metadata.PackageNotFoundError:
        return "0"


def parts_of(request: Ask) -> Parts:
    """The gateway that answers this request."""
    parts: Parts = request.app.state.parts
    return parts
