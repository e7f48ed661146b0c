"""Filters to the papers of a library that meet them: dates and language in SQL, names compared as people mean them."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from sqlalchemy import ColumnElement, false, or_

from indexes.analysis import terms_of
from indexes.errors import BadInput
from indexes.query.filters import Filters
from indexes.storage.listing import PaperNames, filters_of
from indexes.storage.papers import Papers
from indexes.storage.rows import folded
from indexes.storage.tables import PAPERS

_PARTICLES = frozenset(
    (
        "al",
        "bin",
        "da",
        "de",
        "del",
        "della",
        "den",
        "der",
        "di",
        "dos",
        "du",
        "el",
        "ibn",
        "la",
        "le",
        "ten",
        "ter",
        "van",
        "von",
    )
)
_STROKES = str.maketrans({"ø": "o", "ł": "l", "đ": "d", "ı": "i", "ß": "ss", "æ": "ae", "œ": "oe", "’": "'"})
"""Letters that Unicode does not take apart into a letter and an accent."""


def allowed_papers(papers: Papers, filters: Filters) -> tuple[str, ...] | None:
    """Return the ids of the papers that meet the filters, in order; None where the filters ask nothing of papers.

    Raises:
        NotFound, BadInput: a paper to be excluded is not there, or its name could mean several.
    """
    if not filters.is_about_papers:
        return None
    excluded = frozenset(papers.with_notes(papers.resolve_all(filters.papers_excluded)))
    found = papers.meeting(_conditions(filters))
    return tuple(names.paper_id for names in found if names.paper_id not in excluded and _meets(names, filters))


def within(paper_ids: Sequence[str] | None, allowed: Sequence[str] | None) -> tuple[str, ...] | None:
    """Return the papers named that are allowed too; None stands for all, on either side."""
    if paper_ids is None or allowed is None:
        named = paper_ids if allowed is None else allowed
        return None if named is None else tuple(named)
    held = frozenset(allowed)
    return tuple(paper_id for paper_id in paper_ids if paper_id in held)


def _conditions(filters: Filters) -> list[ColumnElement[bool]]:
    """Return what SQL can ask; names are asked for by their longest word and compared exactly afterwards."""
    conditions = filters_of(filters.text, filters.language, filters.published_from, filters.published_to, None)
    if filters.roles:
        conditions.append(PAPERS.c.role.in_([role.value for role in filters.roles]))
    if filters.authors:
        conditions.append(or_(false(), *(_may_hold(name) for name in filters.authors)))
    if filters.categories:
        conditions.append(PAPERS.c.categories != "[]")
    if filters.venues:
        conditions.append(PAPERS.c.venue.is_not(None))
    return conditions


def _may_hold(name: str) -> ColumnElement[bool]:
    """Return a condition that the author's papers meet: an ASCII word of the name is in the folded text.

    A word with accents may be written without them in the paper, so it cannot be asked for in SQL.
    """
    words = [word for word in folded(name).replace(".", " ").split() if len(word) > 1 and word.isascii()]
    if not words:
        return PAPERS.c.authors != "[]"
    accented = or_(*(PAPERS.c.search_text.contains(letter) for letter in "áàâäãåéèêëíìîïóòôöõøúùûüñçšžčćłğşıőłđßæœ"))
    return or_(PAPERS.c.search_text.contains(max(words, key=len), autoescape=True), accented)


def _meets(names: PaperNames, filters: Filters) -> bool:
    return (
        (not filters.authors or any(is_author(name, names.authors) for name in filters.authors))
        and not any(is_author(name, names.authors) for name in filters.authors_excluded)
        and (not filters.categories or any(_has_category(names, name) for name in filters.categories))
        and not any(_has_category(names, name) for name in filters.categories_excluded)
        and (not filters.venues or any(_is_venue(names, name) for name in filters.venues))
        and not any(_is_venue(names, name) for name in filters.venues_excluded)
    )


def is_author(name: str, authors: Sequence[str]) -> bool:
    """Return whether one of `authors` is meant by `name`: a surname, or surname and given names in either order.

    An initial stands for every given name that begins with it; a surname alone must be the first or the last word of
    the author's name, particles aside ("van den Berg" is found as "Berg" and as "van den Berg").
    """
    wanted = _name_words(name)
    if not wanted:
        raise BadInput(f"{name!r} is no author's name", hint="Give a surname, or given name and surname.")
    return any(_is_same(wanted, _name_words(author), author) for author in authors)


def _is_same(wanted: list[str], held: list[str], author: str) -> bool:
    if not held:
        return False
    if len(wanted) == 1:
        is_joined = not author.isascii() and len(held) == 1 and held[0].startswith(wanted[0]) and len(wanted[0]) > 1
        return wanted[0] in (held[0], held[-1]) or is_joined
    if f" {' '.join(wanted)} " in f" {' '.join(held)} " or "".join(wanted) == "".join(held):
        return True
    return any(_agree(order, held) for order in (wanted, [*wanted[1:], wanted[0]], [wanted[-1], *wanted[:-1]]))


def _agree(wanted: list[str], held: list[str]) -> bool:
    """Return whether surnames (the last words) are the same and given names agree, word by word or by initials."""
    if wanted[-1] != held[-1]:
        return False
    return all(
        any(given == one or (1 in (len(given), len(one)) and given[0] == one[0]) for one in held[:-1])
        for given in wanted[:-1]
    )


def _name_words(name: str) -> list[str]:
    """Return the words of a name folded, without accents, strokes, dots and particles."""
    plain = "".join(
        letter
        for letter in unicodedata.normalize("NFD", folded(name).translate(_STROKES))
        if not unicodedata.combining(letter)
    )
    words = re.findall(r"[^\W\d_]+(?:['’-][^\W\d_]+)*", unicodedata.normalize("NFC", plain))
    return [word for word in words if word not in _PARTICLES] or words


def _has_category(names: PaperNames, category: str) -> bool:
    wanted = folded(category)
    return any(held == wanted or held.startswith(f"{wanted}.") for held in map(folded, names.categories))


def _is_venue(names: PaperNames, venue: str) -> bool:
    held, wanted = terms_of(names.venue or ""), terms_of(venue)
    return any(held[start : start + len(wanted)] == wanted for start in range(len(held))) if wanted else False
