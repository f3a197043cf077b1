"""Zip archives, unpacked without trusting a byte: neither the names, nor the sizes that they declare."""

import io
import stat
import zipfile
import zlib
from collections.abc import Callable
from pathlib import Path, PurePosixPath

from msgspec import Struct

from subjects.errors import InvalidInput, PayloadTooLarge

MARKS = (b"PK\x03\x04", b"PK\x05\x06")
"""How a zip file begins; the second is an empty one."""
_PIECE = 1 << 20
_KINDS = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)


class Most(Struct, frozen=True):
    """What an archive may grow to."""

    files: int
    bytes: int


def unzip(data: bytes, into: Path, most: Most) -> None:
    """The files of a zip below `into`; InvalidInput for anything but plain files."""
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            members = archive.infolist()
            if len(members) > most.files:
                raise PayloadTooLarge(f"the archive has more than {most.files} entries")
            if sum(member.file_size for member in members) > most.bytes:
                raise PayloadTooLarge(f"the archive grows to more than {most.bytes} bytes")
            left = most.bytes
            for member in members:
                left -= _extract(archive, member, into, left)
    except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, OverflowError) as error:
        raise InvalidInput(f"the archive cannot be read: {error}") from None


def safe(name: str) -> bool:
    r"""Whether a name stays below where it is put, on every system.

    >>> safe("a/b.py"), safe("../b"), safe("/b"), safe("a\\b"), safe("C:x"), safe("")
    (True, False, False, False, False, False)
    """
    place = PurePosixPath(name)
    odd = any(mark in name for mark in "\0\\:") or any(ord(mark) < 32 for mark in name)
    return bool(place.parts) and not place.is_absolute() and ".." not in place.parts and not odd


def _extract(archive: zipfile.ZipFile, member: zipfile.ZipInfo, into: Path, left: int) -> int:
    """Bytes that the member took."""
    # `filename` ends where a NUL was and has its separators changed; this is what stands in the file.
    name = member.orig_filename
    kind = stat.S_IFMT(member.external_attr >> 16)
    for wrong, said in (
        (not safe(name), "a name that leads out"),
        (kind not in (0, stat.S_IFREG, stat.S_IFDIR), "what is no plain file"),
        (member.flag_bits & 0x1, "an encrypted file"),
        (member.compress_type not in _KINDS, "a file that is packed in an unusual way"),
    ):
        if wrong:
            raise InvalidInput(f"the archive holds {said}: {name[:200]!r}")
    path = into / PurePosixPath(name)
    try:
        if member.is_dir():
            path.mkdir(parents=True, exist_ok=True)
            return 0
        path.parent.mkdir(parents=True, exist_ok=True)
        with archive.open(member) as source, path.open("xb") as file:
            return _copied(source.read, file.write, left)
    except (FileExistsError, NotADirectoryError, IsADirectoryError, OSError) as error:
        raise InvalidInput(
            f"the archive holds a file that cannot be made: {name[:200]!r} ({error})"
        ) from None


def _copied(read: Callable[[int], bytes], write: Callable[[bytes], int], left: int) -> int:
    total = 0
    while piece := read(_PIECE):
        total += len(piece)
        if total > left:
            raise PayloadTooLarge("the archive grows to more than it says")
        write(piece)
    return total
