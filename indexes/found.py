"""What a search returns: the hits, how each came to its score, and how the query was understood."""

from __future__ import annotations

from dataclasses import dataclass

from indexes.records import Hit


@dataclass(frozen=True, slots=True)
class Understood:
    """How a query was read.

    Attributes:
        text: what was searched by words and by meaning: the query without the words that became a filter.
        filters: what every hit had to meet, each in words ("published since 2023").
        penalties: what lowers a hit, each in words ("says: survey").
        translated: terms that were put beside the query's own, in the papers' language, with their weights.
    """

    text: str
    filters: tuple[str, ...] = ()
    penalties: tuple[str, ...] = ()
    translated: tuple[tuple[str, float], ...] = ()


@dataclass(frozen=True, slots=True)
class Found:
    """Hits, best first, and how the query was understood."""

    hits: tuple[Hit, ...]
    understood: Understood
