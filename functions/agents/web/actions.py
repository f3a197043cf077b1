"""What a browser can be told to do, each as a struct of its own, told apart by `do`."""

from typing import Annotated, Literal

from msgspec import Meta, Struct

from functions.agents.web.pages import Fields, Url

Selector = Annotated[str, Meta(min_length=1, max_length=500, description="CSS, or text=..., as playwright.")]


class Goto(Struct, frozen=True, tag="goto", tag_field="do", forbid_unknown_fields=True):
    """Go to an address, until its document is there, read, or whole with all that it needs."""

    url: Url
    until: Literal["commit", "domcontentloaded", "load", "networkidle"] = "load"


class Click(Struct, frozen=True, tag="click", tag_field="do", forbid_unknown_fields=True):
    """Click on the first that a selector finds."""

    selector: Selector


class Fill(Struct, frozen=True, tag="fill", tag_field="do", forbid_unknown_fields=True):
    """Write a text into a field."""

    selector: Selector
    text: Annotated[str, Meta(max_length=100_000)]


class Select(Struct, frozen=True, tag="select", tag_field="do", forbid_unknown_fields=True):
    """Choose an option by its value or label."""

    selector: Selector
    value: str


class Check(Struct, frozen=True, tag="check", tag_field="do", forbid_unknown_fields=True):
    """Set or clear a checkbox."""

    selector: Selector
    checked: bool = True


class Press(Struct, frozen=True, tag="press", tag_field="do", forbid_unknown_fields=True):
    """Press a key (`Enter`, `Control+A`), on a field or on the page."""

    key: Annotated[str, Meta(min_length=1, max_length=50)]
    selector: Annotated[str, Meta(max_length=500)] = ""


class Hover(Struct, frozen=True, tag="hover", tag_field="do", forbid_unknown_fields=True):
    """Hold the pointer over something."""

    selector: Selector


class Scroll(Struct, frozen=True, tag="scroll", tag_field="do", forbid_unknown_fields=True):
    """Turn the wheel by so many pixels."""

    by: Annotated[int, Meta(ge=-100_000, le=100_000)]


class Back(Struct, frozen=True, tag="back", tag_field="do", forbid_unknown_fields=True):
    """Go back in the history."""


class WaitFor(Struct, frozen=True, tag="wait_for", tag_field="do", forbid_unknown_fields=True):
    """Wait until what a selector finds is there, seen, hidden or gone."""

    selector: Selector
    state: Literal["attached", "detached", "visible", "hidden"] = "visible"


class ExtractHere(Struct, frozen=True, tag="extract", tag_field="do", forbid_unknown_fields=True):
    """Take fields, text and links from the page as it is now."""

    fields: Fields = {}


class Screenshot(Struct, frozen=True, tag="screenshot", tag_field="do", forbid_unknown_fields=True):
    """A picture of what is seen, of the whole page, or of what a selector finds."""

    name: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_-]{1,64}$")] = "screenshot"
    full_page: bool = False
    selector: Annotated[str, Meta(max_length=500)] = ""


Action = (
    Goto | Click | Fill | Select | Check | Press | Hover | Scroll | Back | WaitFor | ExtractHere | Screenshot
)
