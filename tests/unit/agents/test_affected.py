"""Which versions an advisory means."""

import gzip
import zipfile
from pathlib import Path

import msgspec
import pytest

from functions.agents import affected, cvss, osv
from functions.agents.osv import Advisory, NoDump

SAMPLE = Path(__file__).parents[2] / "samples" / "advisories"


def advisory(*events, id="X-1", name="shop", **more):
    record = {
        "id": id,
        "affected": [
            {
                "package": {"ecosystem": "PyPI", "name": name},
                "ranges": [{"type": "ECOSYSTEM", "events": [dict([event]) for event in events]}],
                "versions": more.pop("versions", []),
            }
        ],
        **more,
    }
    return msgspec.convert(record, Advisory)


ROW = (("introduced", "0"), ("fixed", "1.4"), ("introduced", "2.0"), ("last_affected", "2.3"))


@pytest.mark.parametrize(
    ("version", "hit"),
    [("1.0", True), ("1.4", False), ("1.9", False), ("2.0rc1", False), ("2.0", True), ("2.3", True),
     ("2.3.1", False), ("1.4.dev1", True), ("1!1.0", False)],
)  # fmt: skip
def test_events_are_read_in_the_order_of_their_versions(version, hit):
    for row in (ROW, ROW[::-1]):
        assert bool(affected.of("shop", version, [advisory(*row)])) is hit


def test_a_version_that_is_listed_by_name_is_affected_whatever_its_spelling():
    own = advisory(versions=["1.0", "banana"])
    assert affected.of("shop", "1.0.0", [own])
    assert affected.of("shop", "banana", [own])
    assert not affected.of("shop", "1.1", [own])


def test_ranges_of_commits_say_nothing_about_versions():
    own = msgspec.convert(
        {"id": "X", "affected": [{"package": {"ecosystem": "PyPI", "name": "shop"},
                                  "ranges": [{"type": "GIT", "events": [{"introduced": "0"}]}]}]},
        Advisory,
    )  # fmt: skip
    assert affected.of("shop", "1.0", [own]) == []


def test_aliases_are_one_flaw_with_the_best_known_name_and_the_lowest_common_fix():
    group = [
        advisory(("introduced", "0"), ("fixed", "1.5"), id="PYSEC-1", aliases=["CVE-1"]),
        advisory(("introduced", "0"), ("fixed", "1.6"), id="GHSA-1", aliases=["CVE-1"]),
        advisory(("introduced", "0"), ("fixed", "3.0"), id="PYSEC-2"),
    ]
    found = affected.of("shop", "1.0", group)
    assert [(own.id, own.aliases, own.fixed) for own in found] == [
        ("CVE-1", ["GHSA-1", "PYSEC-1"], "1.6"),
        ("PYSEC-2", [], "3.0"),
    ]


def test_a_range_is_told_only_if_it_lets_a_bad_version_in():
    own = [advisory(("introduced", "0"), ("fixed", "1.4"), versions=["1.2", "1.3"])]
    assert affected.allowed("shop", ">=1.3", own)
    assert affected.allowed("shop", "", own)
    assert not affected.allowed("shop", ">=1.4,<2", own)


@pytest.mark.parametrize(
    ("vector", "score"),
    [
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H", 9.8),
        ("CVSS:3.0/AV:N/AC:L/PR:N/UI:N/S:C/C:H/I:N/A:N", 8.6),
        ("CVSS:3.1/AV:N/AC:L/PR:N/UI:R/S:C/C:L/I:L/A:N", 6.1),
        ("CVSS:3.1/AV:L/AC:H/PR:L/UI:N/S:U/C:N/I:N/A:N", 0.0),
        ("CVSS:3.1/AV:A/AC:H/PR:H/UI:N/S:U/C:H/I:N/A:N", 4.2),
        ("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:H/VA:H/SC:N/SI:N/SA:N", None),
        ("nonsense", None),
    ],
)
def test_scores_are_those_of_the_published_calculator(vector, score):
    assert cvss.base_score(vector) == score


def test_a_dump_is_read_in_each_form(tmp_path):
    files = sorted(SAMPLE.glob("*.json"))
    with zipfile.ZipFile(tmp_path / "all.zip", "w") as archive:
        for file in files:
            archive.write(file, file.name)
    rows = b"[" + b",".join(file.read_bytes() for file in files) + b"]"
    (tmp_path / "all.json").write_bytes(rows)
    (tmp_path / "all.json.gz").write_bytes(gzip.compress(rows))
    for place in (SAMPLE, *(tmp_path / name for name in ("all.zip", "all.json", "all.json.gz"))):
        dump = osv.load(place, {"jinja2", "urllib3"})
        assert (dump.records, dump.unreadable, dump.newest) == (7, 0, "2023-10-25")
        assert {name: len(own) for name, own in dump.advisories.items()} == {"jinja2": 3, "urllib3": 2}


def test_what_is_no_dump_is_no_clean_bill(tmp_path):
    (tmp_path / "not.zip").write_bytes(b"PK\x03\x04 but no more")
    (tmp_path / "empty.json").write_text("[]")
    (tmp_path / "folder").mkdir()
    for name in ("not.zip", "empty.json", "folder", "absent"):
        with pytest.raises(NoDump):
            osv.load(tmp_path / name, {"x"})


def test_withdrawn_advisories_do_not_count(tmp_path):
    own = msgspec.to_builtins(advisory(("introduced", "0"), withdrawn="2024-01-01T00:00:00Z"))
    (tmp_path / "a.json").write_bytes(msgspec.json.encode(own))
    assert osv.load(tmp_path, {"shop"}).advisories == {}
