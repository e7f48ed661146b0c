"""Hits that say the same, word for word or nearly (two versions of a paper, a reprint), to the best of them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from indexes.analysis import CJK_CHARACTERS
from indexes.records import Hit, PaperRole, role_of

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
    sizes: list[int] = []
    holders: dict[tuple[str, ...], list[int]] = {}
    for hit in hits:
        own = _shingles(hit.passage.text) if role_of(hit.passage) is PaperRole.PAPER else frozenset()
        shared = Counter(number for shingle in own for number in holders.get(shingle, ()))
        if any(_is_same(hit, kept[other], (len(own), sizes[other], count)) for other, count in shared.items()):
            continue
        if len(kept) == k:
            break
        for shingle in own:
            holders.setdefault(shingle, []).append(len(kept))
        sizes.append(len(own))
        kept.append(hit)
    return kept


def _is_same(hit: Hit, other: Hit, sizes: tuple[int, int, int]) -> bool:
    own, theirs, shared = sizes
    if hit.passage.paper_id == other.passage.paper_id or min(own, theirs) < MIN_SHINGLES:
        return False
    return shared >= MIN_OVERLAP * (own + theirs - shared)


def _shingles(text: str) -> Shingles:
    words = text.casefold().split() if text.isascii() else _WORD.findall(text.casefold())
    return frozenset(zip(*(words[start:] for start in range(SHINGLE_WORDS)), strict=False))
