"""Projects come as zip files too, which lie about names, kinds and sizes more easily than a tar does."""

import io
import zipfile

import pytest

from functions.adapters import pack
from subjects.errors import InvalidInput, PayloadTooLarge


def zipped(*names, data=b"", mode=0o100644):
    plain = io.BytesIO()
    with zipfile.ZipFile(plain, "w", zipfile.ZIP_DEFLATED) as file:
        for name in names:
            info = zipfile.ZipInfo("x")
            info.filename = name
            info.external_attr, info.compress_type = mode << 16, zipfile.ZIP_DEFLATED
            file.writestr(info, b"" if name.endswith("/") else data)
    return plain.getvalue()


def changed(data, at, value):
    """A zip of which one field of the directory at its end is another."""
    found = bytearray(data)
    head = found.rindex(b"PK\x01\x02")
    found[head + at : head + at + len(value)] = value
    return bytes(found)


ONE = zipped("a.py", data=b"x" * 1000)


@pytest.fixture
def into(tmp_path):
    (tmp_path / "below").mkdir()
    yield tmp_path / "below"
    assert [own.name for own in tmp_path.iterdir()] == ["below"]


def test_a_zip_is_a_project_like_a_tar(into):
    pack.unpack(zipped("shop/", "shop/a.py", "shop/sub/b.py", data=b"x = 1"), into)
    assert pack.top(into).name == "shop"
    assert (into / "shop" / "sub" / "b.py").read_bytes() == b"x = 1"


@pytest.mark.parametrize(
    "name", ["/etc/x", "../x", "a/../../x", "a\\..\\x", "C:x", "a\x00.py", "..", "a\n.py"], ids=repr
)
def test_a_name_that_leads_out_is_refused_not_mended(into, name):
    with pytest.raises(InvalidInput, match="a name that leads out"):
        pack.unpack(zipped("a.py", name), into)


@pytest.mark.parametrize("mode", [0o120777, 0o010644, 0o020644, 0o060644, 0o140644], ids=oct)
def test_a_link_or_a_device_is_refused(into, mode):
    with pytest.raises(InvalidInput, match="no plain file"):
        pack.unpack(zipped("a", data=b"/etc/passwd", mode=mode), into)


@pytest.mark.filterwarnings("ignore:Duplicate name")
@pytest.mark.parametrize("names", [("a.py", "a.py"), ("a", "a/b"), ("a/b", "a")], ids=str)
def test_two_files_in_one_place_are_refused(into, names):
    with pytest.raises(InvalidInput, match="cannot be made"):
        pack.unpack(zipped(*names), into)


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (changed(ONE, 8, b"\x01\x00"), "encrypted"),
        (changed(ONE, 10, b"\x0e\x00"), "unusual way"),
        (changed(ONE, 16, b"\0\0\0\0"), "cannot be read"),
        (changed(ONE, 42, b"\xff\xff\xff\x7f"), "cannot be read"),
        (ONE[:-9], "cannot be read"),
        (b"PK\x03\x04" + b"\0" * 100, "cannot be read"),
    ],
    ids=["encrypted", "lzma", "wrong sum", "points beyond its end", "cut", "no directory"],
)
def test_what_is_not_what_it_says_is_refused(into, data, said):
    with pytest.raises(InvalidInput, match=said):
        pack.unpack(data, into)


BOMB = zipped("zeros", data=bytes(30 << 20))


@pytest.mark.parametrize("declared", [None, b"\x0a\0\0\0"], ids=["honest", "says that it is small"])
def test_a_bomb_is_refused_whatever_size_it_declares(into, declared):
    with pytest.raises((PayloadTooLarge, InvalidInput)):
        pack.unpack(BOMB if declared is None else changed(BOMB, 24, declared), into)
    assert sum(own.stat().st_size for own in into.iterdir()) < 100


def test_too_many_files_are_refused(into, monkeypatch):
    monkeypatch.setattr(pack, "MOST_FILES", 10)
    with pytest.raises(PayloadTooLarge):
        pack.unpack(zipped(*(f"{own}.py" for own in range(11))), into)
