"""Names of authors out of the lines under a title, past affiliations, marks and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.pdf.lettering import cjk_share
from ingest.pdf.lines import TextLine

_PLACE = re.compile(
    r"\b(univ|universit|institut|department|dept|school|college|faculty|laborator|labs?\b|centre|center|research|inc\b|corp|"
    r"google|microsoft|facebook|openai|deepmind|ibm|amazon|hospital|academy|division|street|avenue|road|usa|u\.s\.a|china|japan|germany|france|"
    r"italy|spain|turkey|india|canada|korea|kingdom|netherlands|california|box|campus|ministry|foundation|agency|group|"
    r"company|technolog|engineering|science|editor|received|accepted|published|correspond|email|e-mail|abstract|keywords|"
    r"proceedings|conference|journal|volume|doi|copyright|licen[sc]e|article|report|version|draft|submitted|reviewer|software|repository|archive|"
    r"大学|研究所|学部|研究科|株式会社|センター|学院)",
    re.I,
)
_MARKS = re.compile(
    r"[∗*†‡§¶‖♠♣♦♥⋆⋄#^✉]|(?<=\D)\d+(?:\s*,\s*\d+)*|\([^)]*\)|[\u00b9\u00b2\u00b3\u2070-\u209f]|\borcid\b", re.I
)
_SEPARATORS = re.compile(r"\s*(?:,|;|、|，|・|·|•|\||/|&|\band\b|\bAND\b|\bAnd\b|\bwith\b)(?:\s*(?:,|;|&|\band\b))*\s*")
_NAME_PART = re.compile(
    r"^(?:[A-ZÀ-ÞĀ-Ž]\.?(?:-[A-Z]\.?)?|[A-ZÀ-ÞĀ-ŽΑ-Ω][\w'’.-]*|d[aeiu]l?|van|von|den|der|de|la|le|di|el|al|bin|ter|y)$"
)
_TITLES = re.compile(
    r"\b(?:Ph\.?\s?D|M\.?\s?Sc|M\.?D|Dr|Prof|Professor|Jr|Sr|IEEE|Member|Senior|Fellow|Student|ACM)\b\.?,?", re.I
)
_MARKED_NAME = re.compile(r"^(?:[A-Z][\w.’'-]*\s){1,3}[A-Z][\w’'-]+\s?(?:\d|[∗*†‡§¶])")
SAME_TYPE = 0.05
"""Relative difference of size within which lines are taken to hold names alike."""
MOST_NAME_PARTS = 5
LONGEST_NAME = 45


def find_authors(lines: Sequence[TextLine], *, stated: str) -> tuple[str, ...]:
    """Return the authors' names in order.

    Args:
        lines: those between title and abstract.
        stated: the PDF's /Author, or ""; believed where the page shows its names.
    """
    printed = _printed_names(lines)
    names = tuple(name for name in _split(stated) if is_name(name))
    page = " ".join(line.text for line in lines).casefold()
    shown = [name for name in names if name.split()[-1].casefold() in page]
    if names and len(shown) == len(names) and len(names) >= len(printed):
        return names
    return printed or (names if not lines else ())


def _printed_names(lines: Sequence[TextLine]) -> tuple[str, ...]:
    """Return names from lines and cells that hold nothing of affiliations, in the type of the first name found."""
    found: list[str] = []
    size, is_bold = 0.0, False
    affiliation: TextLine | None = None
    for line in _flowing(lines):
        if found and (abs(line.size - size) > SAME_TYPE * size or (line.bold > 0.5) != is_bold):
            continue
        if (
            affiliation
            and affiliation.text.endswith((",", "-"))
            and affiliation.column == line.column
            and len(line.cells) == 1
        ):
            affiliation = line
            continue
        is_listing = False
        for cell in line.cells:
            names = [] if _is_affiliation(cell.text, has_names=bool(found)) else _names_in(cell.text)
            is_listing = is_listing or bool(names)
            found.extend(name for name in names if name not in found)
        if is_listing and not size:
            size, is_bold = line.size, line.bold > 0.5
        affiliation = None if is_listing else line
    return tuple(found)


def _flowing(lines: Sequence[TextLine]) -> list[TextLine]:
    """Join the lines of a list of names that runs over several, so that a name broken between two is whole."""
    joined: list[TextLine] = []
    for line in lines:
        before = joined[-1] if joined else None
        flows = (
            before is not None
            and len(before.cells) == len(line.cells) == 1
            and before.column == line.column
            and abs(before.size - line.size) <= SAME_TYPE * line.size
            and 0 < line.baseline - before.baseline < 2 * line.size
            and len(_names_in(before.text)) >= 2
            and not _is_affiliation(before.text, has_names=False)
            and not _is_affiliation(line.text, has_names=True)
        )
        if before is None or not flows:
            joined.append(line)
            continue
        text = f"{before.text} {line.text}"
        joined[-1] = replace(
            line, text=text, bold=min(before.bold, line.bold), cells=(replace(line.cells[0], text=text),)
        )
    return joined


def _names_in(text: str) -> list[str]:
    parts = [part for part in _split(text) if part]
    return [part for part in parts if is_name(part)]


def _is_affiliation(text: str, *, has_names: bool) -> bool:
    """Return whether a cell names places or addresses and no persons."""
    if re.search(r"@|https?:|www\.|\b[A-Z]{2} \d{5}\b|\b\d{4,}\b", text):
        return True
    starts_marked = re.match(r"^(\d|[a-f]\s|[∗*†‡§¶])", text) is not None
    return (starts_marked and has_names) or (_PLACE.search(text) is not None and not _MARKED_NAME.match(text))


def _split(text: str) -> list[str]:
    text = _TITLES.sub(" ", _MARKS.sub(",", text))
    return [re.sub(r"\s+", " ", part).strip(" .,:;-–") for part in _SEPARATORS.split(text)]


def is_name(text: str) -> bool:
    """Return whether the text reads as one person's name."""
    if not 2 <= len(text) <= LONGEST_NAME or any(character.isdigit() for character in text) or _PLACE.search(text):
        return False
    if cjk_share(text) > 0.5:
        return len(text.replace(" ", "")) <= 8
    parts = text.split()
    if not 2 <= len(parts) <= MOST_NAME_PARTS or not all(_NAME_PART.match(part) for part in parts):
        return False
    return any(len(part.strip(".")) > 1 and part[0].isupper() for part in parts)
