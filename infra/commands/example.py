"""The example that stands under `--help` of every command."""


def example(*lines: str) -> str:
    r"""Command lines as click shows them when it is told (by \b) not to fill paragraphs.

    >>> example("revo up").splitlines()[1:]
    ['For example:', '  revo up']
    """
    return "\b\nFor example:\n" + "\n".join(f"  {line}" for line in lines)
