"""What people think of results: /api/tasks/{id}/feedback."""

import msgspec
from litestar import post
from litestar.params import FromPath

from gateway.exchange import Answer, Ask, body, said
from gateway.openapi import says
from gateway.parts import parts_of
from subjects.client import ratings
from subjects.feedback import Feedback, Rating

_ratings = msgspec.json.Decoder(Rating)


@post(
    "/api/tasks/{id:str}/feedback",
    status_code=201,
    operation_id="rateTask",
    opt=says(Feedback, takes=Rating),
)
async def rate(request: Ask, id: FromPath[str]) -> Answer:
    """Rate a finished task, 1 to 5 or by thumb; 409 before it has ended. Who rates again changes his mind."""
    rating = await body(request, _ratings)
    return said(await ratings.give(parts_of(request).bus, id, rating), 201)


HANDLERS = [rate]
