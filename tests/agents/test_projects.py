"""Directories are given below the roots only, and archives are unpacked without trusting a byte."""

import gzip
import hashlib
import io
import os
import tarfile

import pytest

from functions import sources
from functions.adapters import pack
from functions.adapters.projects import LocalProjects
from subjects.errors import ForbiddenPath, InvalidInput, NotFound, PayloadTooLarge, RevoError, Unavailable


def archive(*members, data=b""):
    plain = io.BytesIO()
    with tarfile.open(fileobj=plain, mode="w") as file:
        for member in members:
            member.size = len(data) if member.isreg() else 0
            file.addfile(member, io.BytesIO(data))
    return gzip.compress(plain.getvalue(), mtime=0)


def member(name, kind=tarfile.REGTYPE, target=""):
    info = tarfile.TarInfo(name)
    info.type, info.linkname = kind, target
    return info


class Store:
    """Archives by reference, and how often each was fetched."""

    def __init__(self):
        self.objects = {}
        self.fetched = []

    def put(self, data):
        reference = f"projects/{hashlib.sha256(data).hexdigest()}"
        self.objects[reference] = data
        return reference

    async def fetch(self, reference):
        self.fetched.append(reference)
        return self.objects[reference]


@pytest.fixture
def store():
    return Store()


@pytest.fixture
async def projects(tmp_path, store):
    (tmp_path / "root" / "shop").mkdir(parents=True)
    (tmp_path / "root" / "shop" / "a.py").write_text("x = 1\n")
    (tmp_path / "outside").mkdir()
    async with LocalProjects((tmp_path / "root",), store.fetch) as own:
        yield own


async def test_a_directory_below_a_root_is_given(projects, tmp_path):
    expected = tmp_path / "root" / "shop"
    assert await projects.directory("shop", None) == expected
    assert await projects.directory(str(expected), None) == expected
    assert await projects.directory("shop/../shop/.", None) == expected


@pytest.mark.parametrize("path", ["/etc", "../outside", "shop/../../outside", "a\0b", "/", "~", "shop/out"])
async def test_what_is_outside_is_forbidden(projects, tmp_path, path):
    (tmp_path / "root" / "shop" / "out").symlink_to(tmp_path / "outside")
    with pytest.raises((ForbiddenPath, NotFound)) as caught:
        await projects.directory(path, None)
    assert path == "~" or caught.type is ForbiddenPath


async def test_what_is_not_there_is_not_found(projects):
    with pytest.raises(NotFound):
        await projects.directory("nowhere", None)
    with pytest.raises(NotFound):
        await projects.directory("shop/a.py", None)


async def test_an_archive_is_fetched_once_and_removed_at_the_end(store, tmp_path):
    (tmp_path / "p").mkdir()
    (tmp_path / "p" / "a.py").write_text("x = 1\n")
    reference = store.put(pack.pack(tmp_path / "p"))
    async with LocalProjects((), store.fetch) as own:
        first = await own.directory(None, reference)
        assert (first / "a.py").read_text() == "x = 1\n"
        assert await own.directory(None, reference) == first
        assert store.fetched == [reference]
    assert not first.exists()


async def test_content_that_is_not_what_its_name_says_is_refused(projects, store):
    reference = "projects/" + "0" * 64
    store.objects[reference] = archive(member("a.py"))
    with pytest.raises(InvalidInput, match="does not have the content"):
        await projects.directory(None, reference)


@pytest.mark.parametrize("reference", ["projects/x", "../" + "0" * 64, "other/" + "0" * 64, ""])
async def test_a_reference_of_another_form_is_refused(projects, reference):
    with pytest.raises(InvalidInput):
        await projects.directory(None, reference)


async def test_without_a_store_an_archive_is_unavailable():
    async with LocalProjects(()) as own:
        with pytest.raises(Unavailable):
            await own.directory(None, "projects/" + "0" * 64)


@pytest.mark.parametrize(
    "bad",
    [
        member("/etc/x"),
        member("../x"),
        member("a/../../x"),
        member("a\\..\\x"),
        member("link", tarfile.SYMTYPE, "/etc/passwd"),
        member("link", tarfile.SYMTYPE, "inside"),
        member("hard", tarfile.LNKTYPE, "/etc/passwd"),
        member("pipe", tarfile.FIFOTYPE),
        member("device", tarfile.CHRTYPE),
        member("block", tarfile.BLKTYPE),
    ],
    ids=lambda own: f"{own.name!r} {own.type!r}",
)
async def test_a_hostile_archive_is_refused_and_leaves_nothing(projects, store, bad, tmp_path):
    with pytest.raises(InvalidInput, match="the archive holds"):
        await projects.directory(None, store.put(archive(member("a.py"), bad)))
    assert list(projects._home.iterdir()) == []
    assert list((tmp_path / "outside").iterdir()) == []


@pytest.mark.parametrize(
    "data",
    [b"", b"no gzip", gzip.compress(b"no tar" * 1000), archive(member("a"))[:-9]],
    ids=["empty", "no gzip", "no tar", "cut"],
)
async def test_a_broken_archive_is_refused(projects, store, data):
    with pytest.raises(InvalidInput):
        await projects.directory(None, store.put(data))


async def test_two_files_of_one_name_are_refused(projects, store):
    with pytest.raises(InvalidInput):
        await projects.directory(None, store.put(archive(member("a.py"), member("a.py"))))


async def test_a_bomb_is_refused_before_it_is_unpacked(projects, store):
    bomb = archive(member("zeros"), data=bytes(100 << 20))
    assert len(bomb) < 200_000
    with pytest.raises(PayloadTooLarge, match="100 times"):
        await projects.directory(None, store.put(bomb))


async def test_too_many_files_are_refused(projects, store, monkeypatch):
    monkeypatch.setattr(pack, "MOST_FILES", 10)
    with pytest.raises(PayloadTooLarge):
        await projects.directory(None, store.put(archive(*(member(f"{own}.py") for own in range(11)))))


async def test_a_failed_fetch_is_tried_again_by_the_next_task(projects, store):
    data = archive(member("a.py"))
    reference = f"projects/{hashlib.sha256(data).hexdigest()}"
    with pytest.raises(KeyError):
        await projects.directory(None, reference)
    store.put(data)
    assert (await projects.directory(None, reference) / "a.py").exists()


def test_equal_projects_give_equal_bytes(tmp_path):
    for place in ("one", "two"):
        project = tmp_path / place / "shop"
        (project / "sub").mkdir(parents=True)
        (project / "sub" / "b.py").write_text("b")
        (project / "a.py").write_text("a")
    os.utime(tmp_path / "two" / "shop" / "a.py", (1, 1))
    assert pack.pack(tmp_path / "one" / "shop") == pack.pack(tmp_path / "two" / "shop")


async def test_an_unpacked_project_has_the_name_it_had_where_it_was_packed(projects, store, tmp_path):
    (tmp_path / "shop").mkdir()
    (tmp_path / "shop" / "a.py").write_text("a")
    assert (await projects.directory(None, store.put(pack.pack(tmp_path / "shop")))).name == "shop"


def test_caches_links_and_environments_stay_out_of_a_pack(tmp_path):
    for name in (
        ".git/config",
        "node_modules/x/a.js",
        "pkg/__pycache__/a.pyc",
        "mine/pyvenv.cfg",
        "pkg/a.py",
        "build/b",
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("x")
    (tmp_path / "link").symlink_to("/etc/passwd")
    with tarfile.open(fileobj=io.BytesIO(pack.pack(tmp_path))) as file:
        assert file.getnames() == [f"{tmp_path.name}/pkg/a.py"]


def test_files_that_are_not_read_are_named_with_a_reason(tmp_path):
    (tmp_path / "big.py").write_bytes(b"#" * (sources.MOST_BYTES + 1))
    (tmp_path / "out.py").symlink_to("/etc/hostname")
    (tmp_path / "in.py").symlink_to(tmp_path / "good.py")
    (tmp_path / "loop.py").symlink_to(tmp_path / "loop.py")
    (tmp_path / "good.py").write_text("x = 1\n")
    os.mkfifo(tmp_path / "pipe.py")
    (tmp_path / os.fsdecode(b"bad\xff.py")).write_text("x")
    found = sources.find(tmp_path)
    assert found.names == ["good.py"]
    reasons = {entry.path: entry.reason for entry in found.skipped}
    assert reasons["out.py"] == "a symbolic link that leads out"
    assert reasons["in.py"] == "a symbolic link"
    assert reasons["pipe.py"] == "not an ordinary file"
    assert reasons["big.py"] == "larger than 1 MB"
    assert reasons["bad?.py"] == "its name is not UTF-8"
    assert len(reasons) == 6


async def test_every_refusal_is_an_error_of_the_table(projects):
    for path, reference in (("/etc", None), (None, "x"), (None, None), ("a", "b")):
        with pytest.raises(RevoError) as caught:
            await projects.directory(path, reference)
        assert not caught.value.retryable
