"""YAML that every reader reads alike: built from data, and quoted wherever two readers could differ."""

import re
from collections.abc import Iterable
from typing import Any

import yaml

_PLAIN = re.compile(r"[A-Za-z/][A-Za-z0-9_./@-]*\Z")
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))


class _Dumper(yaml.SafeDumper):
    """Lists are indented below their key; nothing is shared between two places."""

    def ignore_aliases(self, data: object) -> bool:
        del data
        return True

    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:  # noqa: FBT001, FBT002
        del indentless
        super().increase_indent(flow, False)


def _string(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    plain = _PLAIN.match(text) and text.lower() not in _WORDS
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=None if plain else '"')


_Dumper.add_representer(str, _string)


def written(documents: Iterable[dict[str, Any]]) -> str:
    r"""Documents as YAML.

    >>> written([{"a": "yes", "b": ["1e3", "x: y\n#z"], "c": 1}])
    'a: "yes"\nb:\n  - "1e3"\n  - "x: y\\n#z"\nc: 1\n'
    """
    return "---\n".join(
        yaml.dump(own, Dumper=_Dumper, sort_keys=False, width=1000, allow_unicode=True) for own in documents
    )
