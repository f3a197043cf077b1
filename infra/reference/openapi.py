"""The OpenAPI document of the gateway, as it serves it itself at /schema."""

import json

from infra.reference.version import version


def text() -> str:
    """The document as JSON."""
    from gateway.app import create_app  # noqa: PLC0415 - Litestar is only needed for this page
    from gateway.openapi import completed  # noqa: PLC0415
    from gateway.settings import GatewaySettings  # noqa: PLC0415

    app = create_app(GatewaySettings())
    document = completed(app, app.openapi_schema.to_schema())
    # What is installed may be older than the checkout that the reference is written into.
    document["info"]["version"] = version()
    return json.dumps(document, indent=2, ensure_ascii=False) + "\n"
