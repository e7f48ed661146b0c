"""Lines into the text of a block: hyphens mended, Japanese joined without spaces, and every line's place kept."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from ingest.document import Line
from ingest.pdf.geometry import Frame
from ingest.pdf.lettering import HYPHEN_AT_LINE_END, is_cjk
from ingest.pdf.lines import TextLine

_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*")
_LAST_WORD = re.compile(r"[^\W\d_]+(?:[-‐][^\W\d_]+)*$")
_FIRST_WORD = re.compile(r"^[^\W\d_]+")
_HYPHENS = (HYPHEN_AT_LINE_END, "-", "‐")


def vocabulary_of(lines: Iterable[TextLine]) -> frozenset[str]:
    """Return the words, hyphenated ones too, that stand whole within a line."""
    words: set[str] = set()
    for line in lines:
        text = line.text
        if text.endswith(_HYPHENS):
            text = text[: text.rfind(" ") + 1]
        words.update(_WORD.findall(text))
    return frozenset(word.casefold() for word in words)


def join_lines(
    lines: Sequence[TextLine], *, vocabulary: frozenset[str], frames: Sequence[Frame]
) -> tuple[str, tuple[Line, ...]]:
    """Return the block's text and where each line stands in it.

    Args:
        lines: in reading order.
        vocabulary: from `vocabulary_of`; decides between "wellknown" and "well-known" at a line's end.
        frames: one a page, to place boxes on the pages as shown.
    """
    text = ""
    placed: list[Line] = []
    for position, line in enumerate(lines):
        following = lines[position + 1].text if position + 1 < len(lines) else ""
        words, separator = _line_end(line.text, following, vocabulary)
        if words:
            start = len(text)
            text += words
            placed.append(Line(start, len(text), line.page, frames[line.page - 1].show(line.box)))
        if following:
            text += separator
    return text, tuple(placed)


def plain_text(lines: Sequence[TextLine]) -> str:
    """Return the text of a title or heading, whose broken words are always one word."""
    text = ""
    for position, line in enumerate(lines):
        following = lines[position + 1].text if position + 1 < len(lines) else ""
        words, separator = _line_end(line.text, following, frozenset())
        text += words + (separator if following else "")
    return text


def _line_end(text: str, following: str, vocabulary: frozenset[str]) -> tuple[str, str]:
    """Return the line's text as it stands inside the block, and what separates it from the next line."""
    if text.endswith(_HYPHENS) and len(text) > 1 and following:
        stem = text[:-1]
        before, after = _LAST_WORD.search(stem), _FIRST_WORD.match(following)
        if before and after:
            return (stem, "") if _is_one_word(before[0], after[0], vocabulary) else (stem + "-", "")
        if stem[-1:].isalnum() and following[0].isalnum():
            return stem + "-", ""
    text = text.replace(HYPHEN_AT_LINE_END, "-")
    if text and following and is_cjk(text[-1]) and is_cjk(following[0]):
        return text, ""
    return text, " "


def _is_one_word(before: str, after: str, vocabulary: frozenset[str]) -> bool:
    if (before + after).casefold() in vocabulary:
        return True
    if f"{before}-{after}".casefold() in vocabulary or "-" in before:
        return False
    return after[0].islower()
