"""Whether to send requests here, whether to start this process anew, and how the whole is."""

from litestar import get

from gateway import health as examined
from gateway.exchange import Answer, Ask, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import errors


@get("/health", operation_id="getHealth", opt=says(examined.Health))
async def health(request: Ask) -> Answer:
    """The system part by part, each with its reason. Always 200: `health` is the answer."""
    return said(await parts_of(request).health.get())


@get("/livez", operation_id="getLive", opt=says(dict[str, str]))
async def live(request: Ask) -> Answer:
    """Whether this process answers at all."""
    parts_of(request)
    return said({"status": "alive"})


@get("/readyz", operation_id="getReady", opt=says(dict[str, examined.Part]))
async def ready(request: Ask) -> Answer:
    """Whether tasks can be accepted: NATS is connected and healthy, the streams exist. 503 otherwise."""
    parts = parts_of(request)
    if parts.stopping.is_set():
        raise errors.Unavailable("this gateway is stopping")
    found = await examined.ready(parts.bus, parts.settings.monitor_url)
    wrong = {name: part.reason for name, part in found.items() if part.state != "healthy"}
    if wrong:
        raise errors.Unavailable(
            "; ".join(f"{name}: {reason}" for name, reason in wrong.items()), parts=wrong
        )
    return said(found)


HANDLERS = [health, live, ready]
