"""Families and their samples as text: Prometheus 0.0.4, or OpenMetrics 1.0 for who asks for it."""

from collections.abc import Iterable, Mapping

from gateway.prometheus.families import FAMILIES, Family
from gateway.prometheus.samples import Sample

TEXT = "text/plain; version=0.0.4; charset=utf-8"
OPEN_METRICS = "application/openmetrics-text; version=1.0.0; charset=utf-8"


def negotiated(accept: str) -> str:
    """The content type to answer with; the older text unless OpenMetrics is asked for at least as much.

    >>> negotiated("application/openmetrics-text;version=1.0.0;q=0.5,text/plain;q=0.3") == OPEN_METRICS
    True
    >>> negotiated("application/openmetrics-text;q=0, */*") == negotiated("") == TEXT
    True
    """
    weights = {"application/openmetrics-text": 0.0, "text/plain": 0.0}
    for part in accept.split(","):
        kind, *rest = (word.strip().lower() for word in part.split(";"))
        if kind in weights:
            weights[kind] = max(weights[kind], _weight(rest))
    open_metrics = weights["application/openmetrics-text"]
    return OPEN_METRICS if open_metrics > 0 and open_metrics >= weights["text/plain"] else TEXT


def written(found: Mapping[str, Iterable[Sample]], kind: str) -> str:
    """The exposition of the families that have samples, in the order of the table."""
    modern = kind == OPEN_METRICS
    lines: list[str] = []
    for family in FAMILIES:
        if family.name not in found:
            continue
        # OpenMetrics names the family of a counter without the suffix that its samples have.
        name = family.name.removesuffix("_total") if modern and family.kind == "counter" else family.name
        lines += [f"# HELP {name} {_help(family.help)}", f"# TYPE {name} {family.kind}"]
        lines += [_line(family, sample) for sample in found[family.name]]
    return "\n".join([*lines, *(["# EOF"] if modern else [])]) + "\n"


def _line(family: Family, sample: Sample) -> str:
    pairs = [f'{key}="{_escaped(text)}"' for key, text in zip(family.labels, sample.labels, strict=True)]
    if sample.bound:
        pairs.append(f'le="{sample.bound}"')
    inside = f"{{{','.join(pairs)}}}" if pairs else ""
    value = sample.value
    return f"{family.name}{sample.suffix}{inside} {int(value) if value.is_integer() else repr(value)}"


def _weight(parameters: list[str]) -> float:
    for parameter in parameters:
        if parameter.startswith("q="):
            try:
                return float(parameter[2:])
            except ValueError:
                return 0.0
    return 1.0


def _help(text: str) -> str:
    return text.replace("\\", r"\\").replace("\n", r"\n")


def _escaped(text: str) -> str:
    return text.replace("\\", r"\\").replace('"', r"\"").replace("\n", r"\n")
