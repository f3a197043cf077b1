"""What this gateway has counted, in the text form that Prometheus reads."""

from collections import defaultdict
from collections.abc import Iterable

Labels = tuple[tuple[str, str], ...]

BUCKETS = (0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 60.0)


class Counters:
    """Requests, frames, gaps. Labels come from closed sets only, so the number of series is bounded."""

    def __init__(self) -> None:
        self.requests: dict[tuple[str, str, int], int] = defaultdict(int)
        self.seconds: dict[str, list[float]] = {}
        self.frames: dict[str, int] = defaultdict(int)
        self.gaps: dict[tuple[str, str], int] = defaultdict(int)
        self.commands: dict[tuple[str, str], int] = defaultdict(int)
        self.closed: dict[int, int] = defaultdict(int)

    def request(self, method: str, route: str, status: int, took: float) -> None:
        """Count one answered request."""
        self.requests[method, route, status] += 1
        row = self.seconds.get(route)
        if row is None:
            row = self.seconds[route] = [0.0] * (len(BUCKETS) + 2)
        for place, bound in enumerate(BUCKETS):
            if took <= bound:
                row[place] += 1
                break
        row[-2] += 1
        row[-1] += took

    def text(self, gauges: Iterable[tuple[str, str, Iterable[tuple[Labels, float]]]]) -> str:
        """Everything, with the `gauges` (name, help, values) that were read for the occasion."""
        lines: list[str] = []
        _family(lines, "revo_http_requests_total", "counter", "Answered requests.")
        for (method, route, status), count in sorted(self.requests.items()):
            labels = (("method", method), ("route", route), ("status", str(status)))
            lines.append(_sample("revo_http_requests_total", labels, count))
        self._histogram(lines)
        _family(lines, "revo_frames_sent_total", "counter", "Event frames sent to sockets and event streams.")
        lines += [
            _sample("revo_frames_sent_total", (("channel", name),), n)
            for name, n in sorted(self.frames.items())
        ]
        _family(
            lines, "revo_gaps_total", "counter", "Gap frames: a client was told that it missed something."
        )
        for (channel, reason), count in sorted(self.gaps.items()):
            lines.append(_sample("revo_gaps_total", (("channel", channel), ("reason", reason)), count))
        _family(lines, "revo_socket_commands_total", "counter", "Commands that came over sockets.")
        for (kind, outcome), count in sorted(self.commands.items()):
            lines.append(_sample("revo_socket_commands_total", (("type", kind), ("outcome", outcome)), count))
        _family(lines, "revo_sockets_closed_total", "counter", "Sockets that this gateway closed, by code.")
        for code, count in sorted(self.closed.items()):
            lines.append(_sample("revo_sockets_closed_total", (("code", str(code)),), count))
        for name, help, values in gauges:
            _family(lines, name, "gauge", help)
            lines += [_sample(name, labels, value) for labels, value in values]
        return "\n".join(lines) + "\n"

    def _histogram(self, lines: list[str]) -> None:
        name = "revo_http_request_seconds"
        _family(lines, name, "histogram", "Time to answer a request.")
        for route, row in sorted(self.seconds.items()):
            below = 0.0
            for bound, count in zip(BUCKETS, row, strict=False):
                below += count
                lines.append(_sample(f"{name}_bucket", (("route", route), ("le", f"{bound:g}")), below))
            lines.append(_sample(f"{name}_bucket", (("route", route), ("le", "+Inf")), row[-2]))
            lines.append(_sample(f"{name}_count", (("route", route),), row[-2]))
            lines.append(_sample(f"{name}_sum", (("route", route),), row[-1]))


def _family(lines: list[str], name: str, kind: str, help: str) -> None:
    lines += [f"# HELP {name} {help}", f"# TYPE {name} {kind}"]


def _sample(name: str, labels: Labels, value: float) -> str:
    """One line of the exposition.

    >>> _sample("a_total", (("route", "/x"),), 2)
    'a_total{route="/x"} 2'
    """
    inside = ",".join(f'{key}="{_escaped(text)}"' for key, text in labels)
    return f"{name}{{{inside}}} {value:g}" if inside else f"{name} {value:g}"


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
