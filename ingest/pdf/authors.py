"""Names of authors out of the lines under a title, past affiliations, marks and addresses."""

from __future__ import annotations

import re
from collections.abc import Sequence

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
_MARKS = re.compile(r"[∗*†‡§¶‖♠♣♦♥⋆⋄#^✉]|(?<=\D)\d+(?:\s*,\s*\d+)*|\([^)]*\)|[\u00b9\u00b2\u00b3\u2070-\u209f]|\borcid\b", re.I)
_SEPARATORS = re.compile(r"\s*(?:,|;|、|，|・|·|•|\||/|&|\band\b|\bAND\b|\bAnd\b)\s*")
_NAME_PART = re.compile(r"^(?:[A-ZÀ-ÞĀ-Ž]\.?(?:-[A-Z]\.?)?|[A-ZÀ-ÞĀ-ŽΑ-Ω][\w'’.-]*|d[aeiu]l?|van|von|den|der|de|la|le|di|el|al|bin|ter|y)$")
_TITLES = re.compile(r"\b(?:Ph\.?\s?D|M\.?\s?Sc|M\.?D|Dr|Prof|Professor|Jr|Sr|IEEE|Member|Senior|Fellow|Student|ACM)\b\.?,?", re.I)
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
    found: list[str] = []
    for line in lines:
        for cell in line.cells:
            if "@" in cell.text or re.search(r"https?:|www\.", cell.text):
                continue
            for part in _split(cell.text):
                if is_name(part) and part not in found:
                    found.append(part)
    return tuple(found)


def _split(text: str) -> list[str]:
    text = _TITLES.sub(" ", _MARKS.sub(",", text))
    return [re.sub(r"\s+", " ", part).strip(" .,:;-–") for part in _SEPARATORS.split(text)]


def is_name(text: str) -> bool:
    """Return whether the text reads as one person's name."""
    if not 3 <= len(text) <= LONGEST_NAME or any(character.isdigit() for character in text) or _PLACE.search(text):
        return False
    if cjk_share(text) > 0.5:
        return len(text.replace(" ", "")) <= 8
    parts = text.split()
    if not 2 <= len(parts) <= MOST_NAME_PARTS or not all(_NAME_PART.match(part) for part in parts):
        return False
    return any(len(part.strip(".")) > 1 and part[0].isupper() for part in parts)
