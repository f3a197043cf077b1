"""Which revoagent this is. The number stands in pyproject.toml and nowhere else."""

import importlib.metadata


def version() -> str:
    """The version that is installed, or a word for a checkout that is not.

    >>> bool(version())
    True
    """
    try:
        return importlib.metadata.version("revoagent")
    except importlib.metadata.PackageNotFoundError:
        return "0+sources"
