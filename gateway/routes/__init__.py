"""What answers under which path: one file for each group, all of them thin."""

from gateway.routes import tasks

HANDLERS = [*tasks.HANDLERS]
