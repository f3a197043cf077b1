"""Projects as archives: packed the same way every time, unpacked without trusting a byte."""

import gzip
import io
import os
import shutil
import stat
import tarfile
import zlib
from pathlib import Path, PurePosixPath

from functions import sources
from functions.adapters import unzip
from functions.adapters.unzip import Most
from subjects.errors import InvalidInput, PayloadTooLarge

MOST_BYTES = 200 << 20
"""Bytes of all files together."""
MOST_FILES = 50_000
MOST_RATIO = 100
"""Unpacked bytes for each packed one; a bomb has thousands."""
FREE_BYTES = 1 << 20
"""Below this the ratio does not matter."""


def pack(directory: Path) -> bytes:
    """A tar.gz of the project's files below a directory of its name: equal projects give equal bytes.

    Links and caches stay out.
    """
    top = directory.resolve().name or "project"
    plain = io.BytesIO()
    total = 0
    with tarfile.open(fileobj=plain, mode="w", format=tarfile.PAX_FORMAT) as archive:
        for number, entry in enumerate(own for own in sources.walk(directory, MOST_BYTES) if not own.reason):
            total += entry.size
            if total > MOST_BYTES or number >= MOST_FILES:
                raise PayloadTooLarge(
                    f"{directory.name}: a packed project has at most {MOST_FILES} files, {_size()}"
                )
            _add(archive, directory, entry.path, f"{top}/{entry.path}")
    return gzip.compress(plain.getvalue(), compresslevel=6, mtime=0)


def unpack(data: bytes, into: Path) -> None:
    """The files of a tar.gz or zip, below the directory `into`; InvalidInput for anything but plain files."""
    if data.startswith(unzip.MARKS):
        return unzip.unzip(data, into, Most(MOST_FILES, _most(data)))
    plain = _inflated(data)
    try:
        with tarfile.open(fileobj=io.BytesIO(plain), mode="r:") as archive:
            for number, member in enumerate(archive):
                if number >= MOST_FILES:
                    raise PayloadTooLarge(f"the archive has more than {MOST_FILES} entries")
                _extract(archive, member, into)
    except tarfile.TarError as error:
        raise InvalidInput(f"the archive cannot be read: {error}") from None
    return None


def top(directory: Path) -> Path:
    """The project in an unpacked archive: the one directory at its top, else all of it."""
    inside = list(directory.iterdir())
    return inside[0] if len(inside) == 1 and inside[0].is_dir() else directory


def _most(data: bytes) -> int:
    return min(MOST_BYTES, max(FREE_BYTES, len(data) * MOST_RATIO))


def _size() -> str:
    return f"{MOST_BYTES >> 20} MB"


def _add(archive: tarfile.TarFile, directory: Path, name: str, stored: str) -> None:
    handle = os.open(directory / name, os.O_RDONLY | os.O_NOFOLLOW)
    with os.fdopen(handle, "rb") as file:
        data = file.read(MOST_BYTES + 1)
        executable = os.fstat(file.fileno()).st_mode & stat.S_IXUSR
    info = tarfile.TarInfo(stored)
    info.size = len(data)
    info.mode = 0o755 if executable else 0o644
    archive.addfile(info, io.BytesIO(data))


def _inflated(data: bytes) -> bytes:
    """The archive without its compression; stopped as soon as it grows beyond the limits."""
    most = min(MOST_BYTES + MOST_FILES * 1024, max(FREE_BYTES, len(data) * MOST_RATIO))
    stream = zlib.decompressobj(wbits=31)
    try:
        plain = stream.decompress(data, most)
    except zlib.error as error:
        raise InvalidInput(f"the archive is neither gzip nor zip: {error}") from None
    if stream.unconsumed_tail:
        raise PayloadTooLarge(f"the archive grows to more than {_size()}, or {MOST_RATIO} times its size")
    if not stream.eof:
        raise InvalidInput("the archive ends too early")
    if stream.unused_data:
        raise InvalidInput("the archive has something after its end")
    return plain


def _extract(archive: tarfile.TarFile, member: tarfile.TarInfo, into: Path) -> None:
    place = PurePosixPath(member.name)
    safe = (
        not place.is_absolute()
        and ".." not in place.parts
        and "\0" not in member.name
        and "\\" not in member.name
    )
    if not safe or member.sparse is not None or not (member.isreg() or member.isdir()):
        kind = "a name that leads out" if not safe else "what is no plain file"
        raise InvalidInput(f"the archive holds {kind}: {member.name[:200]!r}")
    try:
        member = tarfile.data_filter(member, str(into))
        path = into / place
        if member.isdir():
            path.mkdir(parents=True, exist_ok=True)
            return
        path.parent.mkdir(parents=True, exist_ok=True)
        source = archive.extractfile(member)
        assert source is not None
        with path.open("xb") as file:
            shutil.copyfileobj(source, file)
    except (tarfile.FilterError, FileExistsError, NotADirectoryError, ValueError) as error:
        raise InvalidInput(
            f"the archive holds a file that cannot be made: {member.name[:200]!r} ({error})"
        ) from None
