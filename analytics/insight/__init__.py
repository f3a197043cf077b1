"""How each agent does, with what every figure was made of."""

from analytics.insight.insight import QUESTION, Insight

__all__ = ["QUESTION", "Insight"]
