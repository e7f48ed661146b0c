"""Which papers a list holds and in which order, in SQL."""

from __future__ import annotations

import json
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from sqlalchemy import ColumnElement
from sqlalchemy.engine import Row

from indexes.records import Language, PaperRole
from indexes.storage.rows import damaged_row, earliest_day, folded, latest_day
from indexes.storage.tables import PAPERS


class PaperOrder(StrEnum):
    """How papers are listed."""

    ADDED = "added"
    PUBLISHED = "published"
    TITLE = "title"


@dataclass(frozen=True, slots=True)
class PaperNames:
    """The names by which a paper is told apart: who wrote it, what it is filed under, where it appeared."""

    paper_id: str
    authors: tuple[str, ...]
    categories: tuple[str, ...]
    venue: str | None


ORDERS: dict[PaperOrder, tuple[ColumnElement[Any], ...]] = {
    PaperOrder.ADDED: (PAPERS.c.added_at.desc(),),
    PaperOrder.PUBLISHED: (PAPERS.c.published_key.desc().nulls_last(),),
    PaperOrder.TITLE: (PAPERS.c.title.collate("NOCASE"),),
}


def filters_of(
    text: str | None,
    language: Language | None,
    published_from: str | None,
    published_to: str | None,
    role: PaperRole | None,
) -> list[ColumnElement[bool]]:
    """Return the conditions that a paper must meet (as `Papers.listed` states them)."""
    filters = [PAPERS.c.search_text.contains(word, autoescape=True) for word in folded(text or "").split()]
    if language is not None:
        filters.append(PAPERS.c.language == language.value)
    if role is not None:
        filters.append(PAPERS.c.role == role.value)
    if published_from:
        filters.append(PAPERS.c.published_key >= earliest_day(published_from))
    if published_to:
        filters.append(PAPERS.c.published_key <= latest_day(published_to))
    return filters


def paper_names(row: Row[Any]) -> PaperNames:
    """Return the names in a row of `papers`."""
    try:
        return PaperNames(row.paper_id, tuple(json.loads(row.authors)), tuple(json.loads(row.categories)), row.venue)
    except (ValueError, TypeError) as error:
        raise damaged_row("papers", row.paper_id, error) from error
