"""A file is one idea. Above 300 lines it is usually two, looking for names."""

LIMIT = 300
SOURCES = {".py", ".ts", ".tsx", ".sh"}

LONGER = {
    # path: why this one may be longer
    "subjects/errors.py": "one table: a class for each error code",
}


def test_no_source_file_is_longer_than_the_limit_without_a_reason(root, tracked):
    long = {}
    for path in tracked:
        name = path.relative_to(root).as_posix()
        if path.suffix in SOURCES and name not in LONGER:
            lines = len(path.read_text().splitlines())
            if lines > LIMIT:
                long[name] = lines
    assert not long, f"longer than {LIMIT} lines; split them, or name them in LONGER with a reason: {long}"


def test_every_exception_is_still_needed(root):
    idle = [name for name in LONGER if len((root / name).read_text().splitlines()) <= LIMIT]
    assert not idle
