"""A language model for tests: a real HTTP server with the protocol of OpenAI, which says what a test wrote.

    async with model_server("Paris", Say(status=429, retry_after=0.1), Say("Berlin")) as server:
        ...                                # point a provider at server.url
        assert server.asked[0].prompt == "The capital of France?"

Answers are given in order; a callable answers by what was asked, again and again. When none is left it
repeats what the user said, so that a test that forgot an answer sees which question it was.
"""

from infra.model_server.script import Answer, Asked, Say
from infra.model_server.server import ModelServer, model_server

__all__ = ["Answer", "Asked", "ModelServer", "Say", "model_server"]
