"""The backbone of a sheet: for each facet, the places of this paper that speak of it, turned into questions."""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.sheets.candidates import Candidate, bounded_query
from app.sheets.cues import FALLBACK_FIT, MIN_FIT, FacetCues, read_cues
from app.sheets.records import Facet
from app.sheets.statements import Statement, leans_on_context, with_next
from app.sheets.wording import Wordings
from indexes.records import Paper, PassageKind

ANCHORS_PER_FACET = 2
LEANING_PENALTY = 3
OWN_WORK_BONUS = 2
"""For a sentence that names the paper's own thing, or speaks of the authors' work."""
ABSTRACT_PENALTY = 2
"""The summary above the questions already holds the abstract; the body says more."""
LONG_BODY = 12
"""Statements outside the abstract from which on that is so; a note of a few sentences has nothing else to quote."""
RELATED_PENALTY = 4
EARLY_BONUS = 2.0
LATE_PENALTY = 4.0
"""What was missing before a paper is said before its middle, or in its related work."""

_EARLY = frozenset({Facet.PROBLEM, Facet.GAP, Facet.KEY_IDEA, Facet.MECHANISM})
_BEFORE_THE_MIDDLE = frozenset({Facet.PROBLEM, Facet.GAP})
_OURS = re.compile(r"\b(?:we|our|this (?:paper|work|study|article))\b|本(?:研究|論文|稿)|提案手法", re.IGNORECASE)
_LATE = frozenset({Facet.LIMITS, Facet.RESOURCES, Facet.MAIN_RESULT})
_OWN_WORK = frozenset(Facet) - {Facet.GAP, Facet.PROBLEM, Facet.BASELINES}
_OTHERS = re.compile(r"\brelated|previous work|prior work|関連研究|先行研究", re.IGNORECASE)
_BACKGROUND = re.compile(r"introduction|background|はじめに|序論|緒言|背景", re.IGNORECASE)
_OTHERS_CITED = re.compile(r"\bet al\b|^\[\d+\]|\[\d+\] (?:\w+ )?(?:propose|present|introduce|describe)", re.IGNORECASE)


def backbone_candidates(
    paper: Paper, statements: Sequence[Statement], *, wordings: Wordings, name: str | None
) -> dict[Facet, tuple[Candidate, ...]]:
    """Return for every backbone facet its questions, best place first, and one by the facet's general words.

    A statement is a facet's anchor once; facets choose in their order on the sheet.
    """
    taken: set[tuple[str, int]] = set()
    own = _own_work(name)
    last = max((statement.passage.ordinal for statement in statements), default=0)
    is_long = sum(one.passage.kind is not PassageKind.ABSTRACT for one in statements) >= LONG_BODY
    planned = {}
    for turn, (facet, cues) in enumerate(read_cues(paper.language).facets.items()):
        questions = _rotated(wordings.of_facet(facet, name), by=_seed(paper) + turn)
        ranked = _ranked(facet, cues, statements, own=own, last=last, is_long=is_long)
        anchors = [(score, place) for score, place in ranked if (place.passage.passage_id, place.start) not in taken]
        anchors = anchors[:ANCHORS_PER_FACET]
        taken.update((place.passage.passage_id, place.start) for _, place in anchors)
        planned[facet] = (
            *(
                _anchored(facet, questions, place, query=with_next(place, statements), score=score)
                for score, place in anchors
            ),
            _by_general_words(facet, questions, query=f"{name or ''} {cues.query}"),
        )
    return planned


def _anchored(facet: Facet, questions: tuple[str, ...], place: Statement, *, query: str, score: float) -> Candidate:
    return Candidate(
        facet=facet,
        kind=facet.value,
        questions=questions,
        query=bounded_query(query),
        keep=(),
        ordinal=place.passage.ordinal,
        score=score,
        min_fit=MIN_FIT,
    )


def _by_general_words(facet: Facet, questions: tuple[str, ...], *, query: str) -> Candidate:
    return Candidate(
        facet=facet,
        kind=facet.value,
        questions=questions,
        query=bounded_query(query.strip()),
        keep=(),
        ordinal=0,
        score=0.0,
        min_fit=FALLBACK_FIT,
    )


def _ranked(
    facet: Facet, cues: FacetCues, statements: Sequence[Statement], *, own: re.Pattern[str], last: int, is_long: bool
) -> list[tuple[float, Statement]]:
    scored = []
    for statement in statements:
        fit = cues.fit(statement.text, statement.passage.section)
        if fit >= MIN_FIT:
            bonus = _own_work_bonus(facet, statement, own)
            scored.append((fit + bonus + _bias(facet, statement, last=last, is_long=is_long), statement))
    scored.sort(key=lambda pair: (-pair[0], pair[1].passage.ordinal, pair[1].start))
    return [pair for pair in scored if pair[0] >= MIN_FIT]


def _own_work_bonus(facet: Facet, statement: Statement, own: re.Pattern[str]) -> int:
    if own.search(statement.text):
        return OWN_WORK_BONUS
    is_background = facet in _OWN_WORK and _BACKGROUND.search(statement.passage.section)
    return -LEANING_PENALTY if is_background else 0


def _bias(facet: Facet, statement: Statement, *, last: int, is_long: bool) -> float:
    bias = 0.0
    if leans_on_context(statement.text):
        bias -= LEANING_PENALTY
    if is_long and statement.passage.kind is PassageKind.ABSTRACT:
        bias -= ABSTRACT_PENALTY
    others = _OTHERS.search(statement.passage.section) or _OTHERS_CITED.search(statement.text)
    if facet in _OWN_WORK and others:
        bias -= RELATED_PENALTY
    position = statement.passage.ordinal / last if last else 0.0
    if facet in _EARLY:
        bias += EARLY_BONUS * (1 - position)
    elif facet in _LATE:
        bias += EARLY_BONUS * position
    if facet in _BEFORE_THE_MIDDLE and position > 0.5 and not others:
        bias -= LATE_PENALTY
    return bias


def _own_work(name: str | None) -> re.Pattern[str]:
    """Return what marks a sentence as being about the paper's own thing: its name, or the name's capitals ("GFS")."""
    if name is None:
        return _OURS
    capitals = "".join(word[0] for word in name.split() if word[0].isupper())
    forms = [name.removeprefix("the "), *([capitals] if len(capitals) >= 3 else [])]
    return re.compile(rf"(?<!\w)(?:{'|'.join(map(re.escape, forms))})(?!\w)")


def _seed(paper: Paper) -> int:
    return int(paper.content_sha256[:8], 16)


def _rotated(questions: tuple[str, ...], *, by: int) -> tuple[str, ...]:
    """Return the wordings, one of the first two (the named ones, where there is a name) in front."""
    return (questions[by % 2], *(question for at, question in enumerate(questions) if at != by % 2))
