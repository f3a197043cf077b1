"""How a worker process is to work."""

from pathlib import Path
from typing import Annotated, Literal

from msgspec import Meta, Struct, structs

from functions.providers import ModelSettings
from subjects.settings import NatsSettings

BUILTIN = "functions.builtin"
"""The target that holds our own functions."""


class MemorySettings(Struct, frozen=True, forbid_unknown_fields=True):
    """How memories are found by meaning, and how many there may be."""

    embedding: Annotated[
        str,
        Meta(
            min_length=1,
            description="auto: by the configured model for embeddings, where there is one; none: by words "
            "only; else the directory of a sentence model.",
        ),
    ] = "auto"
    most: Annotated[
        int, Meta(ge=1, description="Memories of one namespace; more are refused until some are forgotten.")
    ] = 1_000_000

    @property
    def directory(self) -> Path | None:
        """Where the sentence model is; None where none of ours is to be used."""
        return None if self.embedding in ("auto", "none") else Path(self.embedding).expanduser()

    def below(self, here: Path) -> "MemorySettings":
        """The same, with the directory of the model found from `here`."""
        return self if self.directory is None else structs.replace(self, embedding=str(here / self.directory))


MailTls = Literal["starttls", "tls", "none"]


class Smtp(Struct, frozen=True, forbid_unknown_fields=True):
    """The mail server; nothing is sent where `host` is empty."""

    host: str = ""
    port: Annotated[int, Meta(ge=1, le=65535)] = 587
    user: str = ""
    password_env: Annotated[str, Meta(description="Name of the variable with the password.")] = ""
    sender: str = ""
    tls: MailTls = "starttls"


class WorkerSettings(Struct, frozen=True, forbid_unknown_fields=True):
    """One worker process: what it runs, how much at once, and how patient it is. Times are seconds."""

    nats: NatsSettings = NatsSettings()
    targets: Annotated[tuple[str, ...], Meta(description="Modules or module:name that hold functions.")] = (
        BUILTIN,
    )
    only: Annotated[
        tuple[str, ...], Meta(description="Run these queues or functions only; all where empty.")
    ] = ()
    slots: Annotated[int, Meta(ge=1, le=4096, description="Tasks at once; critical ones have one more.")] = 16
    roots: Annotated[tuple[Path, ...], Meta(description="Directories that functions may read below.")] = ()
    advisories: Annotated[
        Path | None, Meta(description="Dump of known vulnerabilities of packages, in the OSV format.")
    ] = None
    browse: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(\*\.)?[A-Za-z0-9_.:-]+$")], ...],
        Meta(
            description="Hosts that the browser may reach, *.host for all below; all public ones where empty."
        ),
    ] = ()
    browse_private: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(\S+:\d{1,5}|[0-9a-fA-F.:]+/\d{1,3})$")], ...],
        Meta(description="Private places that the browser may reach, as host:port or network."),
    ] = ()
    webhooks: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(\*\.)?[A-Za-z0-9_.:-]+$")], ...],
        Meta(description="Hosts that webhooks may reach, *.host for all below; all public ones where empty."),
    ] = ()
    webhooks_private: Annotated[
        tuple[Annotated[str, Meta(pattern=r"^(\S+:\d{1,5}|[0-9a-fA-F.:]+/\d{1,3})$")], ...],
        Meta(description="Private places that webhooks may reach, as host:port or network."),
    ] = ()
    smtp: Smtp = Smtp()
    deploy: Annotated[
        Path | None, Meta(description="Directory that releases are put below; nothing is applied without.")
    ] = None
    services: Annotated[tuple[str, ...], Meta(description="URLs of our own, which no page may reach.")] = ()
    drain: Annotated[
        float, Meta(ge=0, description="Time for running tasks to end when the worker stops.")
    ] = 20.0
    stall: Annotated[float, Meta(gt=0, description="A loop that is blocked for longer is named.")] = 0.5
    stall_exit: Annotated[
        float, Meta(gt=0, description="A loop that is blocked for longer ends the process.")
    ] = 20.0
    ignore_cancel: Annotated[
        float, Meta(gt=0, description="Time to stop for a handler whose task is over.")
    ] = 5.0
    models: Annotated[ModelSettings, Meta(description="Language models, as models.toml has them.")] = (
        ModelSettings()
    )
    name: Annotated[str, Meta(description="Worker id; made up where empty.")] = ""
    announce: bool = True
    memory: MemorySettings = MemorySettings()
    ledger: Annotated[
        Path | None, Meta(description="File that names what is held, for who finds this process dead.")
    ] = None
