"""A dashboard for Grafana: the panels are rows of a table, the file is made of them."""

from typing import Any

from msgspec import Struct

from infra.observability.promql import once, quantile, rate

SOURCE = {"type": "prometheus", "uid": "${datasource}"}
WIDE, HIGH, COLUMNS = 8, 7, 3
SCHEMA = 39
"""Of Grafana 10.4; later ones bring it up to date by themselves."""


class Panel(Struct, frozen=True):
    """One graph: PromQL and the legend of each line."""

    title: str
    lines: tuple[tuple[str, str], ...]
    unit: str = "short"
    why: str = ""


class Row(Struct, frozen=True):
    """Panels under one heading."""

    title: str
    panels: tuple[Panel, ...]


def _quantiles(name: str) -> tuple[tuple[str, str], ...]:
    return tuple((quantile(q, name), f"p{q * 100:g}") for q in (0.5, 0.95, 0.99))


# Each gateway answers requests of its own, so these are added up.
_ANSWERS = "histogram_quantile(0.95, sum by (le, route) (rate(revo_http_request_seconds_bucket[5m])))"

ROWS: tuple[Row, ...] = (
    Row(
        "Tasks",
        (
            Panel("Finished, by state", ((rate("revo_tasks_finished_total", "state"), "{{state}}"),), "ops"),
            Panel("Finished, by queue", ((rate("revo_tasks_finished_total", "queue"), "{{queue}}"),), "ops"),
            Panel(
                "Failed and rejected",
                ((rate('revo_tasks_finished_total{state=~"failed|rejected"}', "function"), "{{function}}"),),
                "ops",
            ),
            Panel("Queue delay", _quantiles("revo_task_queue_seconds"), "s", "Submission to last start."),
            Panel("Run time", _quantiles("revo_task_run_seconds"), "s", "Last start to outcome."),
            Panel(
                "Run time p95, by queue",
                ((quantile(0.95, "revo_task_run_seconds", "queue"), "{{queue}}"),),
                "s",
            ),
        ),
    ),
    Row(
        "Lanes and workers",
        (
            Panel("Waiting", ((once("revo_lane_queued"), "{{queue}} {{priority}}"),)),
            Panel(
                "Unserved, and failed for good",
                ((once("revo_tasks_unserved"), "unserved"), (once("revo_dead_letters"), "dead letters")),
            ),
            Panel("Running", ((once("revo_lane_running"), "{{queue}} {{priority}}"),)),
            Panel("Oldest waiting", ((once("revo_lane_oldest_seconds"), "{{queue}} {{priority}}"),), "s"),
            Panel(
                "Workers",
                ((once("revo_workers"), "all"), (once("revo_queue_workers"), "{{queue}}")),
            ),
            Panel(
                "Slots in use",
                ((f"sum({once('revo_worker_held')}) / sum({once('revo_worker_slots')})", "used"),),
                "percentunit",
            ),
            Panel("Memory of workers", ((once("revo_worker_memory_bytes"), "{{worker}}"),), "bytes"),
        ),
    ),
    Row(
        "Language models",
        (
            Panel(
                "Calls",
                ((rate("revo_model_calls_total", "provider, model, outcome"), "{{model}} {{outcome}}"),),
                "ops",
            ),
            Panel(
                "Dollars an hour",
                ((f"3600 * {rate('revo_model_cost_dollars_total', 'provider, model')}", "{{model}}"),),
                "currencyUSD",
                "Only of calls whose price is known.",
            ),
            Panel(
                "Tokens",
                ((rate("revo_model_tokens_total", "model, direction"), "{{model}} {{direction}}"),),
                "ops",
            ),
        ),
    ),
    Row(
        "Gateway",
        (
            Panel(
                "Requests",
                (("sum by (status) (rate(revo_http_requests_total[5m]))", "{{status}}"),),
                "reqps",
            ),
            Panel(
                "Time to answer p95",
                ((_ANSWERS, "{{route}}"),),
                "s",
            ),
            Panel(
                "Listeners and gaps",
                (
                    ("sum(revo_listeners)", "listeners"),
                    ("sum by (reason) (rate(revo_gaps_total[5m]))", "gaps: {{reason}}"),
                ),
            ),
        ),
    ),
    Row(
        "Hosts, analytics, alerts",
        (
            Panel("CPU", ((once("revo_host_cpu_ratio"), "{{host}}"),), "percentunit"),
            Panel("Memory", ((once("revo_host_memory_ratio"), "{{host}}"),), "percentunit"),
            Panel("Disk", ((once("revo_host_disk_ratio"), "{{host}}"),), "percentunit"),
            Panel(
                "Network",
                (
                    (once("rate(revo_host_network_received_bytes_total[5m])"), "{{host}} in"),
                    (once("rate(revo_host_network_sent_bytes_total[5m])"), "{{host}} out"),
                ),
                "Bps",
            ),
            Panel(
                "Analytics behind",
                ((once("revo_analytics_rows_behind"), "{{stream}}"),),
                "short",
                "Messages.",
            ),
            Panel("Alerts that ring", ((once("revo_alerts_firing"), "{{severity}}"),)),
        ),
    ),
)
"""The dashboard, from top to bottom."""


def dashboard() -> dict[str, Any]:
    """The file that Grafana imports; it asks for the data source."""
    panels: list[dict[str, Any]] = []
    top = 0
    for row in ROWS:
        place = {"x": 0, "y": top, "w": WIDE * COLUMNS, "h": 1}
        panels.append(
            {"id": len(panels) + 1, "type": "row", "title": row.title, "gridPos": place, "panels": []}
        )
        top += 1
        for number, panel in enumerate(row.panels):
            down, across = divmod(number, COLUMNS)
            place = {"x": across * WIDE, "y": top + down * HIGH, "w": WIDE, "h": HIGH}
            panels.append(_panel(len(panels) + 1, panel, place))
        top += -(-len(row.panels) // COLUMNS) * HIGH
    variable = {
        "name": "datasource",
        "label": "Prometheus",
        "type": "datasource",
        "query": "prometheus",
        "refresh": 1,
    }
    return {
        "uid": "revoagent",
        "title": "reVoAgent",
        "tags": ["revoagent"],
        "schemaVersion": SCHEMA,
        "version": 1,
        "editable": True,
        "timezone": "utc",
        "refresh": "30s",
        "time": {"from": "now-6h", "to": "now"},
        "templating": {"list": [variable]},
        "panels": panels,
    }


def _panel(number: int, panel: Panel, place: dict[str, int]) -> dict[str, Any]:
    return {
        "id": number,
        "type": "timeseries",
        "title": panel.title,
        "description": panel.why,
        "datasource": SOURCE,
        "gridPos": place,
        "fieldConfig": {"defaults": {"unit": panel.unit, "min": 0}, "overrides": []},
        "options": {
            "legend": {"displayMode": "list", "placement": "bottom", "showLegend": True},
            "tooltip": {"mode": "multi", "sort": "desc"},
        },
        "targets": [
            {"refId": chr(ord("A") + line), "expr": expr, "legendFormat": legend, "datasource": SOURCE}
            for line, (expr, legend) in enumerate(panel.lines)
        ],
    }
