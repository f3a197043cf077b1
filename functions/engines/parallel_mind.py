"""The engine parallel_mind: one job, many workers at once."""

from functions.engines.review import review

FUNCTIONS = (review,)
