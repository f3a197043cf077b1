"""What a function takes and gives is written once, in its signature; every face shows the same."""

import asyncio
import json
import os
import sys

import httpx
import msgspec
from openapi_spec_validator import validate

from functions import function, service
from functions.settings import WorkerSettings
from gateway import serve
from gateway.settings import GatewaySettings
from subjects.client import Client
from subjects.settings import NatsSettings


class Place(msgspec.Struct):
    name: str
    country: str = "BE"


class Forecast(msgspec.Struct):
    place: Place
    degrees: float


@function("weather.forecast")
async def forecast(input: Place) -> Forecast:
    """Say how warm it will be."""
    return Forecast(input, 21.0)


async def from_the_gateway(url: str) -> tuple[dict, dict]:
    stop = asyncio.Event()
    settings = GatewaySettings(nats=NatsSettings(url=url), port=0)
    ready = asyncio.get_running_loop().create_future()
    task = asyncio.create_task(serve.run(settings, ready.set_result, stop))
    async with httpx.AsyncClient(base_url=await ready) as http:
        shown = (await http.get("/api/functions/weather.forecast")).json()
        document = (await http.get("/schema/openapi.json")).json()
    stop.set()
    await task
    return shown, document


async def from_the_command_line(url: str, *words: str) -> dict:
    process = await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "infra", "function", "schema", "weather.forecast", *words),
        stdout=asyncio.subprocess.PIPE,
        env={**os.environ, "REVOAGENT_NATS_URL": url},
    )
    out, _ = await process.communicate()
    return json.loads(out)


def put_back(schemas: dict, name: str) -> dict:
    """A component of OpenAPI as the one schema it was made of."""
    plain = json.dumps(schemas[name]).replace(f"#/components/schemas/{name}.", "#/$defs/")
    inside = {key.removeprefix(f"{name}."): own for key, own in schemas.items() if key.startswith(f"{name}.")}
    return {**json.loads(plain), "$defs": inside} if inside else json.loads(plain)


async def from_nats_micro(client: Client) -> tuple[dict, dict]:
    info = msgspec.json.decode((await client.bus.request("$SRV.INFO.weather")).data)
    (endpoint,) = info["endpoints"]
    return tuple(json.loads(endpoint["metadata"][f"{end}_schema"]) for end in ("input", "output"))


async def test_every_face_shows_the_schemas_of_the_signature(nats_server, client: Client):
    url = nats_server.url
    expected = (forecast.info().input_schema, forecast.info().output_schema)
    settings = WorkerSettings(nats=NatsSettings(url=url), slots=2)
    async with service.running(settings, [forecast]):
        announced = await client.function("weather.forecast")
        shown, document = await from_the_gateway(url)
        schemas = document["components"]["schemas"]
        faces = {
            "announcement": (announced.input_schema, announced.output_schema),
            "$SRV.INFO": await from_nats_micro(client),
            "HTTP": (shown["input_schema"], shown["output_schema"]),
            "OpenAPI": tuple(put_back(schemas, f"weather.forecast.{end}") for end in ("input", "output")),
            "command line": (await from_the_command_line(url), await from_the_command_line(url, "--out")),
        }
    assert {face: shown == expected for face, shown in faces.items()} == dict.fromkeys(faces, True)
    validate(document)
