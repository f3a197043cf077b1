"""An alert as everybody sees it: the channel, the routes, the rows, and whoever is notified."""

from datetime import datetime
from typing import Annotated, Literal

from msgspec import Meta, Struct

Severity = Literal["info", "warning", "critical"]
AlertState = Literal["firing", "acknowledged", "resolved"]


class Alert(Struct, frozen=True, omit_defaults=True):
    """One condition that holds, or held: a rule and the labels it was true for. Told anew at every change."""

    id: Annotated[str, Meta(description="Of this occurrence: the next time it is another.")]
    rule: Annotated[str, Meta(description="The rule that found it.")]
    severity: Severity
    state: AlertState
    summary: Annotated[str, Meta(description="One sentence for people, with the figure.")]
    since: Annotated[datetime, Meta(description="When it began to fire.")]
    updated_at: datetime
    labels: Annotated[
        dict[str, str], Meta(description="What it is about, such as host, queue or agent.")
    ] = {}
    value: Annotated[
        float | None, Meta(description="The figure at the last change; null: none was there.")
    ] = None
    threshold: float | None = None
    resolved_at: datetime | None = None
    acknowledged_by: str | None = None
    silenced: Annotated[bool, Meta(description="A silence covers it: nobody is notified.")] = False
