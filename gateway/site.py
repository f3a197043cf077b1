"""The built dashboard as bytes to send: what file stands at a path, and the page with its security headers.

Everything is read when the gateway starts. A request looks a path up in a table, so that no path leads
anywhere else, and nothing is compressed while somebody waits.
"""

import base64
import hashlib
import json
import mimetypes
import re
import secrets
from pathlib import Path
from typing import Any

from msgspec import Struct

DIST = Path(__file__).parent / "web_dist"
FOREVER = b"public, max-age=31536000, immutable"
"""For names that hold the digest of what is in the file."""
AN_HOUR = b"public, max-age=3600"
NONCE = b"@@NONCE@@"
ENCODINGS = (("br", ".br"), ("gzip", ".gz"))
"""By preference: what a browser may take, and the ending of the file that is it."""
TYPES = {".js": "text/javascript", ".webmanifest": "application/manifest+json", ".woff2": "font/woff2"}
FONT = "inter-latin-wght-normal"
SECURITY = [
    (b"x-content-type-options", b"nosniff"),
    (b"referrer-policy", b"same-origin"),
    (b"cross-origin-opener-policy", b"same-origin"),
    (b"cross-origin-resource-policy", b"same-origin"),
    (b"permissions-policy", b"camera=(), microphone=(), geolocation=(), payment=(), usb=()"),
]

Headers = list[tuple[bytes, bytes]]


class Reply(Struct, frozen=True):
    """What to send."""

    body: bytes
    headers: Headers
    status: int = 200


class File(Struct, frozen=True):
    """One file, plain and as it was compressed when it was built."""

    plain: bytes
    packed: dict[str, bytes]
    headers: Headers

    def reply(self, accepted: str) -> Reply:
        """The file as small as the browser takes it."""
        for encoding, _ in ENCODINGS:
            if encoding in self.packed and encoding in accepted:
                return Reply(self.packed[encoding], [*self.headers, (b"content-encoding", encoding.encode())])
        return Reply(self.plain, self.headers)


class Site(Struct, frozen=True):
    """A built dashboard: its files, and its page for every path of its own."""

    files: dict[str, File]
    page: bytes
    policy: str
    preloads: list[tuple["re.Pattern[str]", bytes]]

    def index(self, path: str) -> Reply:
        """The page, with the code of this path announced before it is asked for."""
        found = next((links for pattern, links in self.preloads if pattern.fullmatch(path)), b"")
        nonce = secrets.token_urlsafe(16)
        body = self.page.replace(b"</head>", found + b"</head>", 1).replace(NONCE, nonce.encode())
        headers = [
            (b"content-type", b"text/html; charset=utf-8"),
            (b"cache-control", b"no-cache"),
            (b"content-security-policy", self.policy.replace(NONCE.decode(), nonce).encode()),
            (b"x-frame-options", b"DENY"),
            *SECURITY,
        ]
        return Reply(body, headers)


def opened(dist: Path = DIST) -> Site | None:
    """The dashboard that is built there; None where none is."""
    try:
        page = (dist / "index.html").read_bytes()
    except OSError:
        return None
    files = {name: _file(path, name) for name, path in _names(dist)}
    font = next((name for name in files if FONT in name), None)
    if font is not None:
        link = f'<link rel="preload" as="font" type="font/woff2" crossorigin href="{font}">'
        page = page.replace(b"</head>", link.encode() + b"</head>", 1)
    return Site(files, page, policy(page.decode()), _preloads(dist, page))


def policy(page: str) -> str:
    """The content security policy: only built code runs, and what the page itself holds by its digest.

    >>> "'unsafe-inline'" in policy("<script>1</script>")
    False
    """
    return "; ".join(
        (
            "default-src 'none'",
            f"script-src 'self'{_digests('script', page)}",
            f"style-src 'self'{_digests('style', page)} 'nonce-{NONCE.decode()}'",
            "img-src 'self' data:",
            "font-src 'self'",
            "connect-src 'self'",
            "manifest-src 'self'",
            "worker-src 'self'",
            "base-uri 'none'",
            "form-action 'self'",
            "frame-ancestors 'none'",
        )
    )


def _digests(tag: str, page: str) -> str:
    inline: list[str] = re.findall(rf"<{tag}>(.*?)</{tag}>", page, re.DOTALL)
    made = (base64.b64encode(hashlib.sha256(text.encode()).digest()).decode() for text in inline)
    return "".join(f" 'sha256-{digest}'" for digest in made)


def _names(dist: Path) -> list[tuple[str, Path]]:
    endings = tuple(ending for _, ending in ENCODINGS)
    return [
        (f"/{path.relative_to(dist).as_posix()}", path)
        for path in sorted(dist.rglob("*"))
        if path.is_file()
        and not path.name.endswith(endings)
        and not any(part.startswith(".") for part in path.relative_to(dist).parts)
        and path.name != "index.html"
    ]


def _file(path: Path, name: str) -> File:
    packed = {}
    for encoding, ending in ENCODINGS:
        beside = path.with_name(path.name + ending)
        if beside.is_file():
            packed[encoding] = beside.read_bytes()
    kind = TYPES.get(path.suffix) or mimetypes.guess_type(path.name)[0] or "application/octet-stream"
    headers = [
        (b"content-type", kind.encode()),
        (b"cache-control", FOREVER if name.startswith("/assets/") else AN_HOUR),
        (b"vary", b"accept-encoding"),
        *SECURITY,
    ]
    return File(path.read_bytes(), packed, headers)


def _preloads(dist: Path, page: bytes) -> list[tuple["re.Pattern[str]", bytes]]:
    """For each path of the dashboard the links to the code of its page, plain paths first."""
    manifest = _json(dist / ".vite" / "manifest.json")
    routes = _json(dist / ".vite" / "routes.json")
    made = []
    for path, module in sorted(routes.items(), key=lambda row: ("$" in row[0], row[0])):
        chunks = [name for name in _chunks(manifest, module) if f"/{name}".encode() not in page]
        links = "".join(f'<link rel="modulepreload" href="/{name}">' for name in chunks)
        pattern = re.compile(re.sub(r"\\\$\w+", "[^/]+", re.escape(path)))
        made.append((pattern, links.encode()))
    return made


def _chunks(manifest: dict[str, Any], module: str) -> list[str]:
    seen: dict[str, None] = {}
    waiting = [module]
    while waiting:
        entry = manifest.get(waiting.pop())
        if entry is not None and entry["file"] not in seen:
            seen[entry["file"]] = None
            waiting += entry.get("imports", [])
    return list(seen)


def _json(path: Path) -> dict[str, Any]:
    try:
        found: dict[str, Any] = json.loads(path.read_bytes())
    except OSError:
        return {}
    return found
