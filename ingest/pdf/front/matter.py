"""The first page's head: where the title stands, who wrote the paper, where the abstract begins."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.front.abstract_words import ABSTRACT_START
from ingest.pdf.front.places import names_place
from ingest.pdf.headings import NUMBERED, is_known
from ingest.pdf.hyphenation import Vocabulary
from ingest.pdf.joining import plain_text
from ingest.pdf.lettering import cjk_share
from ingest.pdf.lines import TextLine
from ingest.pdf.shapes import word_count
from ingest.pdf.typography import Typography

TITLE_ZONE = 0.75
"""Share of the page's height, from the top, in which a title stands."""
LARGER_TITLE = 1.05
"""Relative to the body; a title in smaller type must be bold, or stand in few lines before the text."""
MOST_PLAIN_LINES = 3
LOGO_LETTERS = 3
"""Small lettering of a logo or badge beside a title, which is passed over."""
HEADING_SIZE = 1.07
"""Relative to the body; a first section's number stands in type this much larger, or bold."""
SAME_SIZE = 0.04
LONGEST_TITLE = 300
_KICKER = re.compile(
    r"^(open\s?access|open|original (research )?(article|paper)|research (article|paper|note)|"
    r"(mini |systematic )?review( article| paper)?|"
    r"article|full paper|short paper|communication|letter|case report|technical report|technical note|regular paper|"
    r"r\s?e\s?s\s?e\s?a\s?r\s?c\s?h\s+a\s?r\s?t\s?i\s?c\s?l\s?e|survey|tutorial|editorial|preprint|"
    r"view article online|progress report|論文|研究論文|原著論文|解説)$",
    re.I,
)
_LINE_BREAKS = re.compile(r"[-‐\s]+")
_JUNK_TITLE = re.compile(
    r"^(microsoft|untitled|slide \d|powerpoint|latex|title$|paper$|no job name|doi:|.{0,4}$|"
    r".*\.(docx?|dvi|tex|ps|pdf|indd|eps|pages|rtf|qxd|fm|pmd|p65)\b)|^\S+$",
    re.I,
)


@dataclass(frozen=True, slots=True)
class FrontMatter:
    """Positions among the first page's lines: the title's, and where the head ends (exclusive)."""

    title: str
    title_lines: tuple[int, ...]
    end: int


def squeezed(text: str) -> str:
    """Return the text's letters and digits alone, for comparison."""
    return "".join(character for character in text.casefold() if character.isalnum())


def is_junk_title(title: str) -> bool:
    """Return whether a /Title names a file or a program instead of a paper."""
    return cjk_share(title) < 0.3 and bool(_JUNK_TITLE.match(title.strip()))


def find_front_matter(
    lines: Sequence[TextLine], *, stated_title: str, typography: Typography, height: float, vocabulary: Vocabulary
) -> FrontMatter:
    """Find the title among the first page's lines.

    Args:
        lines: the page's lines in reading order, furniture left out.
        stated_title: the PDF's /Title, or "".
        typography: the document's type.
        height: of the page.
        vocabulary: the document's words.
    """
    end = _head_end(lines, typography)
    stated = "" if is_junk_title(stated_title) else stated_title.replace("‐", "-").strip()
    confirmed = _lines_holding(lines, stated) if stated else ()
    chosen = confirmed or _largest(lines, end=end, typography=typography, height=height)
    if not chosen:
        return FrontMatter(stated, (), 0)
    printed = _printed_title(lines, chosen, vocabulary)
    if confirmed and _differs_in_breaks(stated, printed):
        printed = stated
    elif confirmed and squeezed(stated) != squeezed(printed):
        printed = stated if not squeezed(printed).startswith(squeezed(stated)) or len(chosen) == 1 else printed
    return FrontMatter(printed, tuple(chosen), max(end, chosen[-1] + 1))


def _differs_in_breaks(stated: str, printed: str) -> bool:
    """Return whether the two differ in hyphens and spaces alone: the file knows which of them its lines broke."""
    return stated != printed and _LINE_BREAKS.sub("", stated) == _LINE_BREAKS.sub("", printed)


def _printed_title(lines: Sequence[TextLine], chosen: Sequence[int], vocabulary: Vocabulary) -> str:
    parts = []
    for position in chosen:
        cells = [cell.text for cell in lines[position].cells]
        parts.append(" ".join(cell for cell in cells if not _KICKER.match(cell)) or lines[position].text)
    text = plain_text(parts, vocabulary=vocabulary)
    text = re.sub(r"^OPEN (?=[A-Z])", "", text)  # Nature's access mark, set on the title's own line
    return re.sub(r"(?<=\w)\s*[∗*†‡§¶✩☆⋆¹²³⁴⁵⁶⁷⁸⁹]+$", "", text).strip()


def _head_end(lines: Sequence[TextLine], typography: Typography) -> int:
    """Return the position of the first line that belongs to the abstract or the body."""
    for position, line in enumerate(lines):
        if ABSTRACT_START.match(line.text) and (len(line.text) < 20 or position > 0):
            return position
        found = NUMBERED.match(line.text)
        if is_known(line.text) and (not found or found["arabic"] in (None, "1", "0")):
            return position
        is_first = (
            found is not None and (found["arabic"] == "1" or found["roman"] == "I") and found["title"][:1].isupper()
        )
        is_large = line.size > HEADING_SIZE * typography.body_size or (
            line.bold > 0.9 and line.size >= typography.body_size
        )
        if is_first and is_large and position > 0 and not names_place(line.text) and line.shortfall > 2:
            return position
    return len(lines)


def _lines_holding(lines: Sequence[TextLine], stated: str) -> tuple[int, ...]:
    """Return the lines that the stated title runs over, when the page shows it."""
    wanted = squeezed(stated)
    if len(wanted) < 6:
        return ()
    best: tuple[int, ...] = ()
    best_size = 0.0
    for start in range(len(lines)):
        gathered, position = "", start
        while position < len(lines) and len(gathered) < len(wanted) and wanted.startswith(gathered):
            gathered += squeezed(lines[position].text)
            position += 1
        if (
            gathered
            and gathered.startswith(wanted)
            and len(gathered) <= len(wanted) + 3
            and lines[start].size > best_size
        ):
            best, best_size = tuple(range(start, position)), lines[start].size
    return best


def _largest(lines: Sequence[TextLine], *, end: int, typography: Typography, height: float) -> tuple[int, ...]:
    """Return the lines of the largest type near the top that read as a title."""
    reach = end if end > 0 else len(lines)
    candidates = [
        position
        for position, line in enumerate(lines[:reach])
        if line.baseline < TITLE_ZONE * height and _may_be_title(line)
    ]
    if not candidates:
        return ()
    sizes = [lines[position].size for position in candidates]
    largest = max(sizes)
    if largest >= LARGER_TITLE * typography.body_size:
        first = next(position for position in candidates if lines[position].size >= (1 - SAME_SIZE) * largest)
        return _whole_title(lines, first, reach)
    bold = [position for position in candidates if lines[position].bold > 0.6]
    chosen = _whole_title(lines, (bold or candidates)[0], reach)
    is_prose = len(chosen) > MOST_PLAIN_LINES or len(chosen) == len(lines) > 1 or lines[chosen[-1]].text.endswith(".")
    return () if is_prose and not bold else chosen


def _may_be_title(line: TextLine) -> bool:
    has_words = word_count(line.text) >= 1 or cjk_share(line.text) > 0.4
    return has_words and not re.search(r"@|https?://|^arXiv:", line.text) and not _KICKER.match(line.text.strip())


def _whole_title(lines: Sequence[TextLine], first: int, reach: int) -> tuple[int, ...]:
    chosen = [first]
    for position in range(first + 1, reach):
        line, before = lines[position], lines[chosen[-1]]
        if len(line.text) <= LOGO_LETTERS and line.size < 0.5 * lines[first].size:
            continue
        is_alike = (
            abs(line.size - lines[first].size) <= SAME_SIZE * line.size and abs(line.bold - lines[first].bold) < 0.5
        )
        is_near = 0 < line.baseline - before.baseline < 2.0 * line.size
        if not (is_alike and is_near) or sum(len(lines[index].text) for index in chosen) > LONGEST_TITLE:
            break
        chosen.append(position)
    return tuple(chosen)
