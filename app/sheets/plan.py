"""A paper becomes a plan: questions of the backbone by facet, and details, more of both than a sheet holds."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from app.sheets.backbone import backbone_candidates
from app.sheets.candidates import Candidate
from app.sheets.details import detail_candidates
from app.sheets.names import own_name
from app.sheets.records import Facet
from app.sheets.statements import statements_of
from app.sheets.wording import read_wordings
from indexes.records import Language, Paper, Passage

MAX_ITEMS = 10
MIN_ITEMS = 3

_NOT_ABOUT_THE_PAPER = re.compile(
    r"acknowledg|references|bibliograph|conflicts? of interest|competing interest|author contribution|funding|"
    r"copyright|^keywords|about the author|謝辞|参考文献|著者",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Plan:
    """What to ask of a paper. `max_items` is lower for a paper of a few passages."""

    backbone: Mapping[Facet, tuple[Candidate, ...]]
    details: tuple[Candidate, ...]
    max_items: int


def plan_questions(paper: Paper, passages: Sequence[Passage], *, language: Language) -> Plan:
    """Plan a sheet's questions in `language` for a paper of any language."""
    told = [passage for passage in passages if not _NOT_ABOUT_THE_PAPER.search(passage.section)]
    statements = statements_of(told, paper.language)
    wordings = read_wordings(language)
    name = own_name(paper, told)
    if name is not None and language is Language.JAPANESE:
        name = name.removeprefix("the ")
    return Plan(
        backbone=backbone_candidates(paper, statements, wordings=wordings, name=name),
        details=detail_candidates(paper, told, statements, wordings=wordings),
        max_items=min(MAX_ITEMS, MIN_ITEMS + len(told) // 2),
    )
