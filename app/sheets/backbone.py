"""The backbone of a sheet: for each facet, the places of this paper that speak of it, turned into questions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.sheets.candidates import Candidate, bounded_query
from app.sheets.cues import MIN_FIT, FacetCues, read_cues
from app.sheets.records import Facet
from app.sheets.statements import Statement, leans_on_context
from app.sheets.wording import Wordings
from indexes.records import Paper, PassageKind

ANCHORS_PER_FACET = 2
LEANING_PENALTY = 3
ABSTRACT_PENALTY = 2
"""The summary above the questions already holds the abstract; the body says more."""
RELATED_PENALTY = 4
EARLY_BONUS = 2.0
LATE_PENALTY = 4.0
"""What was missing before a paper is said before its middle, or in its related work."""

_EARLY = frozenset({Facet.PROBLEM, Facet.GAP, Facet.KEY_IDEA})
_LATE = frozenset({Facet.LIMITS, Facet.RESOURCES, Facet.MAIN_RESULT})
_OWN_WORK = frozenset(Facet) - {Facet.GAP, Facet.PROBLEM, Facet.BASELINES}
_OTHERS = re.compile(r"\brelated|previous work|prior work|関連研究|先行研究", re.IGNORECASE)
_OTHERS_CITED = re.compile(r"\bet al\b|^\[\d+\]|\[\d+\] (?:\w+ )?(?:propose|present|introduce|describe)", re.IGNORECASE)


def backbone_candidates(
    paper: Paper, statements: Sequence[Statement], *, wordings: Wordings, name: str | None
) -> dict[Facet, tuple[Candidate, ...]]:
    """Return for every backbone facet its questions, best place first, and one by the facet's general words.

    A statement is a facet's anchor once; facets choose in their order on the sheet.
    """
    taken: set[tuple[str, int]] = set()
    last = max((statement.passage.ordinal for statement in statements), default=0)
    planned = {}
    for turn, (facet, cues) in enumerate(read_cues(paper.language).facets.items()):
        questions = _rotated(wordings.of_facet(facet, name), by=_seed(paper) + turn)
        ranked = _ranked(facet, cues, statements, last=last)
        anchors = [(score, place) for score, place in ranked if (place.passage.passage_id, place.start) not in taken]
        anchors = anchors[:ANCHORS_PER_FACET]
        taken.update((place.passage.passage_id, place.start) for _, place in anchors)
        planned[facet] = (
            *(_candidate(facet, questions, place.text, place.passage.ordinal, score) for score, place in anchors),
            _candidate(facet, questions, f"{name or ''} {cues.query}".strip(), 0, 0.0),
        )
    return planned


def _candidate(facet: Facet, questions: tuple[str, ...], query: str, ordinal: int, score: float) -> Candidate:
    return Candidate(
        facet=facet,
        kind=facet.value,
        questions=questions,
        query=bounded_query(query),
        keep=(),
        ordinal=ordinal,
        score=score,
    )


def _ranked(
    facet: Facet, cues: FacetCues, statements: Sequence[Statement], *, last: int
) -> list[tuple[float, Statement]]:
    scored = []
    for statement in statements:
        fit = cues.fit(statement.text, statement.passage.section)
        if fit >= MIN_FIT:
            scored.append((fit + _bias(facet, statement, last=last), statement))
    scored.sort(key=lambda pair: (-pair[0], pair[1].passage.ordinal, pair[1].start))
    return [pair for pair in scored if pair[0] >= MIN_FIT]


def _bias(facet: Facet, statement: Statement, *, last: int) -> float:
    bias = 0.0
    if leans_on_context(statement.text):
        bias -= LEANING_PENALTY
    if statement.passage.kind is PassageKind.ABSTRACT:
        bias -= ABSTRACT_PENALTY
    others = _OTHERS.search(statement.passage.section) or _OTHERS_CITED.search(statement.text)
    if facet in _OWN_WORK and others:
        bias -= RELATED_PENALTY
    position = statement.passage.ordinal / last if last else 0.0
    if facet in _EARLY:
        bias += EARLY_BONUS * (1 - position) - LATE_PENALTY * (position > 0.5 and not others)
    elif facet in _LATE:
        bias += EARLY_BONUS * position
    return bias


def _seed(paper: Paper) -> int:
    return int(paper.content_sha256[:8], 16)


def _rotated(questions: tuple[str, ...], *, by: int) -> tuple[str, ...]:
    """Return the wordings, one of the first two (the named ones, where there is a name) in front."""
    return (questions[by % 2], *(question for at, question in enumerate(questions) if at != by % 2))
