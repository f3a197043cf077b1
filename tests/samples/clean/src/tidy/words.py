"""Words."""


def shout(text: str) -> str:
    """The text, loudly."""
    return text.upper()
