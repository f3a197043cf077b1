"""Files for Grafana and Prometheus, made of the tables of metrics and of alert rules."""

from infra.observability.grafana import dashboard
from infra.observability.prometheus import rules

__all__ = ["dashboard", "rules"]
