"""What answers under which path: one file for each group, all of them thin."""

from gateway.routes import (
    agents,
    analytics,
    artifacts,
    bulk,
    catalog,
    channels,
    dead_letters,
    engines,
    health,
    home,
    listing,
    monitoring,
    outcomes,
    prediction,
    prometheus,
    schedules,
    tasks,
)

HANDLERS = [
    *tasks.HANDLERS,
    *bulk.HANDLERS,
    *listing.HANDLERS,
    *outcomes.HANDLERS,
    *artifacts.HANDLERS,
    *agents.HANDLERS,
    *catalog.HANDLERS,
    *engines.HANDLERS,
    *schedules.HANDLERS,
    *dead_letters.HANDLERS,
    *monitoring.HANDLERS,
    *prediction.HANDLERS,
    *prometheus.HANDLERS,
    *analytics.HANDLERS,
    *health.HANDLERS,
    *channels.HANDLERS,
    *home.HANDLERS,
]
"""Every handler of the gateway."""
