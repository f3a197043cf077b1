"""Which version the documents are of: that of the checkout they are written into."""

import tomllib
from pathlib import Path


def version() -> str:
    """The number in pyproject.toml, whatever is installed."""
    metadata = tomllib.loads((Path(__file__).parents[2] / "pyproject.toml").read_text())
    return str(metadata["project"]["version"])
