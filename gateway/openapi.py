"""The OpenAPI document: paths and parameters as Litestar knows them, bodies as the structs that travel."""

from collections.abc import Mapping
from typing import Any, get_args, get_origin

import msgspec
from litestar import Litestar, Request
from litestar.handlers import HTTPRouteHandler
from litestar.openapi import OpenAPIConfig
from litestar.openapi.plugins import JsonRenderPlugin
from msgspec import Raw, Struct

from gateway.problems import MEDIA_TYPE
from subjects import codec
from subjects.messages import FunctionInfo

REFERENCE = "#/components/schemas/{name}"


class Problem(Struct, frozen=True):
    """What went wrong (RFC 9457); more members say more."""

    type: str
    title: str
    status: int
    detail: str
    code: str
    retryable: bool
    instance: str | None = None


class Says(Struct, frozen=True):
    """What an operation takes and gives."""

    gives: Any
    takes: Any = None
    media: str = "application/json"


def says(gives: Any, takes: Any = None, media: str = "application/json") -> dict[str, Says]:
    """For the `opt` of a handler: handlers read and write JSON themselves, Litestar cannot see the types."""
    return {"says": Says(gives, takes, media)}


def config(version: str) -> OpenAPIConfig:
    """Served at /schema and /schema/openapi.json; no page, because its scripts would come from elsewhere."""
    return OpenAPIConfig(
        title="reVoAgent",
        version=version,
        path="/schema",
        render_plugins=[_Document(path=["/", "/openapi.json"])],
        use_handler_docstrings=True,
    )


class _Document(JsonRenderPlugin):
    """Litestar's document with our bodies in it."""

    def render(self, request: Request[Any, Any, Any], openapi_schema: dict[str, Any]) -> bytes:
        """The document, with the functions that are announced right now."""
        document = completed(request.app, openapi_schema)
        return codec.encode(announced(document, request.app.state.parts.catalog.known))


def completed(app: Litestar, document: dict[str, Any]) -> dict[str, Any]:
    """The document with bodies, answers and problems of every operation."""
    told = {handler.operation_id: handler.opt["says"] for handler in handlers(app) if "says" in handler.opt}
    kinds = [kind for own in told.values() for kind in (own.gives, own.takes) if kind is not None]
    kinds.append(Problem)
    made: dict[type[Any], type[Any]] = {}
    schemas, components = msgspec.json.schema_components(
        [_sayable(kind, made) for kind in kinds], ref_template=REFERENCE
    )
    named = {str(kind): schema for kind, schema in zip(kinds, schemas, strict=True)}
    problem = {"description": "A problem.", "content": {MEDIA_TYPE: {"schema": named[str(Problem)]}}}
    for path in document["paths"].values():
        for operation in path.values():
            if not isinstance(operation, dict) or operation.get("operationId") not in told:
                continue
            own = told[operation["operationId"]]
            if own.takes is not None:
                content = {"application/json": {"schema": named[str(own.takes)]}}
                operation["requestBody"] = {"required": True, "content": content}
            answers = {code: each for code, each in operation["responses"].items() if code.startswith("2")}
            for answer in answers.values():
                answer.pop("content", None)
                if own.gives is not None or own.media != "application/json":
                    answer["content"] = {own.media: {"schema": named.get(str(own.gives), {})}}
            operation["responses"] = {**answers, "default": problem}
    document.setdefault("components", {})["schemas"] = components
    return document


def _sayable(kind: Any, made: dict[type[Any], type[Any]]) -> Any:
    """`kind` as JSON Schema can say it: bytes of JSON as a default become what they mean."""
    if get_origin(kind) is list:
        return list[_sayable(get_args(kind)[0], made)]  # type: ignore[misc]
    if not (isinstance(kind, type) and issubclass(kind, Struct)):
        return kind
    if not any(isinstance(field.default, Raw) for field in msgspec.structs.fields(kind)):
        return kind
    if kind not in made:
        made[kind] = msgspec.defstruct(
            kind.__name__,
            [(field.name, field.type, _default(field)) for field in msgspec.structs.fields(kind)],
            kw_only=True,
            forbid_unknown_fields=kind.__struct_config__.forbid_unknown_fields,
            namespace={"__doc__": kind.__doc__},
        )
    return made[kind]


def _default(field: msgspec.structs.FieldInfo) -> Any:
    name = field.encode_name
    if isinstance(field.default, Raw):
        return msgspec.field(name=name, default_factory=dict)
    if field.default_factory is not msgspec.NODEFAULT:
        return msgspec.field(name=name, default_factory=field.default_factory)
    return msgspec.field(name=name, default=field.default)


def announced(document: dict[str, Any], functions: Mapping[str, FunctionInfo]) -> dict[str, Any]:
    """The document with input and output of every function as components, and the list of them."""
    schemas: dict[str, Any] = document.setdefault("components", {}).setdefault("schemas", {})
    listed = {}
    for name, info in sorted(functions.items()):
        schemas |= _lifted(f"{name}.input", info.input_schema)
        schemas |= _lifted(f"{name}.output", info.output_schema)
        listed[name] = {
            "description": info.description,
            "input": {"$ref": REFERENCE.format(name=f"{name}.input")},
            "output": {"$ref": REFERENCE.format(name=f"{name}.output")},
        }
    document["x-functions"] = listed
    return document


def _lifted(name: str, schema: dict[str, Any]) -> dict[str, Any]:
    # Definitions inside a component are not found by most readers of OpenAPI: each becomes one of its own.
    place = REFERENCE.format(name=f"{name}.")
    whole = msgspec.json.decode(codec.encode(schema).replace(b'"#/$defs/', f'"{place}'.encode()))
    inside = whole.pop("$defs", {})
    return {name: whole, **{f"{name}.{key}": own for key, own in inside.items()}}


def handlers(app: Litestar) -> list[HTTPRouteHandler]:
    """Every HTTP handler of the application."""
    return [handler for route in app.routes for handler in getattr(route, "route_handlers", ())]
