"""Lines into pieces: where a paragraph, list item, row block or caption begins, and where it goes on after a break."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from ingest.document import BlockKind
from ingest.pdf.headings import is_known
from ingest.pdf.lettering import HYPHEN_AT_LINE_END, cjk_share, is_cjk
from ingest.pdf.lines import TextLine
from ingest.pdf.run_in import continues_lead
from ingest.pdf.shapes import caption_label, is_equation, is_list_item, is_row, is_stand_in
from ingest.pdf.typography import Typography

LOOSE = 1.35
"""A step between baselines this much larger than the leading parts two paragraphs."""
FIRST_INDENT = (0.7, 6.0)
"""Ems by which a paragraph's first line may be set in."""
SIZE_STEP = 0.08
"""Relative change of size that parts two pieces."""
MIXED_SIZE_STEP = 0.15
"""The same in Japanese, where Latin letters are set in a size of their own."""
SHORT_LINE = 3.0
"""Ems that a line must end before its column's edge to be its paragraph's last."""
LABEL_SHORTFALL = 8.0
"""Ems that a line in a font of its own must end before the edge to be a heading whatever font follows."""
SENTENCE_ENDS = (".", "!", "?", ":", "。", "．", "！", "？", "”", ".)", ".]", ".’", "：")
LONGEST_WAY_BACK = 60
"""Pieces that stand between the two parts of a sentence at most: a figure's lettering takes many."""
_PART = re.compile(r"^\([a-zA-Z]\)")
"""What names a part of a figure in its caption, which is no list."""
_CONTINUES_PAST = frozenset(
    {BlockKind.CAPTION, BlockKind.TABLE, BlockKind.EQUATION, BlockKind.FOOTNOTE, BlockKind.FURNITURE}
)


@dataclass(frozen=True, slots=True)
class Piece:
    """Lines that belong together and what they are."""

    kind: BlockKind
    lines: tuple[TextLine, ...]

    @property
    def text(self) -> str:
        """The lines' text, for looking at, not for keeping."""
        return " ".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        """The first line's size."""
        return self.lines[0].size

    @property
    def page(self) -> int:
        """The first line's page."""
        return self.lines[0].page


def group_lines(lines: Sequence[TextLine], *, typography: Typography) -> list[list[TextLine]]:
    """Cut the lines where a new piece begins."""
    groups: list[list[TextLine]] = []
    for line in lines:
        if groups and not _begins_piece(groups[-1], line, typography):
            groups[-1].append(line)
        else:
            groups.append([line])
    return groups


def _begins_piece(group: Sequence[TextLine], line: TextLine, typography: Typography) -> bool:
    before = group[-1]
    if before.page != line.page or before.column != line.column or is_stand_in(before) or is_stand_in(line):
        return True
    step = line.baseline - before.baseline
    leading = typography.leading * max(line.size, before.size)
    if step <= 0 or step > LOOSE * leading:
        return True
    if _shape(line) != _shape(before):
        return True
    if _shape(line) != "prose":
        return False
    if _is_set_apart(group, line, typography) or _is_under_heading(before, line):
        return True
    if _changes_type(before, line) and not continues_lead(before, line):
        return True
    if is_list_item(line) and _is_item_start(group, line):
        return True
    is_after_end = _ends_sentence(before) and before.shortfall > SHORT_LINE
    if caption_label(line.text) and (step > 1.15 * leading or is_after_end):
        return True
    return _is_indented_start(group, line) or _follows_last_line(before, line, step, leading)


def _shape(line: TextLine) -> str:
    if is_equation(line):
        return "equation"
    return "row" if is_row(line) and not is_list_item(line) else "prose"


def _changes_type(before: TextLine, line: TextLine) -> bool:
    step = abs(before.size - line.size) / max(before.size, line.size)
    if (
        before.lead is not None and before.shortfall <= SHORT_LINE and step < 0.25
    ):  # its size is its heading's, where that takes most of the line
        return False
    is_mixed = cjk_share(before.text) > 0.2 or cjk_share(line.text) > 0.2
    if step > (MIXED_SIZE_STEP if is_mixed else SIZE_STEP):
        return min(len(before.text), len(line.text)) > 3 or step > 0.25
    return (before.bold > 0.9 and line.bold < 0.4) or (before.bold < 0.1 and line.bold > 0.9)


def _is_set_apart(group: Sequence[TextLine], line: TextLine, typography: Typography) -> bool:
    """Return whether a heading ends before this line: a known name, or one short line in a font of its own."""
    before = group[-1]
    if len(group) == 1 and is_known(before.text):
        return True
    if (before.lead is not None and before.shortfall <= SHORT_LINE) or continues_lead(before, line):
        return False
    if len(group) == 1 and _is_capitals(before) and not _is_capitals(line) and before.shortfall > SHORT_LINE:
        return True
    is_label = before.shortfall > LABEL_SHORTFALL
    is_other_font = before.font not in (typography.body_font, line.font) and (
        line.font == typography.body_font or is_label
    )
    return (
        len(group) <= 2
        and is_other_font
        and all(part.font == before.font for part in group)
        and (before.shortfall > SHORT_LINE or (len(group) == 1 and _is_one_style(before)))
        and not before.text.endswith((",", HYPHEN_AT_LINE_END))
        and line.indent < 2
    )


def _is_under_heading(before: TextLine, line: TextLine) -> bool:
    """Return whether a short bold line is a heading of its own over a paragraph that begins with another."""
    return line.lead is not None and before.bold > 0.9 and before.shortfall > SHORT_LINE


def _is_capitals(line: TextLine) -> bool:
    return len(line.text) >= 5 and line.text.isupper()


def _is_one_style(line: TextLine) -> bool:
    """Return whether the whole line is bold or not, italic or not: a run-in heading shares its line with text."""
    return not any(0.03 < share < 0.97 for share in (line.bold, line.italic))


def _is_item_start(group: Sequence[TextLine], line: TextLine) -> bool:
    """Return whether a line that looks like a list item is one, and not a sentence that breaks before "(2)"."""
    before = group[-1]
    if _PART.match(line.text) and caption_label(group[0].text):
        return False
    if _ends_sentence(before) or before.shortfall > SHORT_LINE or before.text.endswith((";", "；")):
        return True
    return is_list_item(group[0]) and abs(line.box.x0 - group[0].box.x0) < 0.5 * line.size


def _is_indented_start(group: Sequence[TextLine], line: TextLine) -> bool:
    before = group[-1]
    deeper = (line.box.x0 - before.box.x0) / max(line.size, 1.0)
    if FIRST_INDENT[0] <= deeper <= FIRST_INDENT[1]:
        hangs = len(group) == 1 and is_list_item(before)
        centred = abs((line.indent - line.shortfall) - (before.indent - before.shortfall)) < 1.0 and line.shortfall > 1
        return not hangs and not centred and not before.text.endswith((HYPHEN_AT_LINE_END, ","))
    return False


def _follows_last_line(before: TextLine, line: TextLine, step: float, leading: float) -> bool:
    starts_new = not line.text[0].islower()
    if step > 1.12 * leading and _ends_sentence(before) and before.shortfall > 1.0 and starts_new:
        return True
    width = before.margins[1] - before.margins[0]
    is_short = before.shortfall > max(SHORT_LINE, 0.15 * width / max(before.size, 1.0))
    return is_short and _ends_sentence(before) and starts_new and line.shortfall < SHORT_LINE


def _ends_sentence(line: TextLine) -> bool:
    return line.text.endswith(SENTENCE_ENDS)


def join_continued(pieces: Sequence[Piece]) -> list[Piece]:
    """Join paragraphs that a column, a page or a float cut in two; the later part moves up to the earlier."""
    joined: list[Piece] = []
    for piece in pieces:
        place = _place_to_continue(joined, piece)
        if place is None:
            joined.append(piece)
        else:
            joined[place] = replace(joined[place], lines=joined[place].lines + piece.lines)
    return joined


def _place_to_continue(pieces: Sequence[Piece], piece: Piece) -> int | None:
    if piece.kind is not BlockKind.PARAGRAPH:
        return None
    first = piece.lines[0]
    passes_prose = first.text[0].islower()
    place = len(pieces) - 1
    lowest = max(0, place - LONGEST_WAY_BACK)
    has_caption = False
    while place >= lowest and (
        pieces[place].kind in _CONTINUES_PAST
        or (passes_prose and _is_other_type(pieces[place], first))
        or (passes_prose and has_caption and _is_figures(pieces[place], first))
    ):
        has_caption |= pieces[place].kind is BlockKind.CAPTION
        place -= 1
    if place < lowest or pieces[place].kind not in (BlockKind.PARAGRAPH, BlockKind.LIST):
        return None
    return place if _continues(pieces[place].lines[-1], piece.lines[0]) else None


def _is_other_type(piece: Piece, line: TextLine) -> bool:
    """Return whether a piece of prose is set larger or smaller: an address, a caption's second column."""
    is_prose = piece.kind in (BlockKind.PARAGRAPH, BlockKind.LIST)
    return is_prose and abs(piece.lines[-1].size - line.size) > SIZE_STEP * max(piece.lines[-1].size, line.size)


def _is_figures(piece: Piece, line: TextLine) -> bool:
    """Return whether short lines above a caption on a line's page are its figure's, which read as prose."""
    return piece.page == line.page and all(part.shortfall > LABEL_SHORTFALL for part in piece.lines)


def _continues(last: TextLine, first: TextLine) -> bool:
    """Return whether a sentence runs from one line into the other over a break."""
    if abs(last.size - first.size) > SIZE_STEP * max(last.size, first.size) or first.page - last.page > 2:
        return False
    is_same_column = last.page == first.page and last.column == first.column
    if last.text.endswith((HYPHEN_AT_LINE_END, "-")) and first.text[0].islower():
        return True
    if _ends_sentence(last):
        return False
    if first.text[0].islower():
        return True
    if is_same_column:
        return False
    return (
        first.indent < FIRST_INDENT[0]
        and last.shortfall < SHORT_LINE
        and (first.text[0].isalnum() or is_cjk(first.text[0]) or first.text[0] in "(“\"'[")
    )
