"""The titles of the papers that an answer's hits come from."""

from __future__ import annotations

from app.answering.records import Answer
from indexes.library import Library


def titles_of(library: Library, answer: Answer) -> dict[str, str]:
    """Return the title of every paper among the answer's hits, by paper id."""
    paper_ids = {hit.passage.paper_id for hit in answer.hits}
    return {paper_id: library.papers.get(paper_id).paper.title for paper_id in sorted(paper_ids)}
