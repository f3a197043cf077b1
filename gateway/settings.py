"""How a gateway is to listen, and where it says no."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from subjects import streams
from subjects.settings import NatsSettings

MIB = 1 << 20


class GatewaySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One gateway process. Times are seconds, sizes are bytes."""

    nats: NatsSettings = NatsSettings()
    host: Annotated[str, Meta(description="Loopback only: authentication does not exist yet.")] = "127.0.0.1"
    port: Annotated[int, Meta(ge=0, le=65535, description="0 picks a free one.")] = 12000
    log_level: Annotated[
        Literal["debug", "info", "warning", "error"], Meta(description="debug shows every request.")
    ] = "info"
    monitor_url: Annotated[str, Meta(description="Monitoring address of nats-server, asked by /readyz.")] = ""

    dashboard: Annotated[bool, Meta(description="Whether the page is served too.")] = True

    faults: Annotated[bool, Meta(description="Whether it passes on that a worker is to be killed.")] = False

    max_body: Annotated[int, Meta(ge=1024, description="Largest body of a request.")] = (
        streams.MAX_INPUT + 64 * 1024
    )
    max_batch_body: Annotated[int, Meta(ge=1024, description="Largest body of a batch.")] = 32 * MIB
    max_batch: Annotated[int, Meta(ge=1, description="Tasks in one batch.")] = 1000
    max_submits: Annotated[int, Meta(ge=1, description="Submissions on their way to disk; more get 429.")] = (
        4096
    )
    max_wait: Annotated[float, Meta(ge=0, description="Longest wait for a result in one request.")] = 300.0
    max_header: Annotated[int, Meta(ge=1024, description="Largest head of a request.")] = 64 * 1024
    slow: Annotated[float, Meta(gt=0, description="Requests that take longer are logged at info.")] = 1.0

    max_frame: Annotated[
        int, Meta(ge=1024, description="Largest frame from a client; above: close 1009.")
    ] = streams.MAX_INPUT + 64 * 1024
    max_sockets: Annotated[
        int, Meta(ge=1, description="Sockets and event streams at once; more get 503.")
    ] = 20_000
    max_subscriptions: Annotated[int, Meta(ge=1, description="Subscriptions of one socket.")] = 200
    max_malformed: Annotated[int, Meta(ge=1, description="Malformed frames before close 4400.")] = 10
    buffer: Annotated[int, Meta(ge=1024, description="Unsent bytes at which a socket counts as slow.")] = (
        256 * 1024
    )
    heartbeat: Annotated[
        float, Meta(gt=0, description="A silent client is pinged; after twice this it is gone.")
    ] = 15.0
    patience: Annotated[
        float, Meta(gt=0, description="A client that reads nothing for so long: close 4408.")
    ] = 60.0

    ring: Annotated[int, Meta(ge=1, description="Recent messages kept in memory for each stream.")] = 10_000
    ring_bytes: Annotated[int, Meta(ge=1024, description="Their size at most.")] = 32 * MIB
    replay: Annotated[
        int, Meta(ge=1, description="How far back a resume or a slow client reads; else a gap.")
    ] = 100_000
    check_every: Annotated[float, Meta(gt=0, description="How often a feed is compared with its stream.")] = (
        5.0
    )

    drain: Annotated[float, Meta(ge=0, description="Time for running requests to end at a stop.")] = 5.0
    retry: Annotated[int, Meta(ge=0, description="Milliseconds over which clients of a stop come back.")] = (
        2000
    )
