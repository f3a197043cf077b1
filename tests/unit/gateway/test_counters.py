"""The text that Prometheus reads."""

from gateway.counters import Counters


def test_a_histogram_is_cumulative():
    counters = Counters()
    for took in (0.001, 0.02, 0.02, 99.0):
        counters.request("GET", "/", 200, took)
    lines = counters.text([]).splitlines()
    assert 'revo_http_request_seconds_bucket{route="/",le="0.005"} 1' in lines
    assert 'revo_http_request_seconds_bucket{route="/",le="0.025"} 3' in lines
    assert 'revo_http_request_seconds_bucket{route="/",le="60"} 3' in lines
    assert 'revo_http_request_seconds_bucket{route="/",le="+Inf"} 4' in lines
    assert 'revo_http_request_seconds_count{route="/"} 4' in lines


def test_gauges_carry_their_labels_escaped():
    text = Counters().text([("depth", "How deep.", [((("queue", 'a"b\n'),), 2.5)])])
    assert 'depth{queue="a\\"b\\n"} 2.5' in text
    assert "# TYPE depth gauge" in text
