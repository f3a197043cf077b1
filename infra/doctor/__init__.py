"""Looks at everything that can be wrong, and says of each how to mend it."""

from infra.doctor.check import Check
from infra.doctor.machine import here
from infra.doctor.models import models
from infra.doctor.system import stack

__all__ = ["Check", "here", "models", "stack"]
