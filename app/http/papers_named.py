"""Papers as requests name them, and the names that answers and hits give back."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from pydantic import Field, StringConstraints

from app.answering.records import Answer
from app.answering.titles import titles_of
from app.http.texts import Text
from app.schemas import AnswerOutput, HitOutput
from indexes.library import Library
from indexes.records import Hit

MAX_PAPER_IDS = 1000
MAX_NAME_CHARACTERS = 200  # of an id, a prefix, an arXiv id or a DOI

PaperName = Annotated[Text, StringConstraints(min_length=1, max_length=MAX_NAME_CHARACTERS)]
PaperNames = Annotated[list[PaperName], Field(min_length=1, max_length=MAX_PAPER_IDS)]


def resolve_papers(library: Library, names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the ids of the papers that a request names, each once; None where it names none.

    Raises:
        NotFound: one of them is not in the library.
        BadInput: one of them could be several papers.
    """
    return None if names is None else library.papers.resolve_all(names)


def hit_outputs(library: Library, hits: Sequence[Hit]) -> list[HitOutput]:
    """Return the JSON outputs of hits, with their papers' titles."""
    paper_ids = dict.fromkeys(hit.passage.paper_id for hit in hits)
    titles = {paper_id: library.papers.get(paper_id).paper.title for paper_id in paper_ids}
    return [HitOutput.of(hit, title=titles[hit.passage.paper_id]) for hit in hits]


def answer_output(library: Library, answer: Answer) -> AnswerOutput:
    """Return the JSON output of an answer."""
    return AnswerOutput.of(answer, titles=titles_of(library, answer))
