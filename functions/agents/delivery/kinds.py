"""Objects of Kubernetes against the schema of their kind. Used by `check.py` in the sandbox."""

import importlib.resources
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import jsonschema  # type: ignore[import-untyped]
import referencing

Where = tuple[Any, ...]
UNKNOWN: Where = ("kind",)
"""Where it is said that a kind is unknown."""


def schema_errors(value: dict[str, Any], version: str, schemas: str) -> Iterator[tuple[Where, str]]:
    """Every way in which an object is none of its kind: place and what is wrong."""
    api, kind = str(value["apiVersion"]), str(value["kind"])
    own = Path(schemas) / f"{kind.lower()}-{api.replace('/', '-')}.json"
    if re.fullmatch(r"[A-Za-z0-9.-]+", own.name) and own.is_file():
        validator = jsonschema.Draft202012Validator(json.loads(own.read_text()))
    else:
        found = known(api, kind, version)
        if found is None:
            yield UNKNOWN, f"no schema of {kind[:50]} in {api[:50]}: not checked"
            return
        validator = found
    for error in validator.iter_errors(value):
        place = ".".join(map(str, error.absolute_path))
        yield tuple(error.absolute_path), f"{place + ': ' if place else ''}{error.message[:300]}"


def known(api: str, kind: str, version: str) -> Any:
    """A validator of a kind that Kubernetes has itself; None for others."""
    group = re.sub(r"^([^./]*)(?:\.[^/]*)?/", r"\1-", api)
    if not re.fullmatch(r"[A-Za-z0-9-]+", f"{group}{kind}"):
        return None
    top = importlib.resources.files("kubernetes_validate") / "kubernetes-json-schema"
    places = [
        own for own in top.iterdir() if own.name.startswith(f"v{version}.") and own.name.endswith("-strict")
    ]
    schema = places[0] / f"{kind.lower()}-{group}.json" if places else None
    if schema is None or not schema.is_file():
        return None
    kept = referencing.Resource.from_contents
    registry: Any = kept(json.loads((places[0] / "_definitions.json").read_text())) @ referencing.Registry()
    contents = json.loads(schema.read_text())
    return jsonschema.Draft202012Validator(contents, registry=kept(contents) @ registry)
