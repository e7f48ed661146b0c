"""The text that a claim cites, read once for all checks: its terms, numbers, and the window nearest to the claim."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.answering.languages import language_of
from app.answering.numbers import Number, folded, numbers_in
from app.answering.units import WORD_NUMBERS
from app.generators.extractive.terms import content_terms
from indexes.sentences import sentence_spans


@dataclass(frozen=True, slots=True)
class EvidenceText:
    """`window` is the sentence (or two neighbours) that shares most with the claim.

    `coverage` and `window_coverage` are the shares of the claim's terms in all the text and in the window.
    """

    texts: tuple[str, ...]
    joined: str
    numbers: tuple[Number, ...]
    terms: frozenset[str]
    coverage: float
    window: str
    window_coverage: float
    is_same_language: bool


def read_evidence(claim: str, passages: Sequence[str]) -> EvidenceText:
    """Read the cited passages with a claim in mind."""
    joined = folded("\n\n".join(passages))
    terms = frozenset(content_terms(joined))
    wanted = claim_terms(claim)
    window, window_coverage = _nearest_window(wanted, passages)
    return EvidenceText(
        texts=tuple(passages),
        joined=joined,
        numbers=numbers_in(joined),
        terms=terms,
        coverage=_share(wanted, terms),
        window=window,
        window_coverage=window_coverage,
        is_same_language=language_of(claim) is language_of(joined),
    )


def claim_terms(claim: str) -> frozenset[str]:
    """Return the claim's content terms without its numbers, which have a check of their own."""
    return frozenset(term for term in content_terms(claim) if not term.isdigit() and term not in WORD_NUMBERS)


def _share(wanted: frozenset[str], terms: frozenset[str]) -> float:
    return len(wanted & terms) / len(wanted) if wanted else 1.0


def _nearest_window(wanted: frozenset[str], passages: Sequence[str]) -> tuple[str, float]:
    """Return the best single sentence, or two neighbours where they share clearly more."""
    best, best_share = "", 0.0
    for passage in passages:
        sentences = [passage[start:end] for start, end in sentence_spans(passage)]
        terms = [frozenset(content_terms(sentence)) for sentence in sentences]
        for index, sentence in enumerate(sentences):
            share = _share(wanted, terms[index])
            if share > best_share:
                best, best_share = sentence, share
    return best, best_share
