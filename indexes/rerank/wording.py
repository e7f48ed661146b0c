"""How well a passage's words cover a query's: in the passage, in its best sentence, in a row, close together."""

from __future__ import annotations

from itertools import pairwise

import numpy as np

from indexes.arrays import Scores
from indexes.rerank.lexicon import WordKind
from indexes.rerank.matches import Ints, Matches, best_in_passage

Columns = dict[str, Scores]
"""Features of n passages by name, each (n,)."""

SATURATION = 1.2
LENGTH_SHARE = 0.75
"""BM25's k1 and b, as tantivy has them."""

MOST_REPEATED = 8
"""Pairs of words that a passage can repeat and be given credit for."""

CLOSE_WORDS = 4
"""Two words so near each other count as the query's own pair."""


def coverage(found: Matches) -> Columns:
    """Return how much of the query stands anywhere in each passage."""
    content = found.query.has_content.astype(np.float32)
    named = found.query.is_named.astype(np.float32)
    weight, total = found.weight, found.total
    typical = np.median(weight[found.query.has_content]) if content.any() else 0.0
    rare = weight * (weight >= typical)
    length = found.lengths / found.lengths.mean()
    norm = SATURATION * (1 - LENGTH_SHARE + LENGTH_SHARE * length[:, None])
    share = found.holds @ content / max(float(content.sum()), 1.0)
    return {
        "coverage": share,
        "coverage by rarity": found.holds @ weight / total,
        "coverage alike": np.maximum(found.holds, 0.7 * found.is_alike) @ weight / total,
        "coverage of rare": found.holds @ rare / max(float(rare.sum()), 1e-6),
        "coverage of names": found.holds @ named / max(float(named.sum()), 1.0),
        "covers all": (share >= 0.999).astype(np.float32),
        "frequency here": (found.counts * (SATURATION + 1) / (found.counts + norm)) @ weight / total,
        "occurrences": np.log1p(found.counts @ content),
    }


def sentences(found: Matches) -> tuple[Columns, Ints]:
    """Return how much of the query stands in one, two or three sentences of each passage, and its best sentence."""
    n, owner, weight, total = len(found.lengths), found.sentence_passage, found.weight, found.total
    covered = found.says @ weight / total
    lengths = np.bincount(found.sentence, minlength=len(owner))
    dense = covered / (0.6 + 0.4 * np.sqrt(lengths / lengths.mean()))
    two, three = found.says.copy(), found.says.copy()
    follows = owner[1:] == owner[:-1]
    two[:-1][follows] = np.maximum(two[:-1], found.says[1:])[follows]
    three[: len(two)] = two
    reach = owner[2:] == owner[:-2]
    three[:-2][reach] = np.maximum(two[:-2], found.says[2:])[reach]
    best = np.zeros(n, dtype=np.int64)
    order = np.argsort(dense, kind="stable")
    best[owner[order]] = order
    first = np.searchsorted(owner, np.arange(n))
    count = np.bincount(owner, minlength=n)
    others = covered.copy()
    top = best_in_passage(covered, owner, n)
    others[best] = 0.0
    whole = found.holds @ weight / total
    columns = {
        "best sentence": top,
        "best sentence by length": best_in_passage(dense, owner, n),
        "second sentence": best_in_passage(others, owner, n),
        "two sentences": best_in_passage(two @ weight / total, owner, n),
        "three sentences": best_in_passage(three @ weight / total, owner, n),
        "sentence at": (best - first) / np.maximum(count, 1),
        "in one sentence": np.divide(top, whole, out=np.zeros(n, dtype=np.float32), where=whole > 0),
    }
    return columns, best


def closeness(found: Matches) -> Columns:
    """Return how close the query's words stand, in its order, and for how long a passage repeats it literally."""
    n = len(found.lengths)
    at = np.flatnonzero((found.term >= 0) & np.append(found.query.has_content, False)[found.term])
    first = np.ones(n, dtype=np.float32)
    np.minimum.at(first, found.passage[at], (at - found.starts[found.passage[at]]) / found.lengths[found.passage[at]])
    a, b = at[:-1], at[1:]
    beside = (found.passage[a] == found.passage[b]) & (found.term[a] != found.term[b])
    a, b = a[beside], b[beside]
    gap = (b - a).astype(np.float32)
    pulled = np.minimum(found.weight[found.term[a]], found.weight[found.term[b]]) / gap**1.5
    near = np.bincount(found.passage[a], weights=pulled, minlength=n)
    return {
        "first match": first,
        "closeness": np.log1p(near) / np.log1p(found.total),
        "pairs in order": _pairs(found, a[gap <= CLOSE_WORDS], b[gap <= CLOSE_WORDS]),
        **_runs(found),
    }


def _pairs(found: Matches, a: Ints, b: Ints) -> Scores:
    """Return the share of the query's neighbouring words of content that stand close by, in order."""
    content = [place for place in found.query.order if found.query.has_content[place]]
    wanted = list(dict.fromkeys(pairwise(content)))
    if not wanted:
        return np.zeros(len(found.lengths), dtype=np.float32)
    number = np.full((len(found.weight), len(found.weight)), -1)
    for place, pair in enumerate(wanted):
        number[pair] = place
    weights = np.array([min(found.weight[one], found.weight[two]) for one, two in wanted], dtype=np.float32)
    held = np.zeros((len(found.lengths), len(wanted)), dtype=np.float32)
    which = number[found.term[a], found.term[b]]
    held[found.passage[a][which >= 0], which[which >= 0]] = 1.0
    return np.asarray(held @ weights / max(float(weights.sum()), 1e-6), dtype=np.float32)


def _runs(found: Matches) -> Columns:
    """Return how many words follow each other as in the query, in all and in the longest run."""
    n, order, terms = len(found.lengths), found.query.order, len(found.weight)
    follows = np.zeros((terms + 1, terms + 1), dtype=bool)
    follows[list(order[:-1]), list(order[1:])] = True
    is_pair = follows[found.term[:-1], found.term[1:]] & (found.passage[:-1] == found.passage[1:])
    is_pair &= (found.term[:-1] >= 0) & (found.term[1:] >= 0)
    places = np.arange(1, len(is_pair) + 1)
    broken = np.maximum.accumulate(np.where(is_pair, 0, places)) if len(places) else places
    longest = best_in_passage((places - broken).astype(np.float32), found.passage[1:], n)
    every = np.bincount(found.passage[1:][is_pair], minlength=n)
    most = max(len(order) - 1, 1)
    return {
        "repeated words": np.asarray(np.minimum(every, MOST_REPEATED) / most, dtype=np.float32),
        "longest repeat": np.asarray(longest / most, dtype=np.float32),
    }


def definitions(found: Matches) -> Columns:
    """Return whether the query's rarest words are followed by "is", or stand at brackets as a short form does."""
    n = len(found.lengths)
    bar = 0.5 * float(found.weight.max(initial=0.0))
    weight = np.append(found.weight, 0.0)[found.term]
    strong = np.flatnonzero((found.term >= 0) & (weight >= bar) & (weight > 0))
    told, short = np.zeros(n, dtype=np.float32), np.zeros(n, dtype=np.float32)
    is_copula, is_open = found.is_kind(WordKind.COPULA), found.is_kind(WordKind.OPENING)
    for step, marks, worth, column in (
        (1, is_copula, 1.0, told),
        (2, is_copula, 1.0, told),
        (-1, is_open, 1.0, short),
        (1, is_open, 0.7, short),
    ):
        beside = strong + step
        inside = (beside >= 0) & (beside < len(marks))
        here, there = strong[inside], beside[inside]
        hit = marks[there] & (found.passage[here] == found.passage[there])
        np.maximum.at(column, found.passage[here[hit]], worth)
    return {"told what it is": told, "beside brackets": short}
