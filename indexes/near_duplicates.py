"""Hits that say the same, word for word or nearly (two versions of a paper, a reprint), to the best of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import islice

from indexes.records import Hit, PaperRole, role_of

COMPARED_HITS = 50
"""Hits that are compared with each other; those beyond stay as they are."""

SHINGLE_WORDS = 4
MIN_OVERLAP = 0.8
"""Two passages are one when they share this part (Jaccard) of their runs of four words (Broder 1997, "On the
resemblance and containment of documents")."""

MIN_SHINGLES = 8
"""Shorter passages are never merged: short ones are alike by chance, a table's rows above all."""


def merged(hits: Sequence[Hit]) -> list[Hit]:
    """Return the hits without those of other papers that repeat a better one; ranks are given anew.

    A note's hit is left to `paper_first`, which prefers the paper's own passage; passages of one paper are all kept.
    """
    kept: list[tuple[Hit, frozenset[tuple[str, ...]]]] = []
    for hit in islice(hits, COMPARED_HITS):
        own = _shingles(hit.passage.text) if role_of(hit.passage) is PaperRole.PAPER else frozenset()
        if not any(_is_same(hit, own, other, theirs) for other, theirs in kept):
            kept.append((hit, own))
    remaining = [hit for hit, _ in kept] + list(hits[COMPARED_HITS:])
    return [replace(hit, rank=rank) for rank, hit in enumerate(remaining, start=1)]


def _is_same(hit: Hit, own: frozenset[tuple[str, ...]], other: Hit, theirs: frozenset[tuple[str, ...]]) -> bool:
    if hit.passage.paper_id == other.passage.paper_id or min(len(own), len(theirs)) < MIN_SHINGLES:
        return False
    if min(len(own), len(theirs)) < MIN_OVERLAP * max(len(own), len(theirs)):
        return False
    shared = len(own & theirs)
    return shared >= MIN_OVERLAP * (len(own) + len(theirs) - shared)


def _shingles(text: str) -> frozenset[tuple[str, ...]]:
    # Words as they stand: stemming fifty passages would cost more than the rest of a search.
    words = text.casefold().split()
    return frozenset(zip(*(words[start:] for start in range(SHINGLE_WORDS)), strict=False))
