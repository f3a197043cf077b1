"""Who is told of which alerts, and how. Secrets stand here by the name of their environment variable only."""

import re
from fnmatch import fnmatchcase
from typing import Annotated
from urllib.parse import urlsplit

from msgspec import Meta, Struct, field

from subjects import errors, names, streams
from subjects.alerts import Alert, AlertState, Name, Severity

BUCKET, KEY = "config", "notifications"
"""Where the targets stand, one document with all of them."""
MOST_TARGETS = 100

Variable = Annotated[str, Meta(pattern=r"^([A-Za-z_][A-Za-z0-9_]{0,127})?$")]
Address = Annotated[str, Meta(pattern=r"^[!-~]{1,64}@[A-Za-z0-9.\[\]:-]{1,255}$")]

_OURS = frozenset(
    subject.partition(".")[0]
    for subject in (
        *(subject for stream in streams.STREAMS for subject in stream.config.get("subjects", ())),
        names.LIVE, names.CANCELS, names.QUERIES, names.AGENT_CALLS, names.FORGOTTEN, "call.>", "control.>",
    )
)  # fmt: skip
_SUBJECT = re.compile(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\Z")


class Webhook(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="webhook"):
    """A POST, signed by Standard Webhooks where there is a secret."""

    url: Annotated[str, Meta(max_length=2000)] = ""
    url_env: Annotated[
        Variable, Meta(description="Variable with the URL, where the URL itself is a secret.")
    ] = ""
    secret_env: Annotated[
        Variable,
        Meta(description="Variable with whsec_...; several, between spaces, to change it."),
    ] = ""


class Email(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="email"):
    """A message by the SMTP server of the settings."""

    to: Annotated[list[Address], Meta(min_length=1, max_length=50)]


class Subject(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, tag="nats"):
    """The alert as JSON on a NATS subject that is none of ours."""

    subject: Annotated[str, Meta(min_length=1, max_length=200)] = "alerts"


class Wanted(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True):
    """Which changes of which alerts; an empty list or object wants all."""

    severities: list[Severity] = []
    states: list[AlertState] = field(default_factory=lambda: ["firing", "resolved"])
    rules: Annotated[list[str], Meta(max_length=100, description="Names; `*` stands for any text.")] = []
    labels: Annotated[dict[str, str], Meta(max_length=16, description="All must be there.")] = {}


class Target(Struct, frozen=True, omit_defaults=True, forbid_unknown_fields=True, kw_only=True):
    """Somebody who is told. `timeout` is seconds for one attempt."""

    name: Name
    via: Webhook | Email | Subject
    wanted: Wanted = Wanted()
    enabled: bool = True
    timeout: Annotated[float, Meta(ge=1, le=120)] = 15.0
    attempts: Annotated[int, Meta(ge=1, le=20, description="Then it is a dead letter.")] = 8


class Notice(Struct, frozen=True):
    """What a notifying function takes: one change of an alert, and who is to be told."""

    alert: Alert
    target: Target


class Targets(Struct, frozen=True):
    """The document of the bucket."""

    targets: list[Target] = []


def wants(target: Target, alert: Alert) -> bool:
    """Whether a target is to be told of an alert as it stands.

    >>> from subjects import codec
    >>> alert = Alert("1", "cpu", "warning", "firing", "", codec.now(), codec.now(), {"host": "a"})
    >>> wants(Target(name="x", via=Subject(), wanted=Wanted(rules=["c*"], labels={"host": "a"})), alert)
    True
    >>> wants(Target(name="x", via=Subject(), wanted=Wanted(severities=["critical"])), alert)
    False
    """
    own = target.wanted
    return (
        target.enabled
        and not alert.silenced
        and (not own.severities or alert.severity in own.severities)
        and (not own.states or alert.state in own.states)
        and (not own.rules or any(_fits(pattern, alert.rule) for pattern in own.rules))
        and all(alert.labels.get(name) == value for name, value in own.labels.items())
    )


def checked(target: Target) -> Target:
    """The target itself, once it can be reached in principle; InvalidRequest with the reason where not."""
    names.token(target.name)
    match target.via:
        case Webhook(url=url, url_env=variable):
            if bool(url) == bool(variable):
                raise errors.InvalidRequest("a webhook has either `url` or `url_env`")
            if url:
                web_address(url)
        case Subject(subject=subject):
            foreign(subject)
        case Email(to=to):
            # A pattern's `$` lets a line end pass.
            if not all(own.isprintable() for own in to):
                raise errors.InvalidRequest("a mail address is one line")
    return target


def web_address(url: str) -> str:
    """The URL itself; InvalidRequest, which does not repeat it, where nothing can be posted there."""
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        parts, port = urlsplit(""), None
    if parts.scheme not in ("http", "https") or not parts.hostname or port == 0 or not _plain(url):
        raise errors.InvalidRequest("the URL of a webhook is http(s)://host[:port]/path")
    if "@" in parts.netloc:
        raise errors.InvalidRequest("no user or password in a URL; name its variable in `url_env`")
    return url


def foreign(subject: str) -> str:
    """The subject itself; InvalidRequest where it is one of ours, or none that one can publish to.

    >>> foreign("team.alerts")
    'team.alerts'
    >>> foreign("task.security.high.scan")
    Traceback (most recent call last):
        ...
    subjects.errors.InvalidRequest: 'task.security.high.scan': subjects below task. are the system's own
    """
    if not _SUBJECT.match(subject):
        raise errors.InvalidRequest(f"{subject[:80]!r} is no subject: tokens of A-Z, a-z, 0-9, _ and -")
    head = subject.partition(".")[0]
    if head in _OURS or head.startswith("_"):
        raise errors.InvalidRequest(f"{subject[:80]!r}: subjects below {head}. are the system's own")
    return subject


def _fits(pattern: str, rule: str) -> bool:
    # Only the star is special, and many of them would be slow.
    if pattern.count("*") > 4:
        return pattern == rule
    return fnmatchcase(rule, pattern.replace("[", "[[]").replace("?", "[?]"))


def _plain(url: str) -> bool:
    return url.isascii() and url.isprintable() and " " not in url
