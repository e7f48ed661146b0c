"""Titles and abstracts with JATS, MathML or HTML in them, to plain text, in one pass over the tags."""

from __future__ import annotations

import re
from html import unescape

from ingest.characters import storable

LONGEST_MARKUP = 200_000
"""Characters of a title or abstract that are read; the longest abstracts have some thousands."""

_TAG = re.compile(
    r"<(?P<end>/?)(?:[A-Za-z][\w.-]{0,40}:)?(?P<name>[A-Za-z][\w.-]{0,40})"
    r"(?:\s+[\w:.-]+\s*=\s*(?:\"[^\"<>]*\"|'[^'<>]*'))*\s*(?P<empty>/?)>"
)
_BREAKING = frozenset(
    ["p", "title", "sec", "list", "list-item", "div", "br", "label", "disp-formula", "ul", "ol", "li", "h1", "h2", "h3"]
)
_SILENT = frozenset(["tex-math", "annotation", "annotation-xml", "script", "style"])
"""Elements that say once more what stands beside them (a formula in TeX), or nothing to a reader."""
_ESCAPED = re.compile(r"&(?:amp|lt|gt|quot|apos|nbsp|#\d{1,6}|#x[0-9a-fA-F]{1,6});")
_HEADING = re.compile(r"\s*(?:Abstract|Summary|概要|抄録|要旨)\s*[:：.]?\s*(?:\n|$)", re.IGNORECASE)


def plain_text(markup: str) -> str:
    """Return the text of a piece of markup; blocks end in a newline, what only looks like a tag stays."""
    markup = storable(markup[:LONGEST_MARKUP])
    parts: list[str] = []
    silent, last = 0, 0
    for tag in _TAG.finditer(markup):
        if not silent:
            parts.append(markup[last : tag.start()])
        last = tag.end()
        name = tag["name"].lower()
        if name in _SILENT and not tag["empty"]:
            silent = max(0, silent - 1) if tag["end"] else silent + 1
        elif name in _BREAKING:
            parts.append("\n")
    if not silent:
        parts.append(markup[last:])
    text = unescape("".join(parts))
    text = unescape(text) if _ESCAPED.search(text) else text
    lines = (" ".join(line.split()) for line in storable(text).split("\n"))
    return "\n".join(line for line in lines if line)


def plain_line(markup: str) -> str:
    """Return the text of a title or name: one line."""
    return " ".join(plain_text(markup).split())


def plain_abstract(markup: str) -> str:
    """Return an abstract's text without its own heading."""
    return _HEADING.sub("", plain_text(markup), count=1).strip()
