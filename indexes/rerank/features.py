"""A query and its candidates to a table of features: one row a passage, one column a feature."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import numpy.typing as npt

from indexes.fusion import normalised
from indexes.records import Passage
from indexes.rerank.answer_cues import answer_cues
from indexes.rerank.lexicon import Lexicon
from indexes.rerank.matches import matches
from indexes.rerank.places import places
from indexes.rerank.signals import Candidates, signals
from indexes.rerank.wording import Columns, closeness, coverage, definitions, sentences

MOST_DEVIATIONS = 6.0
"""A feature is cut at so many standard deviations from the mean of its query's candidates."""

LEAST_DEVIATION = 1e-9
"""Below it the candidates are alike, and what is left is rounding."""

QUERY_FEATURES = ("library-wide", "asks: ")
"""What these names begin with is the same for all candidates: no feature, but something to multiply features with."""


def features(query: str, passages: Sequence[Passage], candidates: Candidates, *, lexicon: Lexicon) -> Columns:
    """Return every feature of the chosen candidates, whose passages these are, in their order; at least one.

    OpenBLAS now and then flags an invalid value in a product that has none (its kernels read past short rows): 702
    searches that gave the warning gave the same figures without.
    """
    with np.errstate(invalid="ignore"):
        return _features(query, passages, candidates, lexicon)


def _features(query: str, passages: Sequence[Passage], candidates: Candidates, lexicon: Lexicon) -> Columns:
    found = matches(query, [passage.text for passage in passages], lexicon)
    by_sentence, best = sentences(found)
    told = definitions(found)
    scores = signals(candidates)
    sentence_with_pieces = by_sentence["best sentence by length"] * normalised(scores["pieces"])
    asked = 1.0 if "definition" in found.query.kinds else 0.0
    return {
        **scores,
        "best sentence with pieces": sentence_with_pieces,
        **coverage(found),
        **by_sentence,
        **closeness(found),
        **told,
        **{f"{name}, asked": column * asked for name, column in told.items()},
        **answer_cues(found, best),
        **places(passages, query, found),
    }


def standardised(columns: Columns, names: Sequence[str]) -> npt.NDArray[np.float32]:
    """Return the named features (n, f), each with mean 0 and deviation 1 over the candidates; 0 where all are equal.

    Within one query only differences between candidates count; that also makes queries of unlike scales comparable. A
    name "a * b" is feature a, standardised, times query feature b.
    """
    held = _layout(tuple(names))
    values = np.array([columns[name] for name in held.features], dtype=np.float64)
    deviation = values.std(axis=1, keepdims=True)
    values -= values.mean(axis=1, keepdims=True)
    np.divide(values, deviation, out=values, where=deviation > LEAST_DEVIATION)
    values[(deviation <= LEAST_DEVIATION)[:, 0]] = 0.0
    np.clip(values, -MOST_DEVIATIONS, MOST_DEVIATIONS, out=values)
    told = values[held.places]
    for place, factor in held.factors:
        told[place] *= columns[factor]
    return np.ascontiguousarray(told.T, dtype=np.float32)


@dataclass(frozen=True, slots=True)
class _Layout:
    """Names taken apart: the distinct features, each name's place among them, and which names have which factor."""

    features: tuple[str, ...]
    places: npt.NDArray[np.int64]
    factors: tuple[tuple[int, str], ...]


@lru_cache(maxsize=16)
def _layout(names: tuple[str, ...]) -> _Layout:
    parts = [name.partition(" * ") for name in names]
    distinct = {name: place for place, name in enumerate(dict.fromkeys(name for name, _, _ in parts))}
    places = np.array([distinct[name] for name, _, _ in parts], dtype=np.int64)
    return _Layout(tuple(distinct), places, tuple((place, each[2]) for place, each in enumerate(parts) if each[2]))
