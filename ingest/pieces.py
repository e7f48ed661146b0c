"""A sentence too long for the encoder's window to pieces: at clause marks, else between words, else anywhere."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

_CLAUSE_END = re.compile(r"[;:,](?=\s)|[、，；：]|\n")
_WORD_END = re.compile(r"\S(?=\s)")
_HEADROOM = 0.8
"""Pieces aim at this share of the budget, since the tokens of a sentence are not spread evenly over its characters."""


class Range(NamedTuple):
    """A slice of a text, with no space at its edges."""

    start: int
    end: int


def split_sentence(text: str, sentence: Range, *, tokens: int, budget: int) -> list[Range]:
    """Cut a sentence of so many tokens into consecutive pieces of about the budget or less."""
    target_chars = max(1, int((sentence.end - sentence.start) * budget * _HEADROOM / tokens))
    clauses = [found.end() for found in _CLAUSE_END.finditer(text, sentence.start, sentence.end)]
    words = [found.end() for found in _WORD_END.finditer(text, sentence.start, sentence.end)]
    pieces = []
    start, clause_at, word_at = sentence.start, 0, 0
    while sentence.end - start > target_chars:
        limit = start + target_chars
        clause_at = _last_before(clauses, clause_at, limit)
        word_at = _last_before(words, word_at, limit)
        cut = _cut(clauses, clause_at, start + target_chars // 2) or _cut(words, word_at, start) or limit
        pieces.append(Range(start, cut))
        start = cut
    pieces.append(Range(start, sentence.end))
    return [trimmed for piece in pieces if (trimmed := _trimmed(text, piece)).start < trimmed.end]


def halves(text: str, part: Range) -> list[Range]:
    """Cut a range in two near its middle, between words if it can be; a range of one character stays whole."""
    middle = (part.start + part.end) // 2
    if middle == part.start:
        return [part]
    spaces = [found.end() for found in _WORD_END.finditer(text, part.start, part.end)]
    cut = min(spaces, key=lambda place: abs(place - middle), default=middle)
    return [_trimmed(text, Range(part.start, cut)), _trimmed(text, Range(cut, part.end))]


def _last_before(places: Sequence[int], at: int, limit: int) -> int:
    """Return how many of the sorted places are at or before the limit, counting on from `at`."""
    while at < len(places) and places[at] <= limit:
        at += 1
    return at


def _cut(places: Sequence[int], count: int, after: int) -> int | None:
    return places[count - 1] if count and places[count - 1] > after else None


def _trimmed(text: str, part: Range) -> Range:
    piece = text[part.start : part.end]
    start = part.start + len(piece) - len(piece.lstrip())
    return Range(start, max(start, part.start + len(piece.rstrip())))
