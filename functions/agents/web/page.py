"""Take pages apart by selectolax, inside the sandbox: pages as JSON on stdin, their parts as JSON on stdout.

What a page says is data, whatever it looks like: nothing of it is run, and nothing of it is trusted.
"""

import base64
import codecs
import json
import re
import sys
from typing import Any
from urllib.parse import urljoin

from selectolax.lexbor import LexborHTMLParser, LexborNode

MOST_LINKS = 1000
MOST_TABLES = 50
MOST_ROWS = 1000
MOST_MATCHES = 1000
MOST_VALUE = 100_000

_META = re.compile(rb"<meta[^>]{0,200}?charset\s*=\s*[\"']?\s*([A-Za-z0-9_:.-]{1,40})", re.IGNORECASE)
_MARKS = ((codecs.BOM_UTF8, "utf-8"), (codecs.BOM_UTF16_LE, "utf-16-le"), (codecs.BOM_UTF16_BE, "utf-16-be"))
_NEVER = frozenset(("utf-7", "unicode-escape", "raw-unicode-escape", "idna", "punycode", "undefined"))
_UNSEEN = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
"""Marks that steer a terminal or turn the order of letters: nobody sees them, and they deceive."""
_SPACE = re.compile(r"[ \t\r\f\v]+")
_UNREAD = frozenset(("script", "style", "noscript", "template", "svg", "iframe", "head"))
_BLOCKS = frozenset((
    "p", "div", "br", "li", "tr", "h1", "h2", "h3", "h4", "h5", "h6", "section", "article", "header", "main",
    "footer", "aside", "nav", "ul", "ol", "table", "blockquote", "pre", "form", "dt", "dd", "figure", "hr",
))  # fmt: skip


def main() -> None:
    """Answer for each page in turn."""
    json.dump([taken_apart(own) for own in json.load(sys.stdin)], sys.stdout)


def taken_apart(question: dict[str, Any]) -> dict[str, Any]:
    """Title, text, fields, links, tables, metadata: those that are wanted."""
    if "html" in question:
        html, charset = question["html"], "utf-8"
    else:
        html, charset = decoded(base64.b64decode(question["body"]), question.get("charset", ""))
    if question["plain"]:
        return {
            "charset": charset,
            "title": "",
            "text": _UNSEEN.sub("", html)[: question["most_text"]],
            **cut(html, question),
        }
    tree = LexborHTMLParser(html)
    wanted = question["want"]
    base = urljoin(question["base"], attribute(tree.css_first("base[href]"), "href"))
    answer: dict[str, Any] = {"charset": charset, "title": text_of(tree.css_first("title"), 1000)}
    answer["fields"], answer["bad"] = fields(tree, question["fields"])
    if "links" in wanted:
        answer["links"] = links(tree, base)
    if "tables" in wanted:
        answer["tables"] = tables(tree)
    if "metadata" in wanted:
        answer["metadata"] = metadata(tree)
    if "text" in wanted:
        whole = readable(tree)
        answer["text"] = whole[: question["most_text"]]
        answer |= cut(whole, question)
    return answer


def cut(text: str, question: dict[str, Any]) -> dict[str, bool]:
    """Whether the text is longer than what is given of it."""
    return {"text_truncated": len(text) > question["most_text"]}


def decoded(body: bytes, declared: str) -> tuple[str, str]:
    """The text of a page and its charset: by its mark, the server's word, its own word, or by trying."""
    for mark, name in _MARKS:
        if body.startswith(mark):
            return body[len(mark) :].decode(name, "replace"), name.removesuffix("-le").removesuffix("-be")
    own = _META.search(body[:4096])
    for name in (declared, own[1].decode() if own else ""):
        known = lookup(name)
        if known:
            return body.decode(known, "replace"), known
    try:
        return body.decode(), "utf-8"
    except UnicodeDecodeError:
        return body.decode("cp1252", "replace"), "windows-1252"


def lookup(name: str) -> str:
    """The charset that is meant by a name, as the web reads it; empty for none."""
    try:
        found = codecs.lookup(name.strip().strip("\"'"))
    except (LookupError, ValueError):
        return ""
    # No public name tells text from bytes-to-bytes codecs.
    if not found._is_text_encoding or found.name.replace("_", "-") in _NEVER:  # noqa: SLF001
        return ""
    return "cp1252" if found.name in ("iso8859-1", "ascii") else found.name


def fields(tree: LexborHTMLParser, wanted: dict[str, Any]) -> tuple[dict[str, Any], dict[str, str]]:
    """What each selector finds, and the selectors that are none."""
    found: dict[str, Any] = {}
    bad: dict[str, str] = {}
    for name, field in wanted.items():
        try:
            nodes = tree.css(field["css"])[:MOST_MATCHES]
        except Exception as error:  # noqa: BLE001 - selectolax has no error of its own for this
            bad[name] = str(error)[:200] or "no selector"
            continue
        values = [
            text_of(node, MOST_VALUE)
            if not field["attr"]
            else (node.attributes.get(field["attr"]) or "")[:MOST_VALUE]
            for node in nodes
            if not field["attr"] or field["attr"] in node.attributes
        ]
        found[name] = values if field["all"] else (values[0] if values else None)
    return found, bad


def links(tree: LexborHTMLParser, base: str) -> list[dict[str, str]]:
    """Where the page leads, absolute, each address once."""
    found: dict[str, str] = {}
    for node in tree.css("a[href]"):
        try:
            url = urljoin(base, (node.attributes.get("href") or "").strip())
        except ValueError:
            continue
        if url.startswith(("http://", "https://")) and len(found) < MOST_LINKS:
            found.setdefault(url[:2000], text_of(node, 200))
    return [{"url": url, "text": text} for url, text in found.items()]


def tables(tree: LexborHTMLParser) -> list[list[list[str]]]:
    """Rows of cells."""
    return [
        [[text_of(cell, 2000) for cell in row.css("th, td")[:100]] for row in table.css("tr")[:MOST_ROWS]]
        for table in tree.css("table")[:MOST_TABLES]
    ]


def metadata(tree: LexborHTMLParser) -> dict[str, str]:
    """What the page says of itself: language, canonical address, meta names and properties."""
    found = {
        "lang": attribute(tree.css_first("html"), "lang"),
        "canonical": attribute(tree.css_first("link[rel=canonical]"), "href"),
    }
    for node in tree.css("meta[content]")[:200]:
        name = node.attributes.get("name") or node.attributes.get("property") or ""
        if name:
            found.setdefault(name[:100], (node.attributes.get("content") or "")[:2000])
    return {name: value for name, value in found.items() if value}


def readable(tree: LexborHTMLParser) -> str:
    """The text as a person reads it: lines where blocks are, nothing of scripts and styles."""
    pieces: list[str] = []
    node, down = tree.body, True
    while node is not None:
        inside = node.first_child if down and node.tag not in _UNREAD else None
        if node.tag == "-text" and down:
            pieces.append(node.text_content or "")
        elif node.tag in _BLOCKS:
            pieces.append("\n")
        elif node.tag in ("td", "th"):
            pieces.append("\t")
        if inside is not None:
            node = inside
        elif node.next is not None:
            node, down = node.next, True
        else:
            node, down = node.parent, False
    text = _UNSEEN.sub("", "".join(pieces).replace("\xa0", " "))
    lines = (_SPACE.sub(" ", line).strip() for line in text.split("\n"))
    return "\n".join(line for line in lines if line)


def text_of(node: LexborNode | None, most: int) -> str:
    """The text in a node on one line."""
    return " ".join(_UNSEEN.sub("", node.text(deep=True)).split())[:most] if node is not None else ""


def attribute(node: LexborNode | None, name: str) -> str:
    """An attribute of a node; empty for none."""
    return (node.attributes.get(name) or "").strip() if node is not None else ""


if __name__ == "__main__":
    main()
