"""A real browser is driven, and what pages do to those who look at them comes to nothing."""

import struct

import pytest

from functions.adapters.egress import LocalEgress
from functions.adapters.sandbox import LocalSandbox
from functions.agents.web import driven
from functions.ports import Ways
from subjects.errors import EgressDenied, SandboxUnavailable
from tests.agents.web_server import page, redirect, serving, status

FORM = page(
    "<title>Ask</title><form action=/answer><input name=q><button>Go</button></form>"
    "<img src=http://10.0.0.1/a.png><img src='/inside'>"
    "<script>alert('hey'); window.open('/popup'); new WebSocket('ws://169.254.169.254/');"
    "fetch('http://127.0.0.1:4222/').catch(() => 0)</script>"
)
ROWS = {
    "/": FORM,
    "/inside": redirect("http://[::1]:80/secret.png"),
    "/private": redirect("http://169.254.169.254/"),
    "/popup": page("popup"),
    "/answer": page("<title>Answer</title><h1>42</h1><div style='height:3000px'></div>"),
    "/forever": page(
        "<title>Forever</title><h1>here</h1><script>setTimeout(() => { while (true); }, 300)</script>"
    ),
    "/file.bin": status(200, b"x" * 100, "application/octet-stream", "Content-Disposition: attachment"),
}


@pytest.fixture
async def site():
    async with serving(ROWS) as own:
        yield own


@pytest.fixture(params=["bwrap"])
async def sandbox(bwrap):
    if absent := driven.absent():
        pytest.skip(f"NOT TESTED: {absent[0].reason}")
    return bwrap


@pytest.fixture
def web(host_for, tmp_path, site, sandbox):
    host = host_for(tmp_path)
    host.egress = LocalEgress(Ways(private=(site.place,)))
    return host


def size(png):
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    return struct.unpack(">II", png[16:24])


async def test_a_form_is_filled_and_what_the_page_reaches_for_is_refused(web, site):
    actions = [
        {"do": "fill", "selector": "input", "text": "a b"},
        {"do": "press", "selector": "input", "key": "Enter"},
        {"do": "wait_for", "selector": "h1"},
        {"do": "extract", "fields": {"answer": "h1"}},
        {"do": "screenshot", "name": "whole", "full_page": True},
    ]
    found = await web.call(
        "browser.run", {"url": site.url(), "actions": actions, "width": 640, "height": 480}
    )
    assert [step.error for step in found.steps] == [""] * 6
    assert found.steps[4].page.fields == {"answer": "42"}
    assert "/answer" in site.asked
    (picture,) = found.artifacts
    width, height = size(web.kept[picture.sha256])
    assert (picture.name, width) == ("5-whole.png", 640)
    assert height > 3000
    refused = {(own.host, own.port) for own in found.egress if own.verdict == "refused"}
    assert {("10.0.0.1", 80), ("169.254.169.254", 80), ("127.0.0.1", 4222), ("::1", 80)} <= refused
    assert any(note == "dialog: alert: hey" for note in found.notes)
    assert any(note.startswith("popup: ") for note in found.notes)
    assert (found.status, found.sandbox) == ("partial", "bwrap")


async def test_a_page_that_never_ends_is_left_with_what_is_known_of_it(web, site):
    actions = [{"do": "wait_for", "selector": "h1"}, {"do": "click", "selector": "#never"}, {"do": "extract"}]
    found = await web.call("browser.run", {"url": site.url("/forever"), "actions": actions, "timeout": 1.5})
    assert found.status == "partial"
    assert found.steps[0].status == 200
    assert found.steps[-1].error or any("not done after" in note for note in found.notes)


async def test_a_page_that_leads_inside_is_not_photographed(web, site):
    with pytest.raises(EgressDenied, match="cloud metadata"):
        await web.call("browser.screenshot", {"url": site.url("/private")})


async def test_without_a_sandbox_no_browser_starts(web, site):
    web.sandbox = LocalSandbox("rlimits", "bubblewrap is not installed: apt install bubblewrap")
    with pytest.raises(SandboxUnavailable, match="apt install bubblewrap"):
        await web.call("browser.screenshot", {"url": site.url()})


async def test_a_browser_that_is_not_there_is_missing_with_the_way_to_get_it(web, site, monkeypatch):
    monkeypatch.setenv("PATH", "/nowhere")
    found = await web.call("browser.screenshot", {"url": site.url()})
    assert found.status == "failed"
    assert [(tool.name, tool.reason) for tool in found.tools] == [
        ("chromium", "not on PATH: apt install chromium")
    ]
