"""Which lines are a paper's abstract: announced by a word, or a paragraph of its own between authors and text.

Knows columns only by where lines stand: what is printed beside an abstract (dates, keywords, editors) is passed over.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.pdf.front.abstract_words import (
    ABSTRACT_START,
    LABEL,
    PROPER,
    RUN_IN_LABEL,
    ends_abstract,
    is_abstract_heading,
)
from ingest.pdf.headings import NUMBERED, is_known, normal
from ingest.pdf.lettering import HYPHEN_AT_LINE_END, cjk_share
from ingest.pdf.lines import TextLine
from ingest.pdf.paragraphs import group_lines
from ingest.pdf.shapes import caption_label, word_count
from ingest.pdf.typography import Typography

FARTHEST_PAGE = 8
"""Pages behind the title page on which a thesis has its abstract."""
MOST_LINES = 120
MOST_PASSED_OVER = 60
"""Lines beside an abstract that are passed over before it is taken to have ended."""
LONGEST_WORDS = 700
"""Words of three letters; what runs longer without a heading is the paper, of which the first paragraph is kept."""
FEWEST_WORDS = 60
"""Words; a paragraph this long between the authors and the first heading is an abstract that no word announces."""
FEWEST_KEPT = 8
SHORT_LINE = 3.0
LEAST_FULL = 0.6
"""Share of the lines that end within `SHORT_LINE` ems of their column's edge, as prose's do and names' do not."""
SIZE_STEP = 0.06
MIXED_SIZE_STEP = 0.16
"""The same in Japanese, where Latin letters are set in a size of their own."""
FAR_BELOW = 3.0
"""Ems between baselines from which a line no longer belongs to the paragraphs above it."""
BESIDE = 0.3
"""Share of a line's width over the abstract's from which it stands in the abstract's column."""
LOOSE = 1.3
"""Times the leading: a step that parts a full-width abstract from columns below."""
SHORT_LABEL = 30
SENTENCE_ENDS = (".", "!", "?", "。", "．", "”", ".)", ".]", "’", ":")
_NEUTRAL = (
    "contents|table of contents|acknowledgements|acknowledgments|acknowledgement|acknowledgment|keywords|key words|"
    "index terms|notation|overview|謝辞|目次"
)
_BEFORE_TEXT = frozenset(_NEUTRAL.split("|"))
"""Headings that stand before an abstract as well as behind it."""


@dataclass(frozen=True, slots=True)
class Abstract:
    """Positions among the document's lines: the heading's, if one announces it, and the text's, in order."""

    heading: int | None
    lines: tuple[int, ...]

    @property
    def start(self) -> int:
        """Where the abstract begins."""
        return self.lines[0] if self.heading is None else self.heading


def find_abstracts(lines: Sequence[TextLine], *, start: int, stop: int, typography: Typography) -> list[Abstract]:
    """Return the announced abstracts, one for each language, or else the one that nothing announces.

    Args:
        lines: the document's, in reading order.
        start: position behind the title.
        stop: position of the first line behind the head, on the title's page.
        typography: the document's type.
    """
    found: list[Abstract] = []
    taken = start
    for position in _announcements(lines, start):
        if position < taken or (found and not PROPER.match(lines[position].text)):
            continue
        abstract = _announced(lines, position, typography)
        if abstract:
            found.append(abstract)
            taken = abstract.lines[-1] + 1
    if found:
        return found
    unannounced = _unannounced(lines, start, stop, typography)
    return [unannounced] if unannounced else []


def _announcements(lines: Sequence[TextLine], start: int) -> list[int]:
    """Return where abstracts may be announced: on the title's page, and behind it until the text begins."""
    if start >= len(lines):
        return []
    page = lines[max(start - 1, 0)].page
    found = []
    has_begun = False
    for position in range(start, len(lines)):
        line = lines[position]
        if line.page > page + FARTHEST_PAGE or (has_begun and line.page > page):
            break
        if ABSTRACT_START.match(line.text) and _announces(line) and (not has_begun or PROPER.match(line.text)):
            found.append(position)
        elif (is_known(line.text) and not LABEL.match(line.text) and normal(line.text) not in _BEFORE_TEXT) or normal(
            line.text
        ) == "introduction":
            has_begun = True
    return found


def _announces(line: TextLine) -> bool:
    """Return whether the word stands alone, or before the text in another style or with a mark behind it."""
    if is_abstract_heading(line.text):
        return True
    word = ABSTRACT_START.match(line.text)
    is_marked = word is not None and word[0].rstrip()[-1:] in ".:：．—–―-】"
    return is_marked or line.lead is not None or PROPER.match(line.text) is not None


def _announced(lines: Sequence[TextLine], position: int, typography: Typography) -> Abstract | None:
    stands_alone = is_abstract_heading(lines[position].text)
    kept, is_cut = _gather(lines, position + 1 if stands_alone else position, typography)
    words = sum(word_count(lines[place].text) for place in kept)
    if is_cut or words > LONGEST_WORDS:
        kept = _first_paragraph(lines, kept)
    has_text = words >= FEWEST_KEPT or sum(cjk_share(lines[place].text) > 0.3 for place in kept) >= 1
    return Abstract(position if stands_alone else None, tuple(kept)) if kept and has_text else None


def _gather(lines: Sequence[TextLine], first: int, typography: Typography) -> tuple[list[int], bool]:
    """Return the lines of the abstract that begins at `first`, and whether the limit ended it."""
    kept: list[int] = []
    passed_over = 0
    labels: set[str] = set()
    for position in range(first, min(first + MOST_LINES + MOST_PASSED_OVER, len(lines))):
        line = lines[position]
        if not kept:
            if ends_abstract(line.text) or caption_label(line.text) or line.page > lines[first].page:
                break
            if first and _stands_beside(line, lines[first - 1 : first]):
                continue
        elif _is_elsewhere(line, [lines[place] for place in kept], typography):
            passed_over += 1
            if passed_over > MOST_PASSED_OVER or line.page > lines[kept[-1]].page + 1:
                break
            continue
        elif _ends(line, [lines[place] for place in kept], labels, typography):
            break
        found = RUN_IN_LABEL.match(line.text)
        labels.update({found[1].casefold()} if found else ())
        kept.append(position)
        if len(kept) >= MOST_LINES:
            return kept, True
    return kept, False


def _stands_beside(line: TextLine, heading: Sequence[TextLine]) -> bool:
    """Return whether a line stands wholly beside and above the word that announces the abstract."""
    above = heading[0]
    is_apart = line.box.x1 <= above.box.x0 or line.box.x0 >= above.box.x1 + 0.5 * (above.margins[1] - above.margins[0])
    return line.page == above.page and is_apart and line.baseline <= above.baseline + 0.5 * line.size


def _is_elsewhere(line: TextLine, kept: Sequence[TextLine], typography: Typography) -> bool:
    """Return whether a line stands beside the abstract and is no continuation of it in the next column or page."""
    last = kept[-1]
    left, right = min(part.box.x0 for part in kept), max(part.box.x1 for part in kept)
    shared = min(line.box.x1, right) - max(line.box.x0, left)
    in_column = line.page == last.page and shared >= BESIDE * (line.box.x1 - line.box.x0)
    if in_column and line.baseline > last.baseline:
        return False
    goes_on = not _ends_sentence(last) and _is_alike(last, line) and line.text[:1].islower() | (line.page > last.page)
    is_jump = line.page == last.page + 1 or (line.page == last.page and line.column != last.column)
    return not (goes_on and is_jump and not _is_heading(line, typography))


def _ends(line: TextLine, kept: Sequence[TextLine], labels: set[str], typography: Typography) -> bool:
    """Return whether the abstract ends before a line that stands below it."""
    last = kept[-1]
    if ends_abstract(line.text) or (caption_label(line.text) and _ends_sentence(last)):
        return True
    if LABEL.match(line.text) and len(line.text) < SHORT_LABEL and not NUMBERED.match(line.text):
        return not _is_own_label(line, kept, labels)
    is_other_type = not _is_alike(last, line) or abs(last.bold - line.bold) > 0.5
    if is_known(line.text) or (_is_heading(line, typography) and _ends_sentence(last) and is_other_type):
        return True
    step = (line.baseline - last.baseline) / max(line.size, 1.0) if line.page == last.page else 0.0
    if step > FAR_BELOW:
        return True
    if not _is_alike(last, line) and len(line.text) > 3:
        return _ends_sentence(last) or step > LOOSE * typography.leading
    is_full_width = last.column == "" and line.column != ""
    is_narrower = (line.margins[1] - line.margins[0]) < 0.7 * (kept[0].margins[1] - kept[0].margins[0])
    return is_full_width and is_narrower and _ends_sentence(last) and step > LOOSE * typography.leading


def _is_own_label(line: TextLine, kept: Sequence[TextLine], labels: set[str]) -> bool:
    """Return whether a label on a line of its own belongs to a structured abstract, and heads no section."""
    name = normal(line.text)
    is_structured = bool(LABEL.match(kept[0].text)) or not labels
    is_small = line.size <= 1.07 * kept[0].size
    return is_structured and is_small and name not in labels and bool(LABEL.match(kept[0].text))


def _is_heading(line: TextLine, typography: Typography) -> bool:
    text = line.text
    if is_known(text):
        return True
    if len(text) > 110 or text.endswith((",", ";", "。", HYPHEN_AT_LINE_END, "-")):
        return False
    stands_out = line.bold > 0.6 or line.size > 1.07 * typography.body_size or (text.isupper() and len(text) > 4)
    is_numbered = NUMBERED.match(text) is not None and not text.endswith(".")
    return stands_out and line.shortfall > 2 and (is_numbered or not text.endswith(".")) and text[:1].isalnum()


def _is_alike(last: TextLine, line: TextLine) -> bool:
    is_mixed = cjk_share(last.text) > 0.2 or cjk_share(line.text) > 0.2
    step = abs(last.size - line.size) / max(last.size, line.size)
    return step <= (MIXED_SIZE_STEP if is_mixed else SIZE_STEP)


def _ends_sentence(line: TextLine) -> bool:
    return line.text.rstrip(" 0123456789¹²³⁴⁵⁶⁷⁸⁹⁰").endswith(SENTENCE_ENDS)


def _first_paragraph(lines: Sequence[TextLine], kept: Sequence[int]) -> list[int]:
    """Return the lines up to the first that ends a paragraph after enough words."""
    words = 0
    for count, position in enumerate(kept, start=1):
        line = lines[position]
        words += word_count(line.text)
        following = lines[kept[count]] if count < len(kept) else None
        is_last = _ends_sentence(line) and (line.shortfall > 3 or (following is not None and following.indent > 0.7))
        if is_last and words >= FEWEST_WORDS:
            return list(kept[:count])
    return list(kept[:MOST_LINES])


def _unannounced(lines: Sequence[TextLine], start: int, stop: int, typography: Typography) -> Abstract | None:
    """Return the paragraph of the head that is long enough, with all of its type that stands below it."""
    starts, position = [], start
    barred: set[int] = set()
    for group in group_lines(lines[start:stop], typography=typography):
        if ends_abstract(group[0].text):
            barred.update(range(position, position + len(group)))
        elif group[0].text[0].isalnum() and not group[0].text[0].islower():
            starts.append(position)
        position += len(group)
    for first in starts:
        kept = _alike_below(lines, range(first, stop), barred, typography)
        text = " ".join(lines[place].text for place in kept)
        line, words = lines[first], word_count(text)
        is_letter = stop >= len(lines) or lines[stop].page != line.page  # no heading on the page: all of it is text
        differs = line.font != typography.body_font or abs(line.size - typography.body_size) > SIZE_STEP * line.size
        full = sum(lines[place].shortfall < SHORT_LINE for place in kept)
        if words < FEWEST_WORDS or text.count(". ") < 2 or "@" in text or full < LEAST_FULL * len(kept):
            continue
        if differs or not is_letter:
            return Abstract(None, tuple(_first_paragraph(lines, kept) if words > LONGEST_WORDS else kept))
    return None


def _alike_below(lines: Sequence[TextLine], within: range, barred: set[int], typography: Typography) -> list[int]:
    """Return the lines that are set like the first, one under the other; what stands beside is passed over."""
    first = within.start
    kept = [first]
    for position in within[1:]:
        line, last = lines[position], lines[kept[-1]]
        if line.page != last.page or position in barred or ends_abstract(line.text):
            break
        if not _is_set_like(lines[first], line):
            if _is_heading(line, typography) and line.column == lines[first].column:
                break
            continue
        if not 0 < (line.baseline - last.baseline) / max(line.size, 1.0) <= FAR_BELOW:
            break
        kept.append(position)
    return kept


def _is_set_like(line: TextLine, other: TextLine) -> bool:
    """Return whether two lines of one column are set alike."""
    is_type = abs(line.size - other.size) <= SIZE_STEP * line.size and abs(line.bold - other.bold) < 0.5
    starts_near = abs(other.box.x0 - line.box.x0) < 3 * line.size
    return is_type and starts_near
