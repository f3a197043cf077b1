"""What this gateway has counted of its own work: requests, frames, gaps, commands."""

from collections import defaultdict
from collections.abc import Iterable

from gateway.prometheus import Capped, Histogram, Sample
from gateway.prometheus.families import REQUEST_SECONDS

METHODS = frozenset(("GET", "POST", "PUT", "PATCH", "DELETE", "HEAD", "OPTIONS"))
"""Anybody may ask by a method of his own making; those are counted together."""


class Counters:
    """Requests, frames, gaps. Labels are closed sets or capped, so the number of series is bounded."""

    def __init__(self) -> None:
        self._requests = Capped(1000)
        self._seconds = Histogram(REQUEST_SECONDS)
        self.frames: dict[str, int] = defaultdict(int)
        self.gaps: dict[tuple[str, str], int] = defaultdict(int)
        self.commands: dict[tuple[str, str], int] = defaultdict(int)
        self.closed: dict[int, int] = defaultdict(int)

    def request(self, method: str, route: str, status: int, took: float) -> None:
        """Count one answered request."""
        self._requests.add((method if method in METHODS else "other", route, str(status)))
        self._seconds.add((route,), took)

    def samples(self) -> dict[str, Iterable[Sample]]:
        """What was counted, by family."""
        return {
            "revo_http_requests_total": self._requests.samples(),
            "revo_http_request_seconds": self._seconds.samples(),
            "revo_frames_sent_total": [Sample((name,), float(n)) for name, n in sorted(self.frames.items())],
            "revo_gaps_total": [Sample(labels, float(n)) for labels, n in sorted(self.gaps.items())],
            "revo_socket_commands_total": [
                Sample(labels, float(n)) for labels, n in sorted(self.commands.items())
            ],
            "revo_sockets_closed_total": [
                Sample((str(code),), float(n)) for code, n in sorted(self.closed.items())
            ],
        }
