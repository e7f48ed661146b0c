"""A query and its candidates to a table of features: one row a passage, one column a feature."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import numpy.typing as npt

from indexes.arrays import Scores
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

QUERY_FEATURES = ("library-wide", "asks: ")
"""What these names begin with is the same for all candidates: no feature, but something to multiply features with."""


def features(query: str, passages: Sequence[Passage], candidates: Candidates, *, lexicon: Lexicon) -> Columns:
    """Return every feature of the chosen candidates, whose passages these are, in their order; at least one."""
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
    return np.stack([_standardised(columns, name) for name in names], axis=1)


def _standardised(columns: Columns, name: str) -> Scores:
    name, _, factor = name.partition(" * ")
    values = np.asarray(columns[name], dtype=np.float64)
    deviation = float(values.std())
    scaled = (values - values.mean()) / deviation if deviation > 1e-9 else np.zeros(len(values))
    scaled = np.clip(scaled, -MOST_DEVIATIONS, MOST_DEVIATIONS)
    return np.asarray(scaled * (columns[factor] if factor else 1.0), dtype=np.float32)
