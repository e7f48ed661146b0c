"""Which author works where: marks matched to marked addresses, blocks side by side, one address for all.

What is no address is left out: e-mail, who corresponds, who contributed equally.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from ingest.document import Affiliation
from ingest.pdf.front.byline import Unit, UnitKind
from ingest.pdf.front.names import MarkedName, plain_marks
from ingest.pdf.front.places import CONTACT, NOT_AN_AFFILIATION, names_place
from ingest.pdf.lettering import HYPHEN_AT_LINE_END
from ingest.pdf.lines import TextLine

LONGEST = 400
"""Characters; a longer text is a note, not an address."""
SMALL_NOTE = 1.5
"""Ems from one line of a footnote to the next."""
_NOTE_START = re.compile(r"^\W?(?:\d{1,2}\s?[^\W\d_]|[^\w\s]\s?[^\W\d_]|[a-h]\s[A-Z])")
_NUMBERED = re.compile(r"^\d{1,2}\s?[A-Z]")
_EDGES = " ,;:–—-<>∗*†‡§¶✉⁺"
_ABBREVIATED = re.compile(r"\b(?:inc|ltd|co|corp|[A-Z]|str)$", re.I)
_ASIDE = re.compile(r"\s*\((?:current|present)[^()]{0,200}\)?", re.I)


@dataclass(slots=True)
class _Block:
    """Names that stand over one place: the authors' positions, where they stand, what stands below."""

    authors: list[int]
    span: tuple[float, float]
    places: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class _Cut:
    """A mark in a run of addresses: where it stands and where the address behind it begins."""

    mark: str
    place: int
    start: int


def match_affiliations(
    units: Sequence[Unit], authors: Sequence[MarkedName], *, notes: Sequence[TextLine]
) -> tuple[Affiliation, ...]:
    """Return each place once, in the order of the page, with the authors who work there.

    Args:
        units: the head's cells.
        authors: in the order of the paper; those of the units' names.
        notes: lines at the first page's foot and edge, where marks may lead.
    """
    wanted = list(dict.fromkeys(mark for author in authors for mark in author.marks))
    if wanted:
        texts = [unit.text for unit in units if unit.kind is UnitKind.PLACE]
        found = _by_marks(texts, authors, wanted) or _by_trailing_marks(texts, authors, wanted)
        if found:
            return found
    blocks = _by_blocks(units, authors)
    if wanted and not blocks:
        noted = _by_marks(_footnotes(notes, wanted), authors, wanted)
        return tuple(affiliation for affiliation in noted if names_place(affiliation.name))
    return blocks


def _by_marks(texts: Sequence[str], authors: Sequence[MarkedName], wanted: Sequence[str]) -> tuple[Affiliation, ...]:
    """Cut the addresses at the marks that authors carry and give each its authors."""
    flow = _joined(texts)
    cuts = _cuts(flow, wanted)
    found = []
    for place, cut in enumerate(cuts):
        stop = cuts[place + 1].place if place + 1 < len(cuts) else len(flow)
        name = _tidied(flow[cut.start : stop])
        who = tuple(position for position, author in enumerate(authors) if cut.mark and cut.mark in author.marks)
        if name and who:
            found.append(Affiliation(name, who))
    return tuple(found)


def _cuts(flow: str, wanted: Sequence[str]) -> list[_Cut]:
    """Return the marks in the text, each once and numbers in rising order.

    A mark counts at a line's start, as a superscript, or behind a space or punctuation before a capital; a number there
    must be the next one, so that those of streets and postcodes are passed over.
    """
    marks = "|".join(re.escape(mark) for mark in sorted(wanted, key=len, reverse=True))
    pattern = re.compile(rf"({marks})(?![\d,.])[\s)\].:]{{0,2}}(?=[^\W\d_]|\()", re.M)
    cuts: list[_Cut] = []
    plain = plain_marks(flow)
    highest = 0
    for found in pattern.finditer(plain):
        mark, place = found[1], found.start()
        before = plain[place - 1] if place else "\n"
        if any(mark == cut.mark for cut in cuts) or (mark.isdigit() and before.isdigit()):
            rest = plain[found.end() :].split("\n", 1)[0]
            if before == "\n" and not names_place(
                rest
            ):  # a heading's number or another note's mark: the addresses end before it
                cuts.append(_Cut("", place, found.end()))
                break
            continue
        is_strong = before == "\n" or (flow[place] != plain[place] and mark.isdigit())
        number = int(mark) if mark.isdigit() else 0
        if not is_strong and not _stands_apart(plain, found, before, number, highest, wanted):
            continue
        if number and number < highest:
            continue
        highest = max(highest, number)
        cuts.append(_Cut(mark, place, found.end()))
    return cuts if cuts and (cuts[0].place <= 2 or not plain[: cuts[0].place].strip(_EDGES + "\n")) else []


def _stands_apart(
    plain: str, found: re.Match[str], before: str, number: int, highest: int, wanted: Sequence[str]
) -> bool:
    """Return whether a mark within a line begins an address."""
    after = plain[found.end() : found.end() + 3]
    if number:
        skipped = sum(other.isdigit() and highest < int(other) < number for other in wanted)
        is_postcode = re.match(r"[A-Z]{2}\b", after) is not None
        return before in " ;,.–—)]" and skipped <= 1 and after[0].isupper() and not is_postcode
    if found[1].isalpha():
        return before in " ;,." and plain[found.end(1)] == " " and after[0].isupper()
    return True


def _by_trailing_marks(
    texts: Sequence[str], authors: Sequence[MarkedName], wanted: Sequence[str]
) -> tuple[Affiliation, ...]:
    """Match marks that stand behind the addresses; authors without any belong to the addresses without any."""
    found = []
    is_marked = False
    for text in texts:
        last = plain_marks(text.rstrip())[-1:]
        mark = last if last in wanted and not last.isalnum() else ""
        is_marked = is_marked or bool(mark)
        who = (place for place, author in enumerate(authors) if (mark in author.marks if mark else not author.marks))
        name = _tidied(text)
        if name:
            found.append(Affiliation(name, tuple(who)))
    return tuple(found) if is_marked and len(found) > 1 and all(part.authors for part in found) else ()


def _joined(texts: Sequence[str]) -> str:
    """Join lines, a line's start marked by a line break."""
    flow = ""
    for text in texts:
        flow = flow[:-1] + text if flow.endswith(HYPHEN_AT_LINE_END) else f"{flow}\n{text}" if flow else text
    return flow


def _footnotes(notes: Sequence[TextLine], wanted: Sequence[str]) -> list[str]:
    """Return the notes on the first page that begin with a wanted mark and name a place, line by line."""
    kept: list[list[str]] = []
    last: TextLine | None = None
    for line in notes:
        plain = plain_marks(line.text).lstrip()
        if _NOTE_START.match(plain):
            mark = re.match(r"\d{1,2}|.", plain)
            last = line if mark is not None and mark[0] in wanted else None
            kept.extend([[line.text]] if last is not None else [])
            continue
        if last is not None:
            is_alike = abs(line.size - last.size) < 0.06 * last.size
            last = line if is_alike and 0 < line.baseline - last.baseline < SMALL_NOTE * line.size else None
        if last is not None:
            kept[-1].append(line.text)
    return [text for note in kept if names_place(" ".join(note)) for text in note]


def _by_blocks(units: Sequence[Unit], authors: Sequence[MarkedName]) -> tuple[Affiliation, ...]:
    """Give each place the names that stand over it; a place that is alone is everybody's."""
    positions = {author.name: place for place, author in enumerate(authors)}
    blocks: list[_Block] = []
    opened: list[_Block] = []
    for unit in units:
        if unit.kind is UnitKind.NAMES:
            opened = [block for block in opened if not (block.places and _overlap(block.span, unit.span))]
            block = _Block([positions[name.name] for name in unit.names if name.name in positions], unit.span)
            block.places.extend([unit.place] if unit.place else [])
            blocks.append(block)
            opened.append(block)
        elif unit.kind is UnitKind.PLACE and (names_place(unit.text) or not _NUMBERED.match(unit.text)):
            for block in [block for block in opened if _overlap(block.span, unit.span)] or opened[-1:]:
                block.places.append(unit.text)
    gathered: dict[str, list[int]] = {}
    for block in blocks:
        name = _tidied(_listed(block.places))
        if name:
            gathered.setdefault(name, []).extend(block.authors)
    if len(gathered) == 1:
        return (Affiliation(next(iter(gathered)), tuple(range(len(authors)))),)
    return tuple(Affiliation(name, tuple(sorted(set(who)))) for name, who in gathered.items() if who)


def _overlap(first: tuple[float, float], second: tuple[float, float]) -> bool:
    return first[0] < second[1] and second[0] < first[1]


def _listed(places: Sequence[str]) -> str:
    """Join an address's lines with commas, but where a line broke off."""
    text = ""
    for place in places:
        if text.endswith(HYPHEN_AT_LINE_END):
            text = text[:-1] + place
        elif not text or text.endswith((",", "-", " of", " and", " for", "&", ";")) or place[:1].islower():
            text = f"{text} {place}".strip()
        else:
            text = f"{text}, {place}"
    return text


def _tidied(text: str) -> str:
    """Return an address without contacts and marks at its ends; "" when it is none."""
    text = _ASIDE.sub("", re.sub(r"\s+", " ", CONTACT.sub(" ", text)))
    found = NOT_AN_AFFILIATION.search(text)
    if found:
        text = text[: found.start()]
    text = re.sub(r"(?:\s*[;,:]){2,}", lambda run: run[0].strip()[0], text).strip(_EDGES)
    if text.endswith(".") and not _ABBREVIATED.search(text[:-1]):
        text = text[:-1].strip(_EDGES)
    if text.count("(") > text.count(")"):
        text = text[: text.rfind("(")].strip(_EDGES) if text.endswith("(") else f"{text})"
    is_kept = 2 <= len(text) <= LONGEST and (found is None or names_place(text))
    return text if is_kept else ""
