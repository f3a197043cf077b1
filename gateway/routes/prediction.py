"""/api/analytics/predict and /calibration: what history says of tasks that have not run, and how well."""

import msgspec
from litestar import get, post
from litestar.params import FromQuery

from gateway.exchange import Answer, Ask, body, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects.client import predictions
from subjects.prediction import Calibration, Prediction, Question

_questions = msgspec.json.Decoder(Question)


@post(
    "/api/analytics/predict",
    status_code=200,
    operation_id="predict",
    opt=says(Prediction, takes=Question),
)
async def predict(request: Ask) -> Answer:
    """Chance of success, duration and cost of one task or of many steps, with intervals, from history.

    Says "not enough history" instead of guessing. 503 where analytics does not run.
    """
    question = await body(request, _questions)
    return said(await predictions.predict(parts_of(request).client, question))


@get("/api/analytics/calibration", operation_id="getCalibration", opt=says(Calibration))
async def calibration(request: Ask, function: FromQuery[str | None] = None) -> Answer:
    """How predictions did on history they had not seen: Brier score against the base rate, reliability."""
    return said(await predictions.calibration(parts_of(request).client, function))


HANDLERS = [predict, calibration]
