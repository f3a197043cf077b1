"""Metrics as Prometheus reads them: which there are, how they are counted, how they are written."""

from gateway.prometheus.exposition import OPEN_METRICS, TEXT, negotiated, written
from gateway.prometheus.families import BY_NAME, FAMILIES, Family
from gateway.prometheus.samples import Capped, Histogram, Labels, Reading, Sample, bounded
from gateway.prometheus.tally import Tally

__all__ = [
    "BY_NAME",
    "FAMILIES",
    "OPEN_METRICS",
    "TEXT",
    "Capped",
    "Family",
    "Histogram",
    "Labels",
    "Reading",
    "Sample",
    "Tally",
    "bounded",
    "negotiated",
    "written",
]
