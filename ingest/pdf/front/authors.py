"""Authors and their affiliations out of the lines under a title, past marks, addresses and notes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from ingest.document import Affiliation
from ingest.pdf.front.affiliations import match_affiliations
from ingest.pdf.front.blocks import Front
from ingest.pdf.front.byline import Unit, UnitKind, units_of
from ingest.pdf.front.name_lists import names_in
from ingest.pdf.front.names import MarkedName, is_name, segments_of
from ingest.pdf.lines import TextLine

MOST_LINES_ABOVE = 3
COMMON_LINES = 250
"""Lines of a document that are asked which words it writes in small letters: four pages or so."""
_SMALL_WORDS = re.compile(r"(?<![^\s(“\"'])[^\W\d_A-Z][^\W\d_]{2,}(?![\w@._-]*[@\w])")
_LETTER_MARKED = re.compile(r"^([a-h])\s?(?=[A-Z])")


@dataclass(frozen=True, slots=True)
class Credits:
    """Who wrote the paper, in its order, and where they work."""

    authors: tuple[str, ...]
    affiliations: tuple[Affiliation, ...] = ()


def common_words(lines: Sequence[TextLine]) -> frozenset[str]:
    """Return the words that the document's first pages write in small letters; names are not among them."""
    return frozenset(
        word for line in lines[:COMMON_LINES] for word in _SMALL_WORDS.findall(line.text) if word.islower()
    )


def find_credits(front: Front, *, stated: str, common: frozenset[str]) -> Credits:
    """Return the authors' names and affiliations.

    Args:
        front: the lines under the title and above it, and its page's other lines, where an author's mark may lead.
        stated: the PDF's /Author, or ""; believed where the page shows its names.
        common: words that the document writes in small letters.
    """
    lines = front.byline
    units = _without_letter_marks(units_of(lines, common=common))
    printed = _distinct(name for unit in units for name in unit.names)
    names = tuple(segment.text for segment in segments_of(stated) if is_name(segment.text))
    page = " ".join(line.text for line in lines).casefold()
    shown = [name for name in names if name.split()[-1].casefold() in page]
    if names and len(shown) == len(names) and len(names) >= len(printed):
        marks = {name.name.split()[-1].casefold(): name.marks for name in printed}
        printed = _distinct(MarkedName(name, marks.get(name.split()[-1].casefold(), ())) for name in names)
    elif not printed:
        printed = _above(front.above, common=common) or ([] if lines else _distinct(MarkedName(name) for name in names))
    renamed = _renamed(units, printed)
    return Credits(tuple(name.name for name in printed), match_affiliations(renamed, printed, notes=front.notes))


def _above(lines: Sequence[TextLine], *, common: frozenset[str]) -> list[MarkedName]:
    """Return the names that stand right over a title, where nothing but names stands on their lines."""
    found: list[MarkedName] = []
    for line in reversed(lines[-MOST_LINES_ABOVE:]):
        names, place = names_in(line.text, common=common)
        if not names or place:
            break
        found[:0] = names
    return _distinct(found)


def _distinct(names: Iterable[MarkedName]) -> list[MarkedName]:
    kept: dict[str, MarkedName] = {}
    for name in names:
        kept.setdefault(name.name.casefold(), name)
    return list(kept.values())


def _renamed(units: Sequence[Unit], authors: Sequence[MarkedName]) -> list[Unit]:
    """Write the units' names as the authors' are written, matched by surname."""
    by_surname = {author.name.split()[-1].casefold(): author for author in authors}
    return [
        replace(unit, names=tuple(by_surname.get(name.name.split()[-1].casefold(), name) for name in unit.names))
        if unit.names
        else unit
        for unit in units
    ]


def _without_letter_marks(units: Sequence[Unit]) -> list[Unit]:
    """Take raised letters off names ("Jon Fielda"), where addresses begin with them and every name has one."""
    letters = {found[1] for unit in units if unit.kind is UnitKind.PLACE and (found := _LETTER_MARKED.match(unit.text))}
    names = [name for unit in units for name in unit.names]
    is_marked = bool(letters) and bool(names) and all(name.name[-1] in letters for name in names)
    if not is_marked:
        return list(units)
    return [
        replace(unit, names=tuple(MarkedName(name.name[:-1], (name.name[-1], *name.marks)) for name in unit.names))
        for unit in units
    ]
