"""Text to the tokens of BERT, as its authors cut it: words, signs, then the longest known pieces.

>>> pieces = WordPiece(["[PAD]", "[UNK]", "[CLS]", "[SEP]", "un", "##seen", "!", "cafe"])
>>> pieces.ids("Unseen! CAFÉ xyz", 16)
[2, 4, 5, 6, 7, 1, 3]
"""

import functools
import unicodedata
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Self

LONGEST = 100
"""Characters of a word above which it is unknown."""


class WordPiece:
    """A vocabulary of pieces, lower case, without accents."""

    def __init__(self, vocabulary: Sequence[str]) -> None:
        self._known = {piece: number for number, piece in enumerate(vocabulary)}
        self._unknown, self._first, self._last = (self._known[mark] for mark in ("[UNK]", "[CLS]", "[SEP]"))
        self._cached = functools.lru_cache(20_000)(self._pieces)

    @classmethod
    def load(cls, file: Path) -> Self:
        """The vocabulary of a `vocab.txt`, a piece a line."""
        return cls(file.read_text("utf-8").split("\n"))

    def ids(self, text: str, most: int) -> list[int]:
        """The numbers of the tokens, the two marks included; at most `most`, the rest of the text is cut."""
        found = [self._first]
        for word in _split(text):
            found.extend(self._cached(word))
            if len(found) >= most - 1:
                break
        return [*found[: most - 1], self._last]

    def _pieces(self, word: str) -> tuple[int, ...]:
        if len(word) > LONGEST:
            return (self._unknown,)
        found, start = [], 0
        while start < len(word):
            head = "##" if start else ""
            for end in range(len(word), start, -1):
                number = self._known.get(head + word[start:end])
                if number is not None:
                    found.append(number)
                    start = end
                    break
            else:
                return (self._unknown,)
        return tuple(found)


def _split(text: str) -> Iterator[str]:
    word = ""
    for sign in unicodedata.normalize("NFD", text.lower()):
        kind = unicodedata.category(sign)
        if kind == "Mn" or (kind in ("Cc", "Cf") and not sign.isspace()):
            continue
        alone = _punctuation(sign, kind) or _ideograph(sign)
        if sign.isspace() or alone:
            if word:
                yield word
            word = ""
            if alone:
                yield sign
        else:
            word += sign
    if word:
        yield word


def _punctuation(sign: str, kind: str) -> bool:
    # To BERT every sign of ASCII that is neither letter nor digit is punctuation, the symbols too.
    return kind.startswith("P") or (
        sign.isascii() and not sign.isalnum() and sign.isprintable() and sign != " "
    )


def _ideograph(sign: str) -> bool:
    code = ord(sign)
    return 0x4E00 <= code <= 0x9FFF or 0x3400 <= code <= 0x4DBF or 0x20000 <= code <= 0x2FA1F
