"""The OpenAPI document."""

from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin


def config() -> OpenAPIConfig:
    """Served at /schema."""
    return OpenAPIConfig(title="reVoAgent", version="0.1.0", path="/schema", render_plugins=[JsonRenderPlugin(path=["/", "/openapi.json"])])
