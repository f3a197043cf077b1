"""What is unwise in files of containers: compose files, Dockerfiles. Used by `check.py` in the sandbox."""

import re
from collections.abc import Iterator
from typing import Any

Where = tuple[Any, ...]
Advice = tuple[str, str, Where, str, str]
"""Rule, severity, place, message, fix."""
Finding = tuple[str, str, str, int, str, str]
"""Tool, rule, severity, line, message, fix."""

_SECRET = re.compile(r"(PASSWORD|PASSWD|SECRET|TOKEN|API_?KEY|PRIVATE_?KEY|CREDENTIAL)", re.IGNORECASE)
_REFERENCE = re.compile(r"\$\{?[A-Za-z_]|\A/|\A\Z")
_WORDS = frozenset(
    (
        "ADD", "ARG", "CMD", "COPY", "ENTRYPOINT", "ENV", "EXPOSE", "FROM", "HEALTHCHECK", "LABEL",
        "MAINTAINER", "ONBUILD", "RUN", "SHELL", "STOPSIGNAL", "USER", "VOLUME", "WORKDIR",
    )
)  # fmt: skip


def compose(value: dict[str, Any]) -> Iterator[Advice]:
    """What is unwise in a compose file."""
    services = value.get("services")
    if not isinstance(services, dict) or not services:
        yield "compose-no-services", "high", (), "no services", ""
        return
    for name, own in services.items():
        path = ("services", name)
        if not isinstance(own, dict) or not ("image" in own or "build" in own):
            yield "compose-no-image", "high", path, f"{name} has neither image nor build", ""
            continue
        if moving(str(own.get("image", "x@"))):
            yield "image-latest", "medium", (*path, "image"), _MOVING.format(own["image"]), _PINNED
        if str(own.get("user", "")).partition(":")[0] in ("", "root", "0"):
            message = f"{name} runs as root, or as the user of its image"
            yield "compose-root", "medium", path, message, "user: 10001:10001"
        if own.get("privileged") is True:
            message = f"{name} has all rights on the host"
            yield "compose-privileged", "high", (*path, "privileged"), message, "drop it"
        if "healthcheck" not in own:
            yield "compose-no-healthcheck", "low", path, f"{name} has no healthcheck", "healthcheck:"
        yield from _doors(own, path)
        yield from _environment(own.get("environment") or {}, path)


_MOVING = "{} is another image tomorrow"
_PINNED = "name a version or a digest"


def moving(name: str) -> bool:
    """Whether a name means another image tomorrow.

    >>> moving("nginx"), moving("host:5000/nginx:latest"), moving("nginx:1.27"), moving("a@sha256:0")
    (True, True, False, False)
    """
    last = name.rpartition("/")[2]
    return (
        "$" not in name
        and "@" not in last
        and name != "scratch"
        and (":" not in last or last.endswith(":latest"))
    )


def _doors(own: dict[str, Any], path: Where) -> Iterator[Advice]:
    for place, volume in enumerate(own.get("volumes") or []):
        if "docker.sock" in str(volume):
            message = "whoever is in this container owns the host"
            yield "compose-docker-socket", "high", (*path, "volumes", place), message, ""
    for place, port in enumerate(own.get("ports") or []):
        if isinstance(port, str | int) and str(port).count(":") < 2:
            message = f"port {port} is open on every address"
            yield "compose-open-port", "low", (*path, "ports", place), message, f"127.0.0.1:{port}"


def _environment(environment: Any, path: Where) -> Iterator[Advice]:
    if isinstance(environment, list):
        pairs = [(*str(own).partition("=")[::2], place) for place, own in enumerate(environment)]
    elif isinstance(environment, dict):
        pairs = [(str(key), str("" if own is None else own), key) for key, own in environment.items()]
    else:
        return
    for key, value, place in pairs:
        if _SECRET.search(key) and not _REFERENCE.search(value):
            where = (*path, "environment", place)
            yield "secret-in-environment", "high", where, f"{key} has its value in the file", f"${{{key}:?}}"


def dockerfile(text: str) -> Iterator[Finding]:
    """What is unwise in a Dockerfile."""
    found = list(instructions(text))
    if not any(word == "FROM" for _, word, _ in found):
        yield _TOOL, "dockerfile-no-from", "high", 0, "no FROM", ""
        return
    stages: set[str] = set()
    for line, word, rest in found:
        if word == "FROM":
            parts = [own for own in rest.split() if not own.startswith("--")]
            if parts and parts[0].lower() not in stages and moving(parts[0]):
                yield _TOOL, "image-latest", "medium", line, _MOVING.format(parts[0][:200]), _PINNED
            if len(parts) == 3 and parts[1].upper() == "AS":
                stages.add(parts[2].lower())
        else:
            yield from _step(line, word, rest)
    start = max(place for place, own in enumerate(found) if own[1] == "FROM")
    yield from _left_out(found[start:])


_TOOL = "revoagent"


def _step(line: int, word: str, rest: str) -> Iterator[Finding]:
    if word not in _WORDS:
        yield _TOOL, "dockerfile-unknown", "high", line, f"{word[:50]} is no instruction", ""
    elif word in ("ENV", "ARG"):
        yield from variables(rest, line)
    elif word == "ADD" and re.search(r"https?://", rest) and "--checksum" not in rest:
        message = "ADD takes whatever the address gives today"
        yield _TOOL, "dockerfile-add-url", "medium", line, message, "ADD --checksum=sha256:..."
    elif word == "RUN" and re.search(r"(curl|wget)[^|;&]*\|\s*(ba|z|da)?sh\b", rest):
        yield _TOOL, "dockerfile-pipe-to-shell", "high", line, "it runs whatever the address gives today", ""


def _left_out(stage: list[tuple[int, str, str]]) -> Iterator[Finding]:
    """What the last stage, which becomes the image, does not say."""
    last = stage[-1][0]
    users = [rest for _, word, rest in stage if word == "USER"]
    if not users or users[-1].partition(":")[0] in ("", "root", "0"):
        yield _TOOL, "dockerfile-root", "medium", last, "it runs as root", "USER 10001"
    if not any(word == "HEALTHCHECK" for _, word, _ in stage):
        yield _TOOL, "dockerfile-no-healthcheck", "low", last, "no HEALTHCHECK", "HEALTHCHECK CMD [...]"


def variables(rest: str, line: int) -> Iterator[Finding]:
    """Secrets that become part of the image."""
    pairs = re.findall(r"([A-Za-z_]\w*)=(\"[^\"]*\"|'[^']*'|\S*)", rest)
    pairs = pairs or [(rest.partition(" ")[0], rest.partition(" ")[2])]
    for name, value in pairs:
        if _SECRET.search(name) and not _REFERENCE.search(value.strip("\"'")):
            message = f"{name} stays in the image for all to read"
            yield _TOOL, "secret-in-image", "high", line, message, "RUN --mount=type=secret"


def instructions(text: str) -> Iterator[tuple[int, str, str]]:
    """Line, word and rest of each, with continued lines joined and texts between marks left out."""
    lines = iter(enumerate(text.splitlines(), 1))
    for number, raw in lines:
        whole = raw.strip()
        if not whole or whole.startswith("#"):
            continue
        while whole.endswith("\\"):
            following = next(lines, None)
            if following is None:
                break
            part = following[1].strip()
            whole = whole[:-1].rstrip() + " " + ("\\" if part.startswith("#") else part)
        word, _, rest = whole.partition(" ")
        for mark in (
            re.findall(r"<<-?[\"']?(\w+)[\"']?", rest) if word.upper() in ("RUN", "COPY", "ADD") else []
        ):
            for _, own in lines:
                if own.strip() == mark:
                    break
        yield number, word.upper(), rest.strip()
