"""Which pieces are headings, and the tree of sections they make."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.pdf.hyphenation import Vocabulary
from ingest.pdf.joining import plain_text
from ingest.pdf.lettering import cjk_share
from ingest.pdf.lines import TextLine
from ingest.pdf.section_names import SECTION_NAMES
from ingest.pdf.shapes import caption_label, is_equation, word_count
from ingest.pdf.typography import Typography

NUMBERED = re.compile(
    r"^(?:(?P<arabic>\d{1,2}(?:\.\d{1,2}){0,4})[.．:]?|(?P<roman>[IVX]{1,5})[.．:]|"
    r"(?P<letter>[A-Z](?:\.\d{1,2}){0,3})[.．:]?|(?i:appendix|付録)\s*(?P<appendix>[A-Z\d](?:\.\d{1,2}){0,3})?[.:．]?|"
    r"第\s*(?P<ja>\d{1,2})\s*[章節])(?:\s+|(?=[\u3040-\u9fff]))(?P<title>.*)$"
)
LABELLED = re.compile(r"^(key\s?words?|index terms|キーワード)\b.{0,40}?[:：—–-]\s*\S", re.I)
END_MATTER = re.compile(
    r"^(acknowledge?ments?|funding|authors?['’]? contributions?|data availability|code availability|"
    r"(declaration of )?(conflicts? of|competing) interests?|ethics|supplementary|additional information|disclosure)\b",
    re.I,
)
LONGEST = 160
MOST_LINES = 4
_UNENDING = (".", ",", ";", "。", "、", "，", "．", "-")
LARGER = 1.07
LARGER_MIXED = 1.14
BOLD_SHARE = 0.6
ITALIC_SHARE = 0.95


@dataclass(frozen=True, slots=True)
class HeadingMark:
    """A heading's text, its depth by its number (None when it has none) and the style it is set in."""

    title: str
    depth: int | None
    style: tuple[float, bool, bool]
    page: int
    is_run_in: bool = False


def normal(text: str) -> str:
    """Return a heading for comparison: lower case, no number, no punctuation at its ends."""
    found = NUMBERED.match(text.strip())
    if found and found["title"] and (found["arabic"] or found["roman"] or found["ja"]):
        text = found["title"]
    return re.sub(r"\s+", " ", text).strip(" .:：．-–—*∗").casefold()


def is_known(text: str) -> bool:
    """Return whether the text is a name that sections of papers have."""
    name = normal(text)
    if name in SECTION_NAMES:
        return True
    unspaced = name.replace(" ", "")
    return len(unspaced) < len(name) and unspaced in SECTION_NAMES


def heading_of(
    lines: Sequence[TextLine], *, typography: Typography, outlined: Mapping[str, int], vocabulary: Vocabulary
) -> HeadingMark | None:
    """Return what the lines say as a heading, or None when they are none.

    Args:
        lines: one piece.
        typography: the document's type.
        outlined: normalised titles of the file's outline, with their levels.
        vocabulary: the document's words.
    """
    text = plain_text([line.text for line in lines], vocabulary=vocabulary)
    if not text or len(text) > LONGEST or len(lines) > MOST_LINES or caption_label(text) or not _has_letters(text):
        return None
    if LABELLED.match(text):
        return None
    first = lines[0]
    is_known_name, is_outlined = is_known(text), normal(text) in outlined
    mark = HeadingMark(
        text, heading_depth(text), (round(first.size), first.bold > BOLD_SHARE, text.isupper()), first.page
    )
    if is_outlined or (is_known_name and len(lines) == 1):
        return mark
    if any(line.lead is not None and line.lead.text.endswith(".") for line in lines):
        return None
    if any(is_equation(line) for line in lines) or len(first.cells) > 2 or _is_lettered_word(text, first):
        return None
    if text.endswith(_UNENDING if mark.depth is None else _UNENDING[1:]):
        return None
    if mark.depth is not None and _is_titled(text) and text.count(",") <= 2 and word_count(text):
        return mark if _stands_out(lines, typography) or first.italic > ITALIC_SHARE else None
    return mark if _reads_as_title(text, lines, typography) and _stands_out(lines, typography) else None


def _is_lettered_word(text: str, first: TextLine) -> bool:
    """Return whether a letter with a stop is no number but a name's initial, as in "E. coli" and in a row of names."""
    found = NUMBERED.match(text)
    return bool(
        found
        and found["letter"]
        and (found["title"][:1].islower() or (len(first.cells) > 1 and len(first.cells[0].text) > 3))
    )


def _has_letters(text: str) -> bool:
    return sum(character.isalpha() for character in text) >= max(2, 0.4 * len(text.replace(" ", "")))


def _stands_out(lines: Sequence[TextLine], typography: Typography) -> bool:
    letters = [character for line in lines for character in line.text if character.isalpha()]
    is_capitals = (
        len(letters) >= 4 and all(not letter.islower() for letter in letters) and any(map(str.isupper, letters))
    )
    is_bold = all(line.bold > BOLD_SHARE for line in lines)
    is_mixed = cjk_share(lines[0].text) > 0.2  # Japanese lines mix two sizes, one of them for Latin letters
    is_larger = lines[0].size >= (LARGER_MIXED if is_mixed else LARGER) * typography.body_size
    return is_bold or is_larger or (is_capitals and lines[0].size >= 0.85 * typography.body_size)


def _is_titled(text: str) -> bool:
    """Return whether words follow the number, as a heading's do."""
    found = NUMBERED.match(text)
    title = found["title"] if found else ""
    return bool(title) and (title[0].isupper() or title[0] > "\u3000" or title[0].isdigit() or title[0].islower())


def _reads_as_title(text: str, lines: Sequence[TextLine], typography: Typography) -> bool:
    first = lines[0]
    if first.size < 0.9 * typography.body_size or len(first.cells) > 1 or len(text) > 110 or text.count(",") > 3:
        return False
    if first.indent > 1.0 and abs(first.indent - first.shortfall) > 2.0:
        return False
    if cjk_share(text) > 0.5:
        return len(text) < 40 and not any(mark in text for mark in "。，、．")
    return text[0].isupper() and word_count(text) >= 1


def heading_depth(text: str) -> int | None:
    """Return how deep a heading stands by its number, None when it has none."""
    found = NUMBERED.match(text)
    if not found or (not found["title"] and not found["appendix"]):
        return None
    if found["arabic"]:
        return found["arabic"].count(".") + 1
    if found["ja"]:
        return 1
    if found["letter"]:
        return (
            found["letter"].count(".") + 1 if "." in found["letter"] or text[len(found["letter"])] in ".．: " else None
        )
    return (found["appendix"] or "").count(".") + 1 if found["appendix"] else 1


def levels_of(marks: Sequence[HeadingMark], *, outlined: Mapping[str, int]) -> list[int]:
    """Return each heading's level: by its number, else by the outline, its name, or headings of the same style."""
    has_roman = sum(_is_roman(mark.title) for mark in marks) >= 2
    sure: list[int | None] = []
    for mark in marks:
        if mark.depth is not None:
            deeper = has_roman and re.match(r"^[A-H][.．]\s", mark.title) and not _is_roman(mark.title)
            sure.append(2 if deeper else mark.depth)
        elif normal(mark.title) in outlined:
            sure.append(outlined[normal(mark.title)])
        elif mark.is_run_in:
            sure.append(1 if END_MATTER.match(mark.title) else None)
        else:
            sure.append(1 if is_known(mark.title) else None)
    by_style: dict[tuple[float, bool, bool], Counter[int]] = {}
    for mark, level in zip(marks, sure, strict=True):
        if level is not None and not mark.is_run_in:
            by_style.setdefault(mark.style, Counter())[level] += 1
    styles = {style: counts.most_common(1)[0][0] for style, counts in by_style.items()}
    levels: list[int] = []
    parent = 0
    for mark, level in zip(marks, sure, strict=True):
        if mark.is_run_in:
            levels.append(level if level is not None else parent + 1)
            continue
        levels.append(level if level is not None else styles.get(mark.style) or _level_by_size(mark, styles))
        parent = levels[-1]
    return levels


def _is_roman(title: str) -> bool:
    return re.match(r"^[IVX]{1,5}[.．]\s", title) is not None


def _level_by_size(mark: HeadingMark, styles: Mapping[tuple[float, bool, bool], int]) -> int:
    larger = [level for style, level in styles.items() if style[0] > mark.style[0]]
    return max(larger) + 1 if larger else 1
