"""Files of the page are found in a table, and the page itself says what may run in it."""

import json
import re

import pytest

from gateway import site

PAGE = (
    "<head><style>a{}</style></head><script>1</script><meta content=@@NONCE@@>"
    "<script src=/assets/a.js></script>"
)


@pytest.fixture
def built(tmp_path):
    files = {
        "index.html": PAGE,
        "assets/a.js": "plain",
        "assets/a.js.br": "br",
        "assets/a.js.gz": "gz",
        "assets/task.js": "task",
        "icon.svg": "<svg/>",
        ".build.json": "{}",
        ".vite/routes.json": json.dumps({"/tasks": "src/T.tsx", "/tasks/$id": "src/O.tsx"}),
        ".vite/manifest.json": json.dumps(
            {"src/O.tsx": {"file": "assets/task.js", "imports": ["_a"]}, "_a": {"file": "assets/a.js"}}
        ),
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return site.opened(tmp_path)


def test_only_what_is_to_be_seen_has_a_path(built):
    assert set(built.files) == {"/assets/a.js", "/assets/task.js", "/icon.svg"}


@pytest.mark.parametrize(
    ("accepted", "body"), [("gzip, deflate, br", b"br"), ("gzip", b"gz"), ("", b"plain"), ("zstd", b"plain")]
)
def test_a_file_comes_as_small_as_it_is_taken(built, accepted, body):
    assert built.files["/assets/a.js"].reply(accepted).body == body


def test_names_with_a_digest_are_kept_for_ever_and_others_are_not(built):
    kept = [dict(built.files[name].headers)[b"cache-control"] for name in ("/assets/a.js", "/icon.svg")]
    assert (b"immutable" in kept[0], b"immutable" in kept[1]) == (True, False)


def test_each_page_has_a_nonce_of_its_own_in_the_policy_and_in_the_page(built):
    first, second = built.index("/"), built.index("/")
    policy = dict(first.headers)[b"content-security-policy"].decode()
    nonce = re.search(r"'nonce-([\w-]+)'", policy)[1]
    assert f"content={nonce}".encode() in first.body
    assert first.body != second.body
    assert policy.count("'sha256-") == 2


def test_the_code_of_a_path_is_announced_with_what_it_imports_but_not_what_the_page_names(built):
    assert b'modulepreload" href="/assets/task.js"' in built.index("/tasks/some-id").body
    assert b"modulepreload" not in built.index("/elsewhere").body
    assert b'href="/assets/a.js"' not in built.index("/tasks/some-id").body


def test_where_nothing_is_built_there_is_no_site(tmp_path):
    assert site.opened(tmp_path) is None
