"""/api/monitoring/rules: what alerts ring for."""

import msgspec
from litestar import delete, get, post, put
from litestar.params import FromPath

from gateway.asking import asked
from gateway.exchange import Answer, Ask, body, revision, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects import codec, errors, names
from subjects.alerts import Rule, RuleRevision, RuleTest, RuleView, Tried
from subjects.client import alerts as wire
from subjects.rules import FIGURES, Figure, checked

_rules = msgspec.json.Decoder(Rule)
_tests = msgspec.json.Decoder(RuleTest)


@get("/api/monitoring/rules", operation_id="listRules", opt=says(list[RuleView]))
async def rules(request: Ask) -> Answer:
    """All rules, the defaults too, each with its state and the values it saw last."""
    return said([row["rule"] for row in await asked(parts_of(request), "alert_rules", {})])


@get("/api/monitoring/rules/{name:str}", operation_id="getRule", opt=says(RuleView))
async def rule(request: Ask, name: FromPath[str]) -> Answer:
    """One rule. `ETag` is its revision; 0 for a default."""
    rows = await asked(parts_of(request), "alert_rules", {"name": names.token(name)})
    if not rows:
        raise errors.NotFound(f"there is no rule {name!r}")
    own = rows[0]["rule"]
    return said(own, headers={"ETag": f'"{own["revision"]}"'})


@put("/api/monitoring/rules/{name:str}", operation_id="putRule", opt=says(Rule, takes=Rule))
async def put_rule(request: Ask, name: FromPath[str]) -> Answer:
    """Let a rule hold from now on, or in the place of a default. With `If-Match`, only where it is newest."""
    given = await body(request, _rules)
    if given.name != name:
        raise errors.InvalidRequest(f"the rule is named {given.name!r}, the address says {name[:80]!r}")
    number = await wire.put_rule(parts_of(request).bus, given, revision(request))
    return said(given, headers={"ETag": f'"{number}"'})


@delete("/api/monitoring/rules/{name:str}", status_code=204, operation_id="removeRule", opt=says(None))
async def remove_rule(request: Ask, name: FromPath[str]) -> None:
    """Take a rule of one's own away; a default of this name holds again. What rings for it ends."""
    await wire.remove_rule(parts_of(request).bus, name, revision(request))


@get("/api/monitoring/rules/{name:str}/history", operation_id="getRuleHistory", opt=says(list[RuleRevision]))
async def history(request: Ask, name: FromPath[str]) -> Answer:
    """The last twenty states of a rule that somebody wrote, newest first."""
    entries = await wire.rule_history(parts_of(request).bus, name)
    return said([RuleRevision(entry.revision, entry.at, entry.value) for entry in entries])


@post("/api/monitoring/rules/test", status_code=200, operation_id="testRule", opt=says(Tried, takes=RuleTest))
async def test(request: Ask) -> Answer:
    """What a rule sees now and would have told in past hours; nothing is kept or told."""
    given = await body(request, _tests)
    checked(given.rule)
    [row] = await asked(parts_of(request), "alert_test", {"test": codec.encode(given).decode()})
    return said(row["tried"])


@get("/api/monitoring/figures", operation_id="listFigures", opt=says(list[Figure]))
async def figures() -> Answer:
    """What a rule of kind threshold or rate can watch by name."""
    return said(list(FIGURES.values()))


HANDLERS = [figures, rules, rule, put_rule, remove_rule, history, test]
