"""The coordinator: gives work to the engine that fits, and puts the work of several together."""

from functions.engines.coordinator.hybrids import hybrid
from functions.engines.coordinator.orchestration import orchestrate
from functions.engines.coordinator.pipelines import pipeline

FUNCTIONS = (orchestrate, hybrid, pipeline)
