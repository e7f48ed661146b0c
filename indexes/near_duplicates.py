"""Hits that say the same, word for word or nearly (two versions of a paper, a reprint), to the best of them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

from indexes.analysis import CJK_CHARACTERS
from indexes.records import Hit, PaperRole, Passage, role_of

COMPARED_HITS = 50
"""Hits that are compared with each other; those beyond stay as they are."""

SHINGLE_WORDS = 4
MIN_OVERLAP = 0.8
"""Two passages are one when they share this part (Jaccard) of their runs of four words (Broder 1997, "On the
resemblance and containment of documents")."""

MIN_SHINGLES = 8
"""Shorter passages are never merged: short ones are alike by chance, a table's rows above all."""

_WORD = re.compile(rf"[{CJK_CHARACTERS}]|[^\W_{CJK_CHARACTERS}]+")

Shingles = frozenset[tuple[str, ...]]


def merged(hits: Sequence[Hit], *, k: int) -> list[Hit]:
    """Return the k best hits without those of other papers that repeat a better one; ranks are given anew.

    A note's hit is left to `paper_first`, which prefers the paper's own passage; passages of one paper are all kept.
    """
    if len({hit.passage.paper_id for hit in hits[:COMPARED_HITS]}) > 1:
        hits = [*_distinct(hits[:COMPARED_HITS], k), *hits[COMPARED_HITS:]]
    return [replace(hit, rank=rank) for rank, hit in enumerate(hits[:k], start=1)]


def _distinct(hits: Sequence[Hit], k: int) -> list[Hit]:
    """Return the first k hits that say what none before them says."""
    kept: list[Hit] = []
    said: list[_Said] = []
    for hit in hits:
        own = _Said(hit.passage)
        if role_of(hit.passage) is PaperRole.PAPER:
            if any(own.is_said_by(other) for other in said):
                continue
            said.append(own)
        if len(kept) == k:
            break
        kept.append(hit)
    return kept


class _Said:
    """What a passage says: its words, and its runs of words once they are asked for."""

    def __init__(self, passage: Passage) -> None:
        text = passage.text.casefold()
        self._paper_id = passage.paper_id
        self._words = text.split() if text.isascii() else _WORD.findall(text)
        self._distinct = set(self._words)

    @cached_property
    def _shingles(self) -> Shingles:
        return frozenset(zip(*(self._words[start:] for start in range(SHINGLE_WORDS)), strict=False))

    def is_said_by(self, other: _Said) -> bool:
        """Return whether a passage of another paper says the same."""
        if self._paper_id == other._paper_id or not self._may_share_runs(other):
            return False
        own, theirs = len(self._shingles), len(other._shingles)
        shared = len(self._shingles & other._shingles)
        return min(own, theirs) >= MIN_SHINGLES and shared >= MIN_OVERLAP * (own + theirs - shared)

    def _may_share_runs(self, other: _Said) -> bool:
        """Return whether so many words are shared that enough runs of them can be.

        A word that the other does not have makes at least one run that it does not have, the one that ends with the
        word's first occurrence; the first `SHINGLE_WORDS - 1` words end none. There are at most as many runs as words.
        """
        alone = len(self._distinct) - len(self._distinct & other._distinct) - (SHINGLE_WORDS - 1)
        return alone <= (1 - MIN_OVERLAP) * len(self._words)
