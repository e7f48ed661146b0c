"""How near the nearest passage comes to a query in meaning: an absolute number, where search scores are relative."""

from __future__ import annotations

from collections.abc import Sequence

from indexes.candidates import may_encode
from indexes.library import Library


def nearness(library: Library, query: str, *, paper_ids: Sequence[str] | None = None) -> float | None:
    """Return the highest cosine of the query with a passage in scope.

    None where the encoder cannot judge the query (an English-only one and Japanese text) or the scope is empty.
    """
    if not may_encode(library.encoder, query):
        return None
    vector = library.encoder.encode_queries([query])
    allowed = None if paper_ids is None else library.log.rows_of_papers(paper_ids)
    with library.vectors.current() as index:
        rows, scores = index.search(vector, k=1, allowed=allowed)
    return float(scores[0]) if len(rows) else None
