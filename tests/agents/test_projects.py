"""Directories are given below the roots only, and archives are unpacked without trusting a byte."""

import gzip
import hashlib
import io
import os
import tarfile
import zipfile

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


def zipped(*members, data=b"", mode=0o100644):
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as file:
        for own in members:
            info = zipfile.ZipInfo("x")
            info.filename = own.name
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            file.writestr(info, b"" if own.name.endswith("/") else data)
    return plain.getvalue()


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


@pytest.mark.parametrize("packed", [archive, zipped])
@pytest.mark.filterwarnings("ignore:Duplicate name")
async def test_two_files_of_one_name_are_refused(projects, store, packed):
    with pytest.raises(InvalidInput):
        await projects.directory(None, store.put(packed(member("a.py"), member("a.py"))))


async def test_a_zip_is_a_project_like_a_tar(projects, store):
    place = await projects.directory(
        None, store.put(zipped(member("shop/"), member("shop/a.py"), data=b"x = 1"))
    )
    assert (place.name, (place / "a.py").read_bytes()) == ("shop", b"x = 1")


@pytest.mark.parametrize(
    "name", ["/etc/x", "../x", "a/../../x", "a\\..\\x", "C:x", "a\x00.py", "..", "a\n.py"], ids=repr
)
async def test_a_name_in_a_zip_that_leads_out_is_refused_not_mended(projects, store, name):
    with pytest.raises(InvalidInput, match="a name that leads out"):
        await projects.directory(None, store.put(zipped(member("a.py"), member(name))))
    assert list(projects._home.iterdir()) == []


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140644])
async def test_a_zip_with_a_link_or_a_device_is_refused(projects, store, mode):
    with pytest.raises(InvalidInput, match="no plain file"):
        await projects.directory(None, store.put(zipped(member("a"), data=b"/etc/passwd", mode=mode)))


def broken(at, value):
    """A zip of one file of which one field of the directory at its end is changed."""
    data = bytearray(zipped(member("a.py"), data=b"x" * 1000))
    head = data.rindex(b"PK\x01\x02")
    data[head + at : head + at + len(value)] = value
    return bytes(data)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (broken(8, b"\x01\x00"), "encrypted"),
        (broken(10, b"\x0e\x00"), "unusual way"),
        (broken(16, b"\0\0\0\0"), "cannot be read"),
        (zipped(member("a.py"))[:-9], "cannot be read"),
        (b"PK\x03\x04" + b"\0" * 100, "cannot be read"),
    ],
    ids=["encrypted", "lzma", "wrong sum", "cut", "no directory"],
)
async def test_a_zip_that_is_not_what_it_says_is_refused(projects, store, data, said):
    with pytest.raises(InvalidInput, match=said):
        await projects.directory(None, store.put(data))


@pytest.mark.parametrize("declared", [None, b"\x0a\0\0\0"], ids=["honest", "says that it is small"])
async def test_a_zip_bomb_is_refused_whatever_size_it_declares(projects, store, declared):
    bomb = bytearray(zipped(member("zeros"), data=bytes(100 << 20)))
    if declared is not None:
        head = bomb.rindex(b"PK\x01\x02")
        bomb[head + 24 : head + 28] = declared
    with pytest.raises((PayloadTooLarge, InvalidInput)):
        await projects.directory(None, store.put(bytes(bomb)))
    assert list(projects._home.iterdir()) == []


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
