"""Groups of lines into pieces with their kinds, section by section, from the title to the last reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from ingest.document import BlockKind
from ingest.pdf.front_matter import ABSTRACT_START, FrontMatter, is_abstract_heading
from ingest.pdf.headings import HeadingMark, heading_of, is_known
from ingest.pdf.lines import TextLine
from ingest.pdf.paragraphs import Piece, group_lines
from ingest.pdf.references import opens_references, split_entries
from ingest.pdf.shapes import FOOTNOTE_MARK, caption_label, is_equation, is_list_item, is_row, word_count
from ingest.pdf.typography import Typography

FOOTNOTE_SIZE = 0.93
"""Relative to the body; footnotes are set smaller."""
FOOTNOTE_ZONE = 0.5
FIGURE_LINE = 4
"""Words; shorter lines in odd sizes are lettering of a figure."""
ABSTRACT_WORDS = 40


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece and, when it is a heading, what it says as one."""

    piece: Piece
    heading: HeadingMark | None = None


def classify_front(lines: Sequence[TextLine], front: FrontMatter) -> list[Marked]:
    """Return the pieces of the first page's head: title, authors, and furniture above the title."""
    pieces: list[Marked] = []
    title = set(front.title_lines)
    first = front.title_lines[0] if front.title_lines else 0
    if front.title_lines:
        pieces.append(Marked(Piece(BlockKind.TITLE, tuple(lines[position] for position in front.title_lines))))
    for position, line in enumerate(lines[: front.end]):
        if position in title:
            continue
        kind = BlockKind.FURNITURE if position < first else BlockKind.AUTHORS
        last = pieces[-1].piece if pieces else None
        if last and last.kind is kind and last.lines[-1].column == line.column:
            pieces[-1] = Marked(Piece(kind, (*last.lines, line)))
        else:
            pieces.append(Marked(Piece(kind, (line,))))
    return pieces


def classify_body(
    lines: Sequence[TextLine], *, typography: Typography, outlined: Mapping[str, int], heights: Sequence[float]
) -> list[Marked]:
    """Return the pieces after the head, in order."""
    pieces: list[Marked] = []
    references: list[TextLine] = []
    in_references, in_abstract = False, False
    for group in group_lines(lines, typography=typography):
        heading = heading_of(group, typography=typography, outlined=outlined)
        if in_references and not _leaves_references(group, heading, typography):
            references.extend(group)
            continue
        pieces.extend(_entries(references))
        references.clear()
        in_references = False
        if heading:
            in_references = opens_references(heading.title)
            in_abstract = is_abstract_heading(heading.title)
            pieces.append(Marked(Piece(BlockKind.HEADING, tuple(group)), heading))
            continue
        kind = _kind_of(group, typography=typography, heights=heights)
        if kind is BlockKind.PARAGRAPH and (in_abstract or _runs_in_abstract(group, pieces)):
            kind = BlockKind.ABSTRACT
        pieces.append(Marked(Piece(kind, tuple(group))))
    pieces.extend(_entries(references))
    return pieces


def _entries(lines: Sequence[TextLine]) -> list[Marked]:
    return [Marked(Piece(BlockKind.REFERENCE, tuple(entry))) for entry in split_entries(lines)] if lines else []


def _leaves_references(group: Sequence[TextLine], heading: HeadingMark | None, typography: Typography) -> bool:
    """Return whether a group after the reference list begins another section."""
    if heading is None:
        return False
    if is_known(heading.title):
        return True
    is_large = group[0].size >= 1.07 * typography.body_size
    return (is_large or group[0].bold > 0.8) and heading.title[:1].isalpha() and len(heading.title) < 80


def _runs_in_abstract(group: Sequence[TextLine], pieces: Sequence[Marked]) -> bool:
    return bool(ABSTRACT_START.match(group[0].text)) and group[0].page <= 2 and not any(part.heading for part in pieces)


def _kind_of(group: Sequence[TextLine], *, typography: Typography, heights: Sequence[float]) -> BlockKind:
    first = group[0]
    if caption_label(first.text):
        return BlockKind.CAPTION
    if all(is_equation(line) for line in group):
        return BlockKind.EQUATION
    if is_row(first) and not is_list_item(first):
        return BlockKind.TABLE if len(group) >= 2 or len(first.cells) >= 3 else _loose_kind(group, typography)
    is_small = first.size < FOOTNOTE_SIZE * typography.body_size
    if is_small and FOOTNOTE_MARK.match(first.text) and first.baseline > FOOTNOTE_ZONE * heights[first.page - 1]:
        return BlockKind.FOOTNOTE
    if is_list_item(first):
        return BlockKind.LIST
    return _loose_kind(group, typography)


def _loose_kind(group: Sequence[TextLine], typography: Typography) -> BlockKind:
    """Tell prose from the lettering of figures."""
    odd = abs(group[0].size - typography.body_size) > 0.12 * typography.body_size
    words = word_count(" ".join(line.text for line in group))
    is_lettering = words <= FIGURE_LINE * len(group) and not group[-1].text.endswith((".", "。", ":"))
    if group[0].text[0] > "\u2e7f":
        return BlockKind.PARAGRAPH
    return BlockKind.FURNITURE if is_lettering and (odd or words == 0) else BlockKind.PARAGRAPH
