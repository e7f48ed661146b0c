"""A query's terms and the translations of its words to the weight of each term in each field. Pure arithmetic.

How often a term occurs is asked of `Occurrences`; the index that counts and the query language are not known here.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence
from typing import Protocol

from indexes.analysis import pairs_of
from indexes.japanese.glossary import Alternative, Translation

FIELD_BOOSTS = {"text": 1.0, "pairs": 0.15, "title": 0.3, "section": 0.1}
"""What a match counts for in each field; `pairs` are neighbouring words of the text.

Chosen on COVID-QA and QASPER dev (bench/retrieval, trial on the same passages, 2026-11): pairs at 0 / .15 / .3 give an
MRR of .779 / .795 / .797 and .467 / .443 / .432: a gain on the 702 questions of the one, a loss on the 43 of the other.
Section at 0 to .5 changes them by .002 at most. The title is the same for all passages of a paper and tells papers
apart in a whole library only; its boost was not tuned.
"""

LOCALLY_RARE_FIELDS = frozenset({"text", "pairs"})

Weights = dict[tuple[str, str], float]
"""What a match of a term counts for, by field and term; all above 0."""


class Occurrences(Protocol):
    """Counts passages, in the scope of a query and in the whole index."""

    @property
    def is_scoped(self) -> bool:
        """Whether the query is of some papers only."""
        ...

    @property
    def held(self) -> int:
        """Passages in scope."""
        ...

    @property
    def documents(self) -> int:
        """Passages of the whole index, as its ranking counts them."""
        ...

    def everywhere(self, field: str, term: str) -> int:
        """Return how many passages of the index have the term."""
        ...

    def here(self, field: str, terms: Sequence[str]) -> int:
        """Return how many passages in scope have one of the terms at least."""
        ...


def term_weights(terms: Sequence[str], translations: Sequence[Translation], *, counts: Occurrences) -> Weights:
    """Return the weights of the query's own terms and of those that its words may mean.

    The index counts a term's passages over all it holds. Within a paper about cranes "crane" tells nothing; in text and
    pairs a weight is therefore multiplied by the ratio of the two inverse document frequencies. Without that the MRR on
    COVID-QA dev falls from .778 to .763.

    The translations of one word share one rarity, that of all together, so that a word with four does not outweigh one
    with one (ADR 21: .638 MRR on Japanese questions, .615 where each is weighed alone). A term that is there twice
    counts once, with the higher weight.
    """
    weights: Weights = {}
    for field, boost in FIELD_BOOSTS.items():
        for term in dict.fromkeys(pairs_of(terms) if field == "pairs" else terms):
            _put(weights, (field, term), boost * _rarity_ratio(field, term, counts))
    for translation in translations:
        for key, weight in _translated(translation, counts):
            _put(weights, key, weight)
    return weights


def rarity(containing: int, held: int) -> float:
    """Return BM25's inverse document frequency, as tantivy computes it."""
    return math.log(1 + (held - containing + 0.5) / (containing + 0.5))


def _translated(translation: Translation, counts: Occurrences) -> Iterator[tuple[tuple[str, str], float]]:
    together = counts.here("text", _terms_of(translation.alternatives))
    if not together:
        return
    shared = rarity(together, counts.held)
    for alternative in translation.alternatives:
        for term in alternative.terms:
            if counts.here("text", [term]):
                alone = rarity(counts.everywhere("text", term), counts.documents)
                yield ("text", term), FIELD_BOOSTS["text"] * alternative.weight * shared / alone
            yield ("title", term), FIELD_BOOSTS["title"] * alternative.weight
            yield ("section", term), FIELD_BOOSTS["section"] * alternative.weight
        for pair in pairs_of(alternative.terms):
            ratio = _rarity_ratio("pairs", pair, counts)
            yield ("pairs", pair), FIELD_BOOSTS["pairs"] * alternative.weight * ratio


def _terms_of(alternatives: Iterable[Alternative]) -> list[str]:
    return list(dict.fromkeys(term for alternative in alternatives for term in alternative.terms))


def _rarity_ratio(field: str, term: str, counts: Occurrences) -> float:
    """Return how much rarer the term is in scope than everywhere; 0 where the scope has none, 1 without a scope."""
    if not counts.is_scoped or field not in LOCALLY_RARE_FIELDS:
        return 1.0
    everywhere = counts.everywhere(field, term)
    here = counts.here(field, [term]) if everywhere else 0
    return rarity(here, counts.held) / rarity(everywhere, counts.documents) if here else 0.0


def _put(weights: Weights, key: tuple[str, str], weight: float) -> None:
    if weight > weights.get(key, 0.0):
        weights[key] = weight
