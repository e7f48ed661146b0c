"""The lines under a title into what they are: names, places of work, notes. One unit is one cell of one line."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from ingest.pdf.front.head_rows import mended_rows
from ingest.pdf.front.name_lists import names_in
from ingest.pdf.front.names import MarkedName, is_name, segments_of, tidy
from ingest.pdf.front.places import ADDRESS, CONTACT, DATE, INSTITUTION, NOTE, is_country, names_place
from ingest.pdf.lettering import HYPHEN_AT_LINE_END
from ingest.pdf.lines import TextLine

SAME_TYPE = 0.05
"""Relative difference of size within which lines are taken to hold names alike."""
FAR_BELOW = 1.45
"""Ems of a step between baselines from which a line begins a block of its own."""
MOST_HEAD_LINES = 400
"""Lines; the longest list of authors on the first page of a collaboration's paper stays below."""
DOUBLE_SPACED = 2.6
"""Ems between the baselines of a list of names in a double-spaced manuscript."""
FULL_LINE = 4.0
"""Ems that a line may end before the edge and still run on."""
LONGEST_PLACE = 600
SHORTEST_NOTE = 40
"""Characters; a note of fewer does not run on."""
MOST_WORDS_OF_PLACE = 10
"""Words; a longer line that names no institution is prose."""
_MARKED_START = re.compile(
    r"^\W{0,2}(?:\d{1,2}|[\u00b9\u00b2\u00b3\u2070\u2074-\u2079]{1,2}|[a-h](?=\s?[A-Z])|[ivx]{1,4}\)|[∗*†‡§¶‖#⋆✉+]+)\s?\W{0,2}(?=\w)"
)
_LABEL = re.compile(r"^(?:by|authors?|written by|von|著者)\s*[:：]?\s+", re.I)
_LABEL_ALONE = re.compile(r"(?:by|editor|received|accepted|published|doi|citation)\W*$", re.I)
_WORDS = re.compile(r"[^\W\d_]{2,}")


class UnitKind(StrEnum):
    """What a cell of the head says."""

    NAMES = "names"
    PLACE = "place"
    NOTE = "note"
    OTHER = "other"


@dataclass(frozen=True, slots=True)
class Unit:
    """One cell: its kind, its text without addresses of the net, the names it holds; an inline place follows them."""

    kind: UnitKind
    text: str
    line: TextLine
    span: tuple[float, float]
    names: tuple[MarkedName, ...] = ()
    place: str = ""
    has_contact: bool = False


def units_of(lines: Sequence[TextLine], *, common: frozenset[str]) -> list[Unit]:
    """Return the head's cells in reading order with what they are.

    Args:
        lines: those between title and abstract.
        common: words that the document writes in small letters: a line of such words is no name.
    """
    units: list[Unit] = []
    style: tuple[float, bool] | None = None
    for line in _flowing(mended_rows(lines[:MOST_HEAD_LINES])):
        for cell in line.cells:
            span = (cell.box.x0, cell.box.x1) if len(line.cells) > 1 else (line.box.x0, line.box.x1)
            unit = _unit(cell.text, line, span, style=style, before=_above(units, span, line), common=common)
            units.append(unit)
            if unit.kind is UnitKind.NAMES and style is None:
                style = (line.size, line.bold > 0.5)
    return _with_place_names(units)


def _above(units: Sequence[Unit], span: tuple[float, float], line: TextLine) -> Unit | None:
    """Return the last unit that stands over the span."""
    for unit in reversed(units):
        if unit.line.baseline < line.baseline - 1 and unit.span[0] < span[1] and span[0] < unit.span[1]:
            return unit
    return None


def _unit(
    text: str,
    line: TextLine,
    span: tuple[float, float],
    *,
    style: tuple[float, bool] | None,
    before: Unit | None,
    common: frozenset[str],
) -> Unit:
    plain = re.sub(r"\s+", " ", CONTACT.sub(" ", text)).strip(" <>").lstrip(",;:–- ")
    has_contact = CONTACT.search(text) is not None
    unit = Unit(UnitKind.OTHER, plain, line, span, has_contact=has_contact)
    is_labelled = before is not None and before.kind is UnitKind.NOTE and _LABEL_ALONE.search(before.text) is not None
    if (
        NOTE.match(plain)
        or DATE.match(plain)
        or is_labelled
        or not plain
        or (has_contact and (plain.islower() or not _WORDS.search(plain)))
    ):
        return replace(unit, kind=UnitKind.NOTE)
    if (
        before is not None
        and before.kind is UnitKind.NOTE
        and _is_wrapped(before.line, line)
        and not _MARKED_START.match(text)
    ):
        return replace(unit, kind=UnitKind.NOTE)
    is_names_type = style is None or (
        abs(line.size - style[0]) <= SAME_TYPE * style[0] and (line.bold > 0.5) == style[1]
    )
    if _MARKED_START.match(text) and style is not None:
        return replace(unit, kind=UnitKind.PLACE)
    if is_names_type and not _goes_on(before, line):
        names, place = names_in(_LABEL.sub("", plain), common=common, is_first=style is None)
        if names and not (place and _is_within_address(before)):
            return replace(unit, kind=UnitKind.NAMES, names=names, place=place)
    is_place = _reads_as_place(plain, is_under=before is not None and before.kind in (UnitKind.PLACE, UnitKind.NAMES))
    return replace(unit, kind=UnitKind.PLACE if is_place else UnitKind.OTHER)


def _reads_as_place(text: str, *, is_under: bool) -> bool:
    """Return whether a line names a place: by its words, or by standing under names or places and being no prose."""
    words = _WORDS.findall(text)
    is_prose = len(words) > 4 and sum(word[0].islower() for word in words) > 0.5 * len(words)
    if not words or is_prose or text[0] in "•◦■–-" or len(text) > LONGEST_PLACE:
        return False
    return names_place(text) or (is_under and not text[0].islower() and len(words) <= MOST_WORDS_OF_PLACE)


def _is_wrapped(before: TextLine, line: TextLine) -> bool:
    """Return whether a full line runs on into the next."""
    is_next = before.column == line.column and 0 < line.baseline - before.baseline < FAR_BELOW * line.size
    is_full = before.shortfall < FULL_LINE and len(before.text) >= SHORTEST_NOTE
    return is_next and is_full and abs(before.size - line.size) <= SAME_TYPE * line.size


def _goes_on(before: Unit | None, line: TextLine) -> bool:
    """Return whether the line goes on with an address whose last line broke off."""
    if before is None or before.kind is not UnitKind.PLACE or before.line.column != line.column:
        return False
    is_next = 0 < line.baseline - before.line.baseline < FAR_BELOW * line.size
    return is_next and before.text.endswith((",", "-", HYPHEN_AT_LINE_END, " of", " and", " for", "&"))


def _is_within_address(before: Unit | None) -> bool:
    return before is not None and before.kind is UnitKind.PLACE and not before.has_contact


def _with_place_names(units: list[Unit]) -> list[Unit]:
    """Return the units with names over the right kind: "Palo Alto" under a company is no author."""
    fixed = list(units)
    for place, unit in enumerate(units):
        if unit.kind is not UnitKind.NAMES or any(name.marks for name in unit.names) or len(unit.names) > 1:
            continue
        above = _above(fixed[:place], unit.span, unit.line)
        if not _is_within_address(above) or above is None:
            continue
        is_close = unit.line.baseline - above.line.baseline < FAR_BELOW * unit.line.size
        is_alike = above.line.font == unit.line.font and above.line.italic == unit.line.italic
        below = next(
            (later for later in units[place + 1 :] if later.span[0] < unit.span[1] and unit.span[0] < later.span[1]),
            None,
        )
        heads = below is not None and below.kind is UnitKind.PLACE and INSTITUTION.search(below.text) is not None
        if is_close and is_alike and not heads:
            fixed[place] = replace(unit, kind=UnitKind.PLACE, names=())
    return fixed


def _flowing(lines: Sequence[TextLine]) -> list[TextLine]:
    """Join the lines of a list of names that runs over several, so that a name broken between two is whole."""
    joined: list[TextLine] = []
    last: TextLine | None = None
    runs_on = False
    for line in lines:
        runs_on = last is not None and _flows(last, line, runs_on=runs_on)
        if runs_on and last is not None:
            text = f"{joined[-1].text}{_between(last, line)}{line.text}"
            cells = (replace(line.cells[0], text=text),)
            joined[-1] = replace(joined[-1], text=text, cells=cells, baseline=line.baseline)
        else:
            joined.append(line)
        last = line
    return joined


def _flows(last: TextLine, line: TextLine, *, runs_on: bool) -> bool:
    """Return whether a line goes on with the list of names above it, which may run over several lines already."""
    if len(last.cells) != 1 or len(line.cells) != 1 or last.page != line.page or CONTACT.search(line.text):
        return False
    is_alike = abs(last.size - line.size) <= SAME_TYPE * line.size and (last.bold > 0.5) == (line.bold > 0.5)
    is_next = 0 < line.baseline - last.baseline < DOUBLE_SPACED * line.size and last.box.x0 < line.box.x1
    if not is_alike or not is_next or _MARKED_START.match(line.text) or NOTE.match(line.text):
        return False
    if CONTACT.search(last.text) or names_place(last.text):
        return False
    names = sum(is_name(tidy(segment.text)) for segment in segments_of(last.text))
    is_list = runs_on or names >= 2 or (names == 1 and last.text.rstrip().endswith((",", ";", "and", "&")))
    opens = segments_of(line.text)[:1]
    is_place = not opens or names_place(opens[0].text) or is_country(opens[0].text)
    return is_list and not is_place and not _is_address(line.text)


def _is_address(text: str) -> bool:
    return ADDRESS.search(text) is not None or (INSTITUTION.search(text) is not None and "," in text)


def _between(last: TextLine, line: TextLine) -> str:
    """Return what parts two lines of names: a comma where the first word of the next would have had room."""
    if last.text.rstrip().endswith((",", ";", "and", "&", "-", "/")) or re.match(r"(?:and|&)\b", line.text):
        return " "
    first = line.text.split(" ", 1)[0]
    width = (line.box.x1 - line.box.x0) * (len(first) + 2) / max(len(line.text), 1)
    room = (last.margins[1] - last.margins[0]) - (last.box.x1 - last.box.x0)
    return ", " if room > 2 * width else " "
