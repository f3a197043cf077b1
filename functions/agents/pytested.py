"""A program of its own: pytest over the current directory, with the paths of PYTHONPATH.

Run as `python -I pytested.py [options]` inside the sandbox. Plugins that are announced but not there, as
those of an editable install are in a sandbox, are left out.
"""

import importlib.util
import os
import sys
from importlib import metadata


def unseen() -> list[str]:
    """The options that leave them out."""
    found: list[str] = []
    for own in metadata.entry_points(group="pytest11"):
        try:
            there = importlib.util.find_spec(own.module) is not None
        except ImportError:
            there = False
        found += [] if there else ["-p", f"no:{own.name}"]
    return found


def main() -> None:
    """Runs the tests."""
    import pytest  # noqa: PLC0415 - the paths come first

    sys.path[:0] = [path for path in os.environ.get("PYTHONPATH", "").split(":") if path]
    sys.exit(int(pytest.main([*unseen(), "-p", "no:cacheprovider", *sys.argv[1:]])))


if __name__ == "__main__":
    main()
