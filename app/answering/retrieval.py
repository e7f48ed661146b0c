"""A question and its scope to the hits that an answer may rest on, and those hits to numbered evidence."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from app.generators.protocol import Evidence, Task
from indexes.errors import BadInput
from indexes.library import Library
from indexes.records import Hit, HitSource, Passage, PassageKind
from indexes.search import search
from indexes.storage.rows import StoredPaper

_OPENING_SECTION = re.compile(
    r"abstract|introduction|conclusion|概要|要旨|はじめに|序論|まとめ|おわりに|結論", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Grounds:
    """What an answer may rest on: hits, best first, and by id the papers of the hits and of the context.

    The papers are as they were when retrieved: one that is removed while the answer is written takes nothing from it.
    """

    hits: tuple[Hit, ...]
    papers: Mapping[str, StoredPaper]

    @property
    def titles(self) -> dict[str, str]:
        """The title of each paper, by id."""
        return {paper_id: held.paper.title for paper_id, held in self.papers.items()}


def scope_of(library: Library, names: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the ids of the papers named, each once, in the order given; None stands for the whole library.

    Raises:
        NotFound: a name is no paper's.
        BadInput: a name stands for several papers, or none is named.
    """
    if names is None:
        return None
    if not names:
        raise BadInput(
            "no paper is named: paper_ids is empty", hint="Name a paper, or leave paper_ids out for all papers."
        )
    return library.papers.resolve_all(names)


def retrieve(library: Library, query: str, *, task: Task, k: int, paper_ids: tuple[str, ...] | None) -> tuple[Hit, ...]:
    """Return up to k hits, best first; for a one-line or a summary the paper's opening passages instead of a search.

    Raises:
        BadInput: a one-line or a summary is asked for, and the scope is not one paper.
    """
    if task is Task.ANSWER:
        return search(library, query, k=k, paper_ids=paper_ids).hits
    if paper_ids is None or len(paper_ids) != 1:
        count = "the whole library" if paper_ids is None else f"{len(paper_ids)} papers"
        raise BadInput(f"a {task} is of one paper, and {count} is named", hint="Name one paper.")
    return opening_hits(library.papers.passages(paper_ids[0]), k=k)


def opening_hits(passages: Sequence[Passage], *, k: int) -> tuple[Hit, ...]:
    """Return up to k passages that say what a paper is about: its abstract, then introduction and conclusion."""
    ranked = sorted(passages, key=_opening_rank)[:k]
    return tuple(
        Hit(passage=passage, score=1.0 / rank, rank=rank, source=HitSource.FUSED)
        for rank, passage in enumerate(ranked, start=1)
    )


def grounds_of(library: Library, hits: Sequence[Hit], context: Sequence[Passage]) -> Grounds:
    """Return the hits whose papers are there, ranked anew: one may have been removed since it was found."""
    passages = [*context, *(hit.passage for hit in hits)]
    papers = library.papers.held(tuple({passage.paper_id for passage in passages}))
    there = [hit for hit in hits if hit.passage.paper_id in papers]
    return Grounds(tuple(replace(hit, rank=rank) for rank, hit in enumerate(there, start=1)), papers)


def evidence_of(grounds: Grounds) -> tuple[Evidence, ...]:
    """Return the hits numbered from 1, each with its paper's title."""
    titles = grounds.titles
    return tuple(
        Evidence(number=number, passage=hit.passage, title=titles[hit.passage.paper_id], score=hit.score)
        for number, hit in enumerate(grounds.hits, start=1)
    )


def behind_context(
    grounds: Grounds, evidence: Sequence[Evidence], context: Sequence[Passage]
) -> tuple[tuple[Evidence, ...], tuple[int, ...]]:
    """Return the context's passages and, behind them, the evidence that is none of them, numbered anew from 1.

    Passages of a context whose paper is no longer there are left out.

    Returns:
        the numbered pieces, and the numbers of `evidence` among them, in its order.
    """
    titles = grounds.titles
    shared = [passage for passage in context if passage.paper_id in titles]
    scores = {piece.passage.passage_id: piece.score for piece in evidence}
    in_context = {passage.passage_id for passage in shared}
    rest = [piece.passage for piece in evidence if piece.passage.passage_id not in in_context]
    pieces = tuple(
        Evidence(number, passage, titles[passage.paper_id], scores.get(passage.passage_id, 0.0))
        for number, passage in enumerate([*shared, *rest], start=1)
    )
    numbers = {piece.passage.passage_id: piece.number for piece in pieces}
    return pieces, tuple(numbers[piece.passage.passage_id] for piece in evidence)


def _opening_rank(passage: Passage) -> tuple[int, int]:
    if passage.kind is PassageKind.ABSTRACT:
        return (0, passage.ordinal)
    if passage.kind is PassageKind.TABLE or passage.kind is PassageKind.CAPTION:
        return (3, passage.ordinal)
    return (1 if _OPENING_SECTION.search(passage.section) else 2, passage.ordinal)
