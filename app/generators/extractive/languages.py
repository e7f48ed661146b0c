"""Candidate sentences to those in the question's language, where these can answer at all."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.generators.extractive.candidates import Candidate
from app.generators.extractive.scoring import covered_terms, share_of, term_weights

MIN_SHARE_OF_OTHER = 0.5
"""Sentences of the question's language are dropped where another language's best covers more than twice as much: a
Japanese question about one English paper, in a library with Japanese papers about something else."""

_KANA = re.compile(r"[\u3041-\u3096\u30a1-\u30fa]")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
MIN_CJK = 0.2


def in_language_of(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates of the question's language; those of the other one where there is nothing else to say."""
    is_asked_in_japanese = is_japanese(question)
    same = tuple(one for one in candidates if is_japanese(one.text) is is_asked_in_japanese)
    other = tuple(one for one in candidates if is_japanese(one.text) is not is_asked_in_japanese)
    if not same or not other:
        return same or other
    weights = term_weights(question, candidates)
    same_best, other_best = (
        max(share_of(weights, covered_terms(weights, one.text)) for one in pool) for pool in (same, other)
    )
    return same if same_best >= MIN_SHARE_OF_OTHER * other_best else other


def is_japanese(text: str) -> bool:
    """Say whether the text is Japanese: kana, or at least a fifth of Chinese characters."""
    return _KANA.search(text) is not None or len(_CJK.findall(text)) > MIN_CJK * len(text)
