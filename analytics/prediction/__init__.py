"""What history says of tasks that have not run yet: chance, duration, cost, and how far that can be trusted.

Imports neither numpy nor anything that does: those come with the first question.
"""

from analytics.prediction.predictor import CALIBRATION, PREDICTION, QUERIES, Predictor

__all__ = ["CALIBRATION", "PREDICTION", "QUERIES", "Predictor"]
