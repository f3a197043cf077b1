"""A service as a process, a systemd unit, a Dockerfile, a compose file, quoted for each reader."""

import json
import shlex
from typing import Any

from functions.agents.delivery.service import File, Service
from subjects.errors import InvalidInput

PYTHON = "python:3.11-slim"
NOBODY = 10001


def process(service: Service) -> list[File]:
    """A shell script that becomes the service, in the directory in which it lies."""
    lines = ["#!/bin/sh", f"# {service.name} {service.version}", "set -eu", 'cd "$(dirname "$0")"']
    lines += [f"export {name}={shlex.quote(value)}" for name, value in sorted(service.env.items())]
    lines += ['PYTHONPATH="$PWD/site${PYTHONPATH:+:$PYTHONPATH}"', "export PYTHONPATH"]
    lines.append(f"exec {shlex.join(service.command)}")
    return [File("run", "\n".join(lines) + "\n")]


def systemd(service: Service) -> list[File]:
    """A unit of the system, locked up as far as systemd goes."""
    home = f"/opt/{service.name}"
    if service.secrets:
        raise InvalidInput("a unit takes its secrets from a file: name them in env as paths, not as secrets")
    memory = service.resources.memory_limit.removesuffix("i")
    environment = {"PYTHONPATH": f"{home}/current/site", **service.env}
    lines = [
        "[Unit]",
        f"Description={_unit(service.name)} {_unit(service.version)}",
        "After=network-online.target",
        "Wants=network-online.target",
        "",
        "[Service]",
        f"ExecStart={' '.join(_unit_word(word) for word in _absolute(service))}",
        f"WorkingDirectory={home}/current",
        *(f"Environment={_unit_word(f'{name}={value}')}" for name, value in sorted(environment.items())),
        "Restart=on-failure",
        "RestartSec=2",
        f"TimeoutStopSec={service.grace}",
        f"MemoryMax={memory}",
        f"StateDirectory={service.name}",
        *_LOCKED,
        "",
        "[Install]",
        "WantedBy=multi-user.target",
    ]
    return [File(f"{service.name}.service", "\n".join(lines) + "\n")]


_LOCKED = (
    "DynamicUser=yes", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes",
    "PrivateDevices=yes", "ProtectKernelTunables=yes", "ProtectControlGroups=yes", "LockPersonality=yes",
    "RestrictSUIDSGID=yes", "CapabilityBoundingSet=", "UMask=0077",
)  # fmt: skip


def dockerfile(service: Service, wheel: str) -> list[File]:
    """How to make the image, from a wheel that lies beside it. It makes none."""
    lines = [
        f"FROM {PYTHON}",
        f"LABEL org.opencontainers.image.title={_docker(service.name)}",
        f"LABEL org.opencontainers.image.version={_docker(service.version)}",
        f"RUN useradd --uid {NOBODY} --create-home --shell /usr/sbin/nologin app",
        f"COPY {json.dumps([wheel, '/srv/'])}",
        f"RUN pip install --no-cache-dir {shlex.quote('/srv/' + wheel)}",
        *(f"ENV {name}={_docker(value)}" for name, value in sorted(service.env.items())),
        f"USER {NOBODY}",
        "WORKDIR /srv",
    ]
    if service.port is not None:
        lines.append(f"EXPOSE {service.port}")
    if service.probe is not None:
        lines.append(f"HEALTHCHECK --interval={service.probe.period}s CMD {json.dumps(_asked(service))}")
    lines.append(f"CMD {json.dumps(service.command)}")
    return [File("Dockerfile", "\n".join(lines) + "\n")]


NATS = {
    "image": "nats:2.12-alpine",
    "command": ["-js", "-sd", "/data", "-m", "8222"],
    "user": f"{NOBODY}:{NOBODY}",
    "read_only": True,
    "cap_drop": ["ALL"],
    "volumes": ["nats:/data"],
    "healthcheck": {"test": ["CMD", "wget", "-qO-", "http://127.0.0.1:8222/healthz"], "interval": "5s"},
}


def composed(service: Service) -> dict[str, Any]:
    """A service of a compose file; `$` is written twice, since compose puts variables in."""
    own: dict[str, Any] = {
        "image": service.image,
        "command": [_twice(word) for word in service.command],
        "environment": {name: _twice(value) for name, value in sorted(service.env.items())},
        "restart": "unless-stopped",
        "user": f"{NOBODY}:{NOBODY}",
        "read_only": True,
        "tmpfs": ["/tmp", *service.writes],  # noqa: S108 - inside the container
        "cap_drop": ["ALL"],
        "security_opt": ["no-new-privileges:true"],
        "stop_grace_period": f"{service.grace}s",
        "deploy": {"replicas": service.replicas, "resources": {"limits": _limits(service)}},
    }
    if service.port is not None:
        own["ports"] = [f"127.0.0.1:{service.port}:{service.port}"]
    if service.probe is not None:
        test = ["CMD", *(_twice(word) for word in _asked(service))]
        own["healthcheck"] = {"test": test, "interval": f"{service.probe.period}s"}
    for secret in service.secrets:
        own["environment"][secret.variable] = f"${{{secret.variable}:?}}"
    return own


def _limits(service: Service) -> dict[str, str]:
    own = service.resources
    cpus = own.cpu_limit
    if cpus.endswith("m"):
        cpus = f"{int(float(cpus[:-1])) / 1000:g}"
    return {"cpus": cpus, "memory": own.memory_limit.removesuffix("i").replace("G", "g").replace("M", "m")}


def _asked(service: Service) -> list[str]:
    probe = service.probe
    assert probe is not None
    if probe.path is None:
        return list(probe.command)
    question = (
        f"import urllib.request as u; u.urlopen('http://127.0.0.1:{service.port}{probe.path}', timeout=5)"
    )
    return ["python", "-c", question]


def _absolute(service: Service) -> list[str]:
    """systemd looks programs up itself, but not in an environment of ours."""
    first, *rest = service.command
    return [first, *rest] if first.startswith("/") else ["/usr/bin/env", first, *rest]


def _unit(text: str) -> str:
    return text.replace("%", "%%")


def _unit_word(text: str) -> str:
    r"""A word of a unit file.

    >>> print(_unit_word('a="$HOME" 5%\\'))
    "a=\"$$HOME\" 5%%\\"
    """
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("%", "%%").replace("$", "$$")
    return f'"{escaped}"'


def _docker(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _twice(text: str) -> str:
    return text.replace("$", "$$")
