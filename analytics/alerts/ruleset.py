"""The rules that hold now: the defaults, and over them what people wrote."""

import msgspec
import structlog
from msgspec import Struct

from analytics.settings import AlertSettings
from subjects import errors
from subjects.alerts import Rule
from subjects.bus import Bus
from subjects.client import alerts as wire
from subjects.rules import checked, defaults

log = structlog.get_logger()


class Held(Struct, frozen=True):
    """A rule that holds; revision 0 for a default."""

    rule: Rule
    revision: int = 0


async def loaded(bus: Bus, limits: AlertSettings) -> dict[str, Held]:
    """Every rule by name; one that makes no sense (any more) is told of and left out."""
    found = {name: Held(rule) for name, rule in defaults(msgspec.structs.asdict(limits)).items()}
    for entry in await wire.listed(bus, wire.RULES, Rule):
        assert entry.value is not None
        try:
            if entry.value.name != entry.key:
                raise errors.InvalidRequest(f"the rule under {entry.key} is named {entry.value.name}")
            found[entry.key] = Held(checked(entry.value), entry.revision)
        except errors.RevoError as error:
            log.warning("rule left out", rule=entry.key, error=error.message)
    return found
