"""The dashboard and the rules are made of what is exposed, and of the default rules of alerting."""

import re

import msgspec
import pytest
import yaml
from click.testing import CliRunner

from gateway.prometheus import FAMILIES
from infra.commands.observability import observability
from infra.observability import dashboard, rules
from infra.observability.prometheus import FIGURES, INTERNAL
from infra.observability.promql import unknown
from subjects.alerts import Rule
from subjects.rules import DEFAULTS
from subjects.rules import FIGURES as KNOWN


def expressions():
    for panel in dashboard()["panels"]:
        for target in panel.get("targets", []):
            yield target["expr"]
    for rule in rules(DEFAULTS)["groups"][0]["rules"]:
        yield rule["expr"]


def test_every_metric_that_is_asked_for_is_one_that_is_exposed():
    assert [unknown(expression) for expression in expressions() if unknown(expression)] == []


def test_every_metric_that_is_exposed_is_shown_or_watched_or_named_here_as_neither():
    text = " ".join(expressions())
    left = {family.name for family in FAMILIES if not re.search(rf"\b{family.name}(_bucket)?\b", text)}
    assert left == {
        "revo_frames_sent_total",
        "revo_host_load1",
        "revo_lane_paused",
        "revo_model_seconds",
        "revo_model_unpriced_calls_total",
        "revo_process_memory_bytes",
        "revo_socket_commands_total",
        "revo_sockets_closed_total",
        "revo_submits_open",
        "revo_subscriptions",
        "revo_analytics_file_bytes",
    }


def test_a_dashboard_has_panels_with_ids_of_their_own_that_do_not_overlap():
    made = msgspec.json.decode(msgspec.json.encode(dashboard()))
    ids = [panel["id"] for panel in made["panels"]]
    assert len(set(ids)) == len(ids)
    taken = set()
    for panel in made["panels"]:
        at = panel["gridPos"]
        cells = {(at["x"] + x, at["y"] + y) for x in range(at["w"]) for y in range(at["h"])}
        assert not cells & taken
        assert max(x for x, _ in cells) < 24
        taken |= cells
        letters = [target["refId"] for target in panel.get("targets", [])]
        assert len(set(letters)) == len(letters)
        assert bool(letters) == (panel["type"] == "timeseries")
    (variable,) = made["templating"]["list"]
    assert (variable["name"], variable["type"], variable["query"]) == (
        "datasource",
        "datasource",
        "prometheus",
    )
    sources = {target["datasource"]["uid"] for panel in made["panels"] for target in panel.get("targets", [])}
    assert sources == {"${datasource}"}


def test_every_default_rule_becomes_a_rule_of_prometheus_with_its_limits():
    assert set(KNOWN) - set(FIGURES) == INTERNAL
    found = rules(DEFAULTS)["groups"][0]["rules"]
    for rule in DEFAULTS:
        own = [made for made in found if made["labels"].get("rule") == rule.name]
        if rule.expression in INTERNAL:
            assert own == []
            continue
        limits = [rule.limit] if rule.critical is None else [rule.limit, rule.critical]
        assert [made["expr"].rpartition(" ")[2] for made in own] == [f"{limit:g}" for limit in limits]
        assert own[-1]["labels"]["severity"] == (rule.severity if rule.critical is None else "critical")


def test_a_rule_of_sql_or_one_that_is_off_is_left_out():
    sql = Rule(name="mine", kind="sql", expression="SELECT 1 AS value")
    off = Rule(name="off", expression="cpu", limit=1, enabled=False)
    assert rules([sql, off]) == rules([])


def test_a_summary_keeps_its_words():
    (rule,) = [own for own in rules(DEFAULTS)["groups"][0]["rules"] if own["alert"] == "RevoDisk"]
    summary = 'Disk of {{ $labels.host }} at {{ printf "%.4g" $value }} %, limit 90 %'
    assert rule["annotations"]["summary"] == summary


@pytest.mark.parametrize("kind", ["grafana", "prometheus"])
def test_the_command_writes_the_file_or_prints_it(kind, tmp_path, monkeypatch):
    monkeypatch.setenv("REVOAGENT_STATE", str(tmp_path))
    printed = CliRunner().invoke(observability, [kind])
    written = CliRunner().invoke(observability, [kind, "--out", str(tmp_path / "out")])
    assert printed.exit_code == written.exit_code == 0
    (file,) = (tmp_path / "out").iterdir()
    assert file.read_text() == printed.stdout
    read = msgspec.json.decode if kind == "grafana" else yaml.safe_load
    assert read(printed.stdout) == (dashboard() if kind == "grafana" else rules(DEFAULTS))
