"""Japanese text to the words of a list that cover it best. What the words mean is not known here.

Japanese is written without spaces, so a word can be found across the border of two others (東京都 holds 京都). All
ways to cover the text are compared by dynamic programming: as few letters outside words as possible, then few and long
words.
"""

from __future__ import annotations

import re
from collections.abc import Container, Sequence
from itertools import groupby

Span = tuple[int, int]
"""Start and end of a word in the text; the end is past its last letter."""

HAN, KATAKANA, HIRAGANA = "han", "katakana", "hiragana"

UNCOVERED_COST = {HAN: 3.0, KATAKANA: 3.0, HIRAGANA: 1.0}
AFFIX_COST = 1.0
WORD_COST = 1.5
"""A word of two hiragana is cheaper than two letters outside words, one of a single hiragana is not."""

SURE_KATAKANA = 4
"""Shorter katakana words are believed only where the whole run of katakana is words: アリ (ant) is not in アリゾナ."""

AFFIXES = frozenset("的性化者等用内上中別間時々付系版毎各側元事物為我私皆彼何")
"""Characters that form words from words, or stand for no more than "thing" and "what"; uncovered, they are no gap."""

_SCRIPTS = (
    (HAN, re.compile(r"[\u3005\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff]")),
    (KATAKANA, re.compile(r"[\u30a1-\u30fa\u30fc-\u30ff\u31f0-\u31ff]")),
    (HIRAGANA, re.compile(r"[\u3041-\u309f]")),
)
_LONG_MARK = "ー"


def covering(text: str, words: Container[str], *, longest: int) -> tuple[Span, ...]:
    """Return the words that cover `text` best, in order and without overlap.

    Args:
        text: normalised as the words are.
        words: what may be found.
        longest: letters of the longest word.

    Returns:
        spans of words; short ones that are but a part of an unknown word are left out.
    """
    scripts = [script_of(letter) for letter in text]
    costs, starts = [(0.0, 0)], [0]
    for end, letter in enumerate(text, start=1):
        cost, squares = costs[-1]
        best, start = (cost + _outside(letter, scripts[end - 1]), squares), end
        for begin in range(max(0, end - longest), end):
            if scripts[begin] and text[begin:end] in words:
                cost, squares = costs[begin]
                best, start = min((best, start), ((cost + WORD_COST, squares - (end - begin) ** 2), begin))
        costs.append(best)
        starts.append(start)
    spans = _traced(starts)
    holes = _holes(text, scripts, spans)
    unknown = _unknown_katakana(scripts, holes)
    return tuple(span for span in spans if not _is_part_of_unknown(span, scripts, holes, unknown=unknown))


def script_of(letter: str) -> str:
    """Return han, katakana or hiragana; empty for any other letter."""
    return next((name for name, pattern in _SCRIPTS if pattern.match(letter)), "")


def _outside(letter: str, script: str) -> float:
    """Return what it costs to leave a letter outside words; a long mark after a word is a matter of spelling."""
    if letter == _LONG_MARK:
        return 0.0
    return AFFIX_COST if letter in AFFIXES else UNCOVERED_COST.get(script, 0.0)


def _traced(starts: Sequence[int]) -> list[Span]:
    spans, end = [], len(starts) - 1
    while end > 0:
        start = starts[end]
        if start < end:
            spans.append((start, end))
        end = min(start, end - 1)
    return spans[::-1]


def _holes(text: str, scripts: Sequence[str], spans: Sequence[Span]) -> set[int]:
    covered = {place for start, end in spans for place in range(start, end)}
    return {
        place
        for place, letter in enumerate(text)
        if place not in covered and scripts[place] in (HAN, KATAKANA) and letter not in AFFIXES and letter != _LONG_MARK
    }


def _is_part_of_unknown(span: Span, scripts: Sequence[str], holes: set[int], *, unknown: set[int]) -> bool:
    """Return whether a short word touches letters of its own script that no word covers."""
    start, end = span
    script = scripts[start]
    if any(scripts[place] != script for place in range(start, end)):
        return False
    if script == HAN and end - start == 1:
        return any(place in holes and scripts[place] == HAN for place in (start - 1, end))
    return script == KATAKANA and end - start < SURE_KATAKANA and start in unknown


def _unknown_katakana(scripts: Sequence[str], holes: set[int]) -> set[int]:
    """Return the places of the unbroken runs of katakana that hold a hole."""
    unknown: set[int] = set()
    for script, run in groupby(range(len(scripts)), key=scripts.__getitem__):
        places = list(run)
        if script == KATAKANA and not holes.isdisjoint(places):
            unknown.update(places)
    return unknown
