"""Pages are fetched and taken apart; what is hostile about them is refused, bounded, or only text."""

import asyncio
import ssl
import subprocess

import pytest

from functions.adapters.egress import LocalEgress
from functions.ports import Ways
from subjects.errors import EgressDenied, InvalidInput, Unreachable
from tests.agents import web_server
from tests.agents.web_server import page, redirect, serving, status

SHOP = page(
    "<html lang=de><head><title>Shop &amp; more</title><meta name=description content='All we have'></head>"
    "<body><h1 class=x>Prices</h1><p>Tea <b>1.50</b></p><script>alert('no')</script><style>p{}</style>"
    "<ul><li data-id=1>one</li><li data-id=2>two</li></ul>"
    "<table><tr><th>a</th><th>b</th></tr><tr><td>1</td><td>2</td></tr></table>"
    "<a href='/next?a=1'>next</a><a href='javascript:alert(1)'>bad</a><img src=x onerror=alert(1)></body>"
)
ROWS = {
    "/": SHOP,
    "/moved": redirect("/"),
    "/inside": redirect("http://169.254.169.254/latest/meta-data/"),
    "/file": redirect("file:///etc/passwd"),
    "/loop": redirect("/loop"),
    "/endless": web_server.endless,
    "/bomb": web_server.bomb(),
    "/drip": web_server.drip,
    "/picture": status(200, b"\x89PNG\r\n", "image/png"),
    "/cut": status(200, b"short", "text/html", "Content-Length: 5000"),
    "/gone": status(404, b"<title>Gone</title>"),
    "/notgzip": status(200, b"plain", "text/html", "Content-Encoding: gzip"),
}


@pytest.fixture
async def site():
    async with serving(ROWS) as own:
        yield own


@pytest.fixture
def web(host_for, tmp_path, site, sandbox):
    if sandbox.level != "bwrap":
        pytest.skip("the level makes no difference here")
    host = host_for(tmp_path)
    host.egress = LocalEgress(Ways(private=(site.place,)))
    return host


@pytest.fixture(params=["bwrap"])
async def sandbox(bwrap):
    return bwrap


async def fetched(web, site, path, **more):
    return await web.call("browser.fetch", {"url": site.url(path), **more})


async def test_a_page_comes_as_text_with_the_way_to_it(web, site):
    found = await fetched(web, site, "/moved")
    assert (found.status, found.page.status, found.page.title) == ("ok", 200, "Shop & more")
    assert [(hop.status, hop.location, hop.address) for hop in found.page.hops] == [
        (302, "/", "127.0.0.1"),
        (200, "", "127.0.0.1"),
    ]
    assert found.page.text.splitlines()[:2] == ["Prices", "Tea 1.50"]
    assert "alert" not in found.page.text
    assert [link.url for link in found.page.links] == [site.url("/next?a=1")]
    assert [(own.verdict, own.count) for own in found.egress] == [("made", 2)]
    assert not found.artifacts


@pytest.mark.parametrize("path", ["/inside", "/file"])
async def test_a_redirect_to_where_nobody_may_go_is_refused(web, site, path):
    with pytest.raises(EgressDenied):
        await fetched(web, site, path)
    assert site.asked == [path]


@pytest.mark.parametrize("url", ["http://[::ffff:10.0.0.1]/", "http://0x7f.1/"])
async def test_a_private_address_is_refused(web, url):
    with pytest.raises(EgressDenied, match="not a public address"):
        await web.call("browser.fetch", {"url": url})


@pytest.mark.parametrize(
    "url",
    [
        "file:///etc/passwd", "data:text/html,x", "ftp://a/", "javascript:alert(1)", "a", "http://", "//a",
        "http://a:b@c/", "http://a\\@b/", "http://a:0/", "http://a:x/", "http://a b/", "http://a/\r\nX: y",
    ],
)  # fmt: skip
async def test_what_is_no_web_address_is_wrong_input(web, url):
    with pytest.raises(InvalidInput):
        await web.call("browser.fetch", {"url": url})


async def test_a_host_that_the_task_does_not_allow_is_refused(web, site):
    with pytest.raises(EgressDenied, match="allowed hosts"):
        await fetched(web, site, "/", allow=["example.org"])


@pytest.mark.parametrize(
    ("path", "kind"),
    [("/loop", "redirects"), ("/drip", "timeout"), ("/cut", "unreachable"), ("/notgzip", "unreachable")],
)
async def test_a_server_that_does_not_play_fair_is_an_error_that_says_how(web, site, path, kind):
    with pytest.raises(Unreachable) as caught:
        await fetched(web, site, path, timeout=1 if path == "/drip" else 20)
    assert caught.value.details["kind"] == kind


@pytest.mark.parametrize("path", ["/endless", "/bomb"])
async def test_a_body_without_end_is_cut_and_the_answer_says_so(web, site, path):
    found = await fetched(web, site, path, max_bytes=100_000)
    assert (found.status, found.page.bytes, found.page.truncated) == ("partial", 100_000, True)
    assert found.page.received < 1_000_000


async def test_what_is_no_text_is_kept_as_a_file(web, site):
    found = await fetched(web, site, "/picture")
    (kept,) = found.artifacts
    assert (kept.name, kept.media_type, web.kept[kept.sha256]) == ("picture", "image/png", b"\x89PNG\r\n")
    assert (await fetched(web, site, "/gone")).page.status == 404


async def test_a_certificate_that_nobody_signed_is_refused(web, tmp_path):
    await asyncio.to_thread(
        subprocess.run,
        [
            "openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes",
            "-subj", "/CN=127.0.0.1", "-keyout", "key.pem", "-out", "cert.pem",
        ],
        cwd=tmp_path, check=True, capture_output=True,
    )  # fmt: skip
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    tls.load_cert_chain(tmp_path / "cert.pem", tmp_path / "key.pem")
    async with serving({"/": SHOP}, tls) as secure:
        web.egress = LocalEgress(Ways(private=(secure.place,)))
        with pytest.raises(Unreachable) as caught:
            await web.call("browser.fetch", {"url": f"https://{secure.place}/"})
    assert caught.value.details["kind"] == "tls"
    assert secure.asked == []


async def test_named_fields_tables_and_metadata_are_taken_from_a_page(web, site):
    fields = {
        "title": "h1",
        "ids": {"css": "li", "attr": "data-id", "all": True},
        "none": ".nothing",
        "bad": "[[",
    }
    found = await web.call("browser.extract", {"url": site.url(), "fields": fields})
    assert found.page.fields == {"title": "Prices", "ids": ["1", "2"], "none": None}
    assert list(found.page.bad) == ["bad"]
    assert found.page.tables == [[["a", "b"], ["1", "2"]]]
    assert found.page.metadata == {"lang": "de", "description": "All we have"}
    assert found.status == "partial"


async def test_a_page_that_was_kept_or_is_given_is_read_without_going_out(web, site):
    kept = (await fetched(web, site, "/", store=True)).artifacts[0]
    site.asked.clear()
    for source in ({"artifact": kept.ref}, {"html": "<h1>Prices</h1>"}):
        found = await web.call("browser.extract", {**source, "fields": {"h": "h1"}})
        assert (found.page.fields, found.egress) == ({"h": "Prices"}, [])
    assert site.asked == []


async def test_a_picture_is_no_page_to_extract_from(web, site):
    from functions import NonRetryable

    with pytest.raises(NonRetryable, match="image/png"):
        await web.call("browser.extract", {"url": site.url("/picture")})


async def test_deep_and_broken_html_is_read_all_the_same(web):
    html = (
        "<div>" * 5000
        + "<p>deep</td></table><b>er"
        + "\ud800".encode("utf-16-le", "surrogatepass").decode("cp1252")
    )
    found = await web.call("browser.extract", {"html": html, "fields": {"p": "p"}, "parts": ["text"]})
    assert found.page.fields["p"].startswith("deeper")


@pytest.mark.parametrize(
    "input", [{}, {"url": "http://a", "html": ""}, {"html": "", "fields": {"a": {"css": ""}}}]
)
async def test_wrong_questions_are_refused(web, input):
    with pytest.raises(InvalidInput):
        await web.call("browser.extract", input)


async def test_a_tool_that_is_not_installed_is_named(web, site, monkeypatch):
    from functions.agents import reading

    monkeypatch.setattr(reading, "installed", lambda name: None)
    found = await fetched(web, site, "/")
    assert found.status == "failed"
    assert {tool.status for tool in found.tools} == {"missing"}
