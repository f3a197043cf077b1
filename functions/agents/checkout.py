"""A program of its own: the files of a git tree, written into the current directory.

Run as `python -I checkout.py` inside the sandbox. `git checkout` and `git archive` run the filters that a
repository's configuration names; blobs read one by one do not. Links and submodules are left out.
"""

import json
import os
import subprocess
import sys
from pathlib import Path, PurePosixPath

MOST_BYTES = 500 << 20
MOST_FILES = 50_000


def entries(listing: bytes) -> list[tuple[str, str, int]]:
    r"""Blob, path and mode of the ordinary files in the output of `ls-tree -r -z`.

    >>> entries(b"100644 blob ab\tpkg/a.py\x00120000 blob cd\tlink\x00160000 commit ef\tsub\x00")
    [('ab', 'pkg/a.py', 420)]
    """
    found: list[tuple[str, str, int]] = []
    for record in listing.split(b"\0"):
        head, tab, name = record.partition(b"\t")
        words = head.split()
        if not tab or len(words) != 3 or words[0] not in (b"100644", b"100755"):
            continue
        path = name.decode("utf-8", "surrogateescape")
        parts = PurePosixPath(path).parts
        if PurePosixPath(path).is_absolute() or ".." in parts or ".git" in parts:
            continue
        found.append((words[2].decode("ascii"), path, 0o755 if words[0] == b"100755" else 0o644))
    return found


def main() -> None:
    """Reads the question, writes the files."""
    question = json.load(sys.stdin)
    git: list[str] = question["git"]
    around = {**os.environ, **question["environment"]}
    listing = subprocess.run(
        [*git, "ls-tree", "-r", "-z", "--full-tree", question["tree"]],
        env=around,
        check=True,
        stdout=subprocess.PIPE,
    ).stdout
    files = entries(listing)
    if len(files) > MOST_FILES:
        sys.exit("too large: too many files")
    total = 0
    with subprocess.Popen(
        [*git, "cat-file", "--batch"], env=around, stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as reader:
        assert reader.stdin is not None
        assert reader.stdout is not None
        for blob, path, mode in files:
            reader.stdin.write(f"{blob}\n".encode())
            reader.stdin.flush()
            size = int(reader.stdout.readline().split()[2])
            total += size
            if total > MOST_BYTES:
                reader.kill()
                sys.exit("too large: too many bytes")
            data = reader.stdout.read(size)
            reader.stdout.read(1)
            place = Path(path)
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(data)
            place.chmod(mode)
        reader.stdin.close()


if __name__ == "__main__":
    main()
