"""Links and emphasis carried through the readers as marks in the text, so that a line keeps them when it is cut out.

The marks are characters that the page itself does not use; a page that uses every set of them gives no links.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import NamedTuple

_SETS = ("⸤⸥⸢⸣⸦⸧⸨", "⦃⦄⦅⦆⦇⦈⦉", "⟬⟭⟮⟯⧘⧙⧚")
_ADDRESS = re.compile(r"https?://[^\s<>\"'()（）【】「」、。，⸤⸥⸢⸣]{3,500}")

_MAX_LEAD_CHARS = 12


class Link(NamedTuple):
    """An address and the text that leads to it ("" where the address itself is the text)."""

    text: str
    url: str


@dataclass(frozen=True, slots=True)
class Marks:
    """Seven characters: around a link's text, around its address, around emphasised text, and for a line break."""

    text_start: str
    text_end: str
    url_start: str
    url_end: str
    strong_start: str
    strong_end: str
    line_end: str

    def around_url(self, url: str) -> str:
        """Return what closes a link's text and states its address."""
        return f"{self.text_end}{self.url_start}{''.join(url.split())}{self.url_end}"


class Unmarked(NamedTuple):
    """A line without marks: its links in order, and the emphasised text that it begins with ("" if none)."""

    text: str
    links: tuple[Link, ...]
    strong: str


def marks_for(text: str) -> Marks | None:
    """Return marks that do not occur in the text; None where each set does."""
    for characters in _SETS:
        if not any(character in text for character in characters):
            return Marks(*characters)
    return None


def unmarked(line: str, marks: Marks | None, *, lead: re.Pattern[str]) -> Unmarked:
    """Take the marks out of a line; `lead` matches the enumeration that may stand before emphasised text."""
    if marks is None:
        return Unmarked(line, _bare_links(line, ()), "")
    links: list[Link] = []
    text: list[str] = []
    opened: int | None = None
    strong_from: int | None = None
    strong, at = "", 0
    while at < len(line):
        character = line[at]
        at += 1
        if character == marks.text_start:
            opened = len(text)
        elif character == marks.url_start:
            end = line.find(marks.url_end, at)
            url = line[at : end if end >= 0 else len(line)]
            at = len(line) if end < 0 else end + 1
            shown = "".join(text[opened:]) if opened is not None else ""
            links.append(Link(" ".join(shown.split()), url))
            opened = None
        elif character == marks.strong_start:
            if not strong and len(text) <= _MAX_LEAD_CHARS and _is_lead("".join(text), lead):
                strong_from = len(text)
        elif character == marks.strong_end:
            if strong_from is not None:
                strong, strong_from = "".join(text[strong_from:]).strip(), None
        elif character not in (marks.text_end, marks.url_end):
            text.append(character)
    plain = "".join(text)
    return Unmarked(plain, (*links, *_bare_links(plain, links)), strong)


def _is_lead(before: str, lead: re.Pattern[str]) -> bool:
    return not before.strip(" -*") or lead.fullmatch(before) is not None


def _bare_links(text: str, known: Sequence[Link]) -> tuple[Link, ...]:
    """Return the addresses that stand in the text itself."""
    urls = {link.url for link in known}
    found = (match.group().rstrip(".,;:!?…") for match in _ADDRESS.finditer(text))
    return tuple(Link("", url) for url in dict.fromkeys(found) if url not in urls)
