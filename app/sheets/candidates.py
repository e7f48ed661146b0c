"""A candidate question: its wordings, what to search for it, and what an answer has to quote."""

from __future__ import annotations

from dataclasses import dataclass

from app.sheets.records import Facet

MAX_QUERY_LENGTH = 600


@dataclass(frozen=True, slots=True)
class Candidate:
    """A question that may enter a sheet.

    `questions` are wordings of the same question, best first. `query` is searched, in the paper's own language. A kept
    answer's quotes hold every text of `keep`, come from `section` where one is named, and fit the cues of a
    backbone facet by `min_fit`. `kind` is the facet's value or the
    kind of detail; wordings of one kind are used once a sheet. `ordinal` is the passage it was born from.
    """

    facet: Facet
    kind: str
    questions: tuple[str, ...]
    query: str
    keep: tuple[str, ...]
    ordinal: int
    score: float
    section: str | None = None
    min_fit: int = 0


def bounded_query(*parts: str) -> str:
    """Return the parts joined by spaces, cut at a word to `MAX_QUERY_LENGTH` characters."""
    query = " ".join(part for part in parts if part)
    if len(query) <= MAX_QUERY_LENGTH:
        return query
    head, _, _ = query[:MAX_QUERY_LENGTH].rpartition(" ")
    return head or query[:MAX_QUERY_LENGTH]
