"""A query to the words that are looked for: its own terms, what Japanese words mean in English, and that in words."""

from __future__ import annotations

from dataclasses import dataclass

from indexes.analysis import terms_of
from indexes.japanese.glossary import Translation, english_words, translated_terms
from indexes.japanese.glossing import has_japanese


@dataclass(frozen=True, slots=True)
class Wording:
    """How a query can be said.

    `terms` are the query's own, `translations` what its Japanese words may mean; `english` is the query where it has no
    Japanese, else its words in English, as far as the glossary goes.
    """

    text: str
    terms: tuple[str, ...]
    translations: tuple[Translation, ...]
    english: str

    def translated(self) -> tuple[tuple[str, float], ...]:
        """Return the terms that translations add, with their weights, in the order of the query."""
        added: dict[str, float] = {}
        for translation in self.translations:
            for alternative in translation.alternatives:
                words = " ".join(alternative.terms)
                added[words] = max(alternative.weight, added.get(words, 0.0))
        return tuple(added.items())


def wording_of(query: str) -> Wording:
    """Read a query, in any language; only Japanese is translated."""
    if not has_japanese(query):
        return Wording(query, tuple(terms_of(query)), (), query)
    return Wording(query, tuple(terms_of(query)), translated_terms(query), english_words(query) or query)
