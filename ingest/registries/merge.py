"""What a paper says of itself and what is registered, to one record.

Where the titles are the same, the registry wins for title, authors, dates, venue, categories, DOI and arXiv id: its
fields were typed in as fields. The paper's own abstract stays, since it stands in the paper and can be cited; the
registered one fills its absence. Where the titles differ the record may be another paper's: nothing of it is taken,
and a finding says so. Whatever the titles, a notice (retracted, withdrawn) is reported.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import replace

from indexes.records import Paper
from ingest.document import Affiliation, BlockKind, Finding, FindingKind, ParsedDocument
from ingest.registries.record import Contributor, Registered

MIN_SIMILARITY = 0.85
"""Dice coefficient of the titles' character 3-grams. Of 4.5 million pairs of titles of one field (3,000 titles of the
abstracts in the evaluation data) two are above it; a title with other hyphens, case or accents stays above .9."""
LEAST_TITLE_LETTERS = 12
"""A registered title of fewer letters is too likely to stand on any first page to be recognised there."""
_TITLE_AREA_CHARS = 4000


def completed(document: ParsedDocument, registered: Registered) -> ParsedDocument:
    """Return the document with what the registry knows of its paper, and findings of what it says besides."""
    notices = tuple(Finding(FindingKind.NOTICE, None, notice) for notice in registered.notices)
    findings = (*document.findings, *notices)
    if not is_titled(document, registered.title):
        differs = Finding(
            FindingKind.METADATA_DIFFERS,
            None,
            f"{registered.registry}: its record ({registered.doi or registered.arxiv_id or registered.url}) is titled "
            f"“{registered.title[:200]}”, which this paper is not; the paper's own metadata was kept",
        )
        return replace(document, findings=(*findings, differs))
    authors, affiliations = _authors(document, registered.contributors)
    paper = _merged(document.paper, registered, authors)
    return replace(document, paper=paper, affiliations=affiliations, findings=findings)


def is_titled(document: ParsedDocument, title: str) -> bool:
    """Say whether this is the paper's title, or stands where titles do: on its first page."""
    if similarity(document.paper.title, title) >= MIN_SIMILARITY:
        return True
    letters = _letters(title)
    kinds = (BlockKind.TITLE, BlockKind.HEADING, BlockKind.AUTHORS, BlockKind.PARAGRAPH)
    opening = (block.text for block in document.blocks if block.page == 1 and block.kind in kinds)
    return len(letters) >= LEAST_TITLE_LETTERS and letters in _letters(" ".join(opening)[:_TITLE_AREA_CHARS])


def similarity(one: str, other: str) -> float:
    """Return from 0 to 1 how alike two titles are, whatever their case, accents, marks and spaces."""
    grams, others = _grams(_letters(one)), _grams(_letters(other))
    return 2 * len(grams & others) / (len(grams) + len(others)) if grams and others else 0.0


def _letters(text: str) -> str:
    plain = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[\W_]+", "", "".join(letter for letter in plain if not unicodedata.combining(letter)))


def _grams(letters: str) -> set[str]:
    return {letters[start : start + 3] for start in range(max(1, len(letters) - 2))} if letters else set()


def _merged(paper: Paper, registered: Registered, authors: tuple[str, ...]) -> Paper:
    return replace(
        paper,
        title=registered.title or paper.title,
        authors=authors,
        published=registered.published or paper.published,
        updated=registered.updated or paper.updated,
        url=registered.url or paper.url,
        arxiv_id=registered.arxiv_id or paper.arxiv_id,
        arxiv_version=_version(paper, registered),
        doi=registered.doi or paper.doi,
        venue=registered.venue or paper.venue,
        categories=registered.categories or paper.categories,
        abstract=paper.abstract or registered.abstract,
    )


def _version(paper: Paper, registered: Registered) -> int | None:
    """Return the version printed on the paper, which is the one that was read, else the registered one."""
    is_same = registered.arxiv_id in (None, paper.arxiv_id)
    return paper.arxiv_version if is_same and paper.arxiv_version else registered.arxiv_version or paper.arxiv_version


def _authors(
    document: ParsedDocument, contributors: Iterable[Contributor]
) -> tuple[tuple[str, ...], tuple[Affiliation, ...]]:
    """Return the registered authors and where they work; their places in the paper where none are registered."""
    registered = tuple(contributors)
    if not registered:
        return document.paper.authors, document.affiliations
    places: dict[str, list[int]] = {}
    for number, contributor in enumerate(registered):
        for name in contributor.affiliations:
            places.setdefault(name, []).append(number)
    if not places:
        number_of = {_letters(contributor.name): number for number, contributor in enumerate(registered)}
        for affiliation in document.affiliations:
            names = (_letters(document.paper.authors[author]) for author in affiliation.authors)
            places[affiliation.name] = [number_of[name] for name in names if name in number_of]
    affiliations = tuple(Affiliation(name, tuple(numbers)) for name, numbers in places.items())
    return tuple(contributor.name for contributor in registered), affiliations
