"""What is asked of pages and what is answered."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct, field, to_builtins

from functions.findings import Report
from functions.ports import Decision, SandboxLevel

Part = Literal["text", "links", "tables", "metadata"]

Url = Annotated[str, Meta(min_length=1, max_length=2000, description="http or https.")]
Css = Annotated[str, Meta(min_length=1, max_length=500)]
Timeout = Annotated[float, Meta(ge=0.5, le=120, description="Seconds for all of it.")]


class Visiting(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """How to go out. Private addresses are refused; only this machine's settings can open them."""

    allow: Annotated[
        list[Annotated[str, Meta(min_length=1, max_length=255)]],
        Meta(
            max_length=200, description="Only these hosts, *.host for all below; all public ones where empty."
        ),
    ] = []
    timeout: Timeout = 30.0


class Field(Struct, frozen=True, forbid_unknown_fields=True):
    """What to take from a page: the text of what a selector finds, or an attribute of it."""

    css: Css
    attr: Annotated[str, Meta(max_length=100)] = ""
    all: Annotated[bool, Meta(description="A list of all matches; else the first, or null.")] = False


Fields = Annotated[dict[str, str | Field], Meta(max_length=100, description="Name: selector.")]


def selectors(fields: dict[str, str | Field]) -> dict[str, Any]:
    """Fields as the page program reads them."""
    return {name: to_builtins(Field(own) if isinstance(own, str) else own) for name, own in fields.items()}


class Hop(Struct, frozen=True):
    """One step of the way to a page."""

    url: str
    status: int
    location: Annotated[str, Meta(description="Where it leads on; empty at the end.")] = ""
    address: Annotated[str, Meta(description="The checked address that was connected to.")] = ""


class Link(Struct, frozen=True):
    """Where a page leads, absolute."""

    url: str
    text: str


class Page(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A page, taken apart. All text in it is the page's own word."""

    url: str = ""
    status: int = 0
    content_type: str = ""
    charset: str = ""
    title: str = ""
    text: str = ""
    text_truncated: bool = False
    bytes: Annotated[int, Meta(description="Size of the unpacked body, as far as it was read.")] = 0
    received: Annotated[int, Meta(description="Bytes of the body on the wire.")] = 0
    truncated: Annotated[bool, Meta(description="There was more than max_bytes.")] = False
    hops: list[Hop] = []
    fields: dict[str, Any] = {}
    bad: Annotated[dict[str, str], Meta(description="Fields whose selector is none, with the reason.")] = {}
    links: list[Link] = []
    tables: list[list[list[str]]] = []
    metadata: dict[str, str] = {}


class Step(Struct, frozen=True, omit_defaults=True):
    """One action in a browser, and how it ended."""

    do: str
    ms: float
    error: str = ""
    url: Annotated[str, Meta(description="Where the browser was afterwards.")] = ""
    status: Annotated[int, Meta(description="HTTP status of a goto; 0 for none.")] = 0
    page: Page | None = None
    screenshot: str = ""


class Visit(Report, frozen=True, kw_only=True):
    """The answer of the browser agent."""

    page: Page | None = None
    steps: list[Step] = field(default_factory=list)
    egress: Annotated[list[Decision], Meta(description="Every connection that was asked for.")] = field(
        default_factory=list
    )
    sandbox: Annotated[SandboxLevel, Meta(description="How the program was kept apart.")] = "none"
