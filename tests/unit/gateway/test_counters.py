"""What a gateway counts of its own work."""

from gateway.counters import Counters
from gateway.prometheus import TEXT, written


def test_a_histogram_is_cumulative():
    counters = Counters()
    for took in (0.001, 0.02, 0.02, 99.0):
        counters.request("GET", "/", 200, took)
    lines = written(counters.samples(), TEXT).splitlines()
    assert 'revo_http_request_seconds_bucket{route="/",le="0.005"} 1' in lines
    assert 'revo_http_request_seconds_bucket{route="/",le="0.025"} 3' in lines
    assert 'revo_http_request_seconds_bucket{route="/",le="60.0"} 3' in lines
    assert 'revo_http_request_seconds_bucket{route="/",le="+Inf"} 4' in lines
    assert 'revo_http_request_seconds_count{route="/"} 4' in lines


def test_labels_are_escaped():
    counters = Counters()
    counters.frames['a"b\n\\'] += 2
    text = written(counters.samples(), TEXT)
    assert 'revo_frames_sent_total{channel="a\\"b\\n\\\\"} 2' in text
    assert "# TYPE revo_frames_sent_total counter" in text
