"""From a service, or from our own system, to files."""

from typing import Annotated, Any, Literal

from msgspec import Meta, Struct

from functions.agents.delivery import kubernetes, plain, preset, yamls
from functions.agents.delivery.service import File, Image, Service, Target, Version
from subjects.errors import InvalidInput

KUSTOMIZE = {"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization"}


class Render(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """A service, or the preset `revoagent`, and where it is to run."""

    target: Target
    service: Service | None = None
    preset: Literal["revoagent"] | None = None
    image: Annotated[Image | None, Meta(description="Of the preset.")] = None
    version: Annotated[Version | None, Meta(description="Of the preset.")] = None
    replicas: Annotated[int, Meta(ge=1, le=100, description="Of the preset: workers at least.")] = 1
    wheel: Annotated[str, Meta(pattern=r"^[A-Za-z0-9_.+-]{1,200}\.whl$")] | None = None

    def __post_init__(self) -> None:
        if (self.service is None) == (self.preset is None):
            raise ValueError("give either service or preset")
        if self.preset is not None and (self.image is None or self.version is None):
            raise ValueError("the preset needs image and version")


def rendered(input: Render) -> list[File]:
    """The files of the target; InvalidInput where something that it needs is not given."""
    services = [input.service] if input.service is not None else _preset(input)
    match input.target:
        case "k8s":
            return [_manifests(own) for own in services]
        case "compose":
            return _compose(services)
        case "systemd":
            return [file for own in services for file in plain.systemd(own)]
        case "process":
            return [_below(own, file) for own in services for file in plain.process(own)]
        case "dockerfile":
            return plain.dockerfile(services[0], _wheel(input, services[0]))
        case "bundle":
            return _bundle(input, services)


def _preset(input: Render) -> list[Service]:
    assert input.image is not None
    assert input.version is not None
    return preset.services(input.image, input.version, input.replicas)


def _manifests(service: Service) -> File:
    if service.image is None:
        raise InvalidInput(f"{service.name}: Kubernetes needs an image")
    return File(f"k8s/{service.name}.yaml", yamls.written(kubernetes.objects(service)))


def _compose(services: list[Service]) -> list[File]:
    found: dict[str, Any] = {}
    for service in services:
        if service.image is None:
            raise InvalidInput(f"{service.name}: compose needs an image")
        found[service.name] = plain.composed(service)
    if any(4222 in service.reaches or service.scaling for service in services):
        found["nats"] = plain.NATS
        return [File("compose.yaml", yamls.written([{"services": found, "volumes": {"nats": {}}}]))]
    return [File("compose.yaml", yamls.written([{"services": found}]))]


def _below(service: Service, file: File) -> File:
    return File(f"{service.name}/{file.path}", file.text)


def _wheel(input: Render, service: Service) -> str:
    if input.preset is not None:
        return input.wheel or f"{input.preset}-{service.version}-py3-none-any.whl"
    return input.wheel or f"{service.name.replace('-', '_')}-{service.version}-py3-none-any.whl"


def _bundle(input: Render, services: list[Service]) -> list[File]:
    """Everything that can be made of what is given."""
    files = [_below(own, file) for own in services for file in plain.process(own)]
    files += plain.dockerfile(services[0], _wheel(input, services[0]))
    files += [file for own in services if not own.secrets for file in plain.systemd(own)]
    if all(own.image is not None for own in services):
        files += [_manifests(own) for own in services] + _compose(services)
        names = [file.path.removeprefix("k8s/") for file in files if file.path.startswith("k8s/")]
        files.append(File("k8s/kustomization.yaml", yamls.written([{**KUSTOMIZE, "resources": names}])))
    return files
