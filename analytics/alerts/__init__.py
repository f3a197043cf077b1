"""Alerts: rules that watch figures, and what is told when one goes wrong and comes right again."""

from analytics.alerts.engine import Engine

__all__ = ["Engine"]
