"""Whether a passage holds the kind of thing a question asks for: a number, a date, a name, a reason.

Only words beside the question's own count, above all in the sentence that matches best.
"""

from __future__ import annotations

import numpy as np

from indexes.arrays import Scores
from indexes.rerank.lexicon import WordKind
from indexes.rerank.matches import Ints, Matches
from indexes.rerank.query_words import QUESTION_KINDS, Mask
from indexes.rerank.wording import Columns

MOST_IN_SENTENCE = 3
MOST_IN_PASSAGE = 6


def answer_cues(found: Matches, best_sentence: Ints) -> Columns:
    """Return, for each kind of question, how much of what it asks for stands in the best sentence and the passage.

    Args:
        found: where the question's words stand.
        best_sentence: (n,) number of each passage's best sentence.

    Returns:
        columns of 0..1, all 0 for the kinds that this question is not; and the kinds themselves, 1 or 0 for all.
    """
    n = len(found.lengths)
    columns: Columns = {}
    for kind in QUESTION_KINDS:
        is_asked = 1.0 if kind in found.query.kinds else 0.0
        columns[f"asks: {kind}"] = np.full(n, is_asked, dtype=np.float32)
    for kind, answers in _answers(found).items():
        beside, within = _counted(found, answers, best_sentence) if kind in found.query.kinds else (0.0, 0.0)
        columns[f"{kind} in best sentence"] = np.zeros(n, dtype=np.float32) + beside
        columns[f"{kind} in passage"] = np.zeros(n, dtype=np.float32) + within
    is_number = "number" in found.query.kinds
    columns["unit in best sentence"] = np.zeros(n, dtype=np.float32)
    if is_number:
        columns["unit in best sentence"] = _counted(found, found.is_kind(WordKind.UNIT), best_sentence)[0]
    return columns


def _answers(found: Matches) -> dict[str, Mask]:
    """Return which words may answer each kind of question."""
    begins = np.ones(len(found.sentence), dtype=bool)
    begins[1:] = found.sentence[1:] != found.sentence[:-1]
    is_number = found.is_kind(WordKind.NUMBER)
    after_number = np.append(False, is_number[:-1])
    is_name = found.is_kind(WordKind.CAPITAL) & ~begins
    cause = found.is_kind(WordKind.CAUSE)
    return {
        "number": is_number,
        "date": found.is_kind(WordKind.YEAR | WordKind.MONTH),
        "duration": found.is_kind(WordKind.TIME) & after_number,
        "place": is_name,
        "person": is_name,
        "definition": found.is_kind(WordKind.COPULA),
        "reason": cause,
        "listing": found.is_kind(WordKind.LISTING),
        "name": is_name,
        "how": cause,
    }


def _counted(found: Matches, is_answer: Mask, best_sentence: Ints) -> tuple[Scores, Scores]:
    fresh = is_answer & (found.term < 0)
    by_sentence = np.bincount(found.sentence[fresh], minlength=len(found.sentence_passage))
    by_passage = np.bincount(found.passage[fresh], minlength=len(found.lengths))
    beside = np.minimum(by_sentence[best_sentence], MOST_IN_SENTENCE) / MOST_IN_SENTENCE
    within = np.minimum(by_passage, MOST_IN_PASSAGE) / MOST_IN_PASSAGE
    return np.asarray(beside, dtype=np.float32), np.asarray(within, dtype=np.float32)
