"""Fetch one address by httpx2, inside the sandbox: question as JSON on stdin, answer as JSON on stdout."""

import base64
import contextlib
import json
import os
import signal
import ssl
import sys
import time
import zlib
from collections.abc import Iterator
from typing import Any

import httpx2

MOST_HOPS = 10
PIECE = 65536


class LateError(Exception):
    """The time is up."""


def main() -> None:
    """Answer the question."""
    question = json.load(sys.stdin)
    json.dump(fetched(question, os.environ["EGRESS_PROXY"]), sys.stdout)


def fetched(question: dict[str, Any], proxy: str) -> dict[str, Any]:
    """What came back, and by which way. `error` says what kept it from coming."""
    answer: dict[str, Any] = {"hops": [], "error": "", "kind": ""}
    with until(question["timeout"]):
        try:
            follow(question, proxy, answer)
        except LateError:
            answer |= {"kind": "timeout", "error": f"not done after {question['timeout']:g} s"}
        except (httpx2.HTTPError, httpx2.InvalidURL, httpx2.StreamError, zlib.error, ssl.SSLError) as error:
            kind = (
                "tls" if "CERTIFICATE" in str(error).upper() or "SSL" in str(error).upper() else "unreachable"
            )
            answer |= {"kind": kind, "error": f"{type(error).__name__}: {error}"[:500]}
    return answer


def follow(question: dict[str, Any], proxy: str, answer: dict[str, Any]) -> None:
    """Go from address to address until one answers with something else than another address."""
    url = httpx2.URL(question["url"])
    headers = {"User-Agent": question["user_agent"], "Accept-Encoding": "gzip, deflate"}
    with httpx2.Client(proxy=proxy, trust_env=False, timeout=30, headers=headers) as client:
        for _ in range(MOST_HOPS + 1):
            begun = time.monotonic()
            with client.stream(question["method"], url) as response:
                location = response.headers.get("location", "") if response.is_redirect else ""
                answer["hops"].append(
                    {"url": str(url)[:2000], "status": response.status_code, "location": location[:2000]}
                )
                if not location:
                    answer |= body(response, question["max_bytes"])
                    answer["ms"] = round((time.monotonic() - begun) * 1000, 1)
                    return
                url = url.join(location)
                if url.scheme not in ("http", "https"):
                    answer |= {
                        "kind": "scheme",
                        "error": f"a redirect leads to {url.scheme}:, which is not followed",
                    }
                    return
    answer |= {"kind": "redirects", "error": f"more than {MOST_HOPS} redirects"}


def body(response: httpx2.Response, most: int) -> dict[str, Any]:
    """The body, unpacked here so that it never grows beyond `most` bytes."""
    stream = inflating(response.headers.get("content-encoding", "").strip().lower())
    found = bytearray()
    received = 0
    for piece in response.iter_raw(PIECE):
        received += len(piece)
        found += piece if stream is None else stream.decompress(piece, most + 1 - len(found))
        if len(found) > most or (stream is not None and stream.unconsumed_tail):
            break
    return {
        "status": response.status_code,
        "headers": [[name[:100], value[:1000]] for name, value in response.headers.multi_items()[:100]],
        "received": received,
        "truncated": len(found) > most,
        "body": base64.b64encode(bytes(found[:most])).decode(),
    }


def inflating(encoding: str) -> Any:
    """What unpacks a body of this encoding; None for a plain one."""
    if encoding in ("", "identity"):
        return None
    if encoding in ("gzip", "x-gzip", "deflate"):
        return zlib.decompressobj(wbits=47)
    raise httpx2.DecodingError(f"the content encoding {encoding[:50]!r} was not asked for")


@contextlib.contextmanager
def until(seconds: float) -> Iterator[None]:
    """LateError in whatever runs longer, also where each single byte comes in time."""

    def late(*_: object) -> None:
        raise LateError

    signal.signal(signal.SIGALRM, late)
    signal.setitimer(signal.ITIMER_REAL, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)


if __name__ == "__main__":
    main()
