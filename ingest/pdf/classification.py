"""Groups of lines into pieces with their kinds, section by section, from the title to the last reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from statistics import mean, median

from ingest.document import BlockKind
from ingest.pdf.front_matter import ABSTRACT_START, FrontMatter, ends_abstract, is_abstract_heading
from ingest.pdf.headings import LARGER, HeadingMark, heading_of, is_known, normal
from ingest.pdf.hyphenation import Vocabulary
from ingest.pdf.lines import TextLine
from ingest.pdf.paragraphs import Piece, group_lines
from ingest.pdf.references import find_unnamed_list, opens_references, split_entries
from ingest.pdf.run_in import run_in_of
from ingest.pdf.shapes import FOOTNOTE_MARK, caption_label, is_equation, is_list_item, is_row, word_count
from ingest.pdf.typography import Typography

FOOTNOTE_SIZE = 0.93
"""Relative to the body; footnotes are set smaller."""
FOOTNOTE_ZONE = 0.5
FIGURE_LINE = 7
"""Words; shorter lines in smaller type are lettering of a figure."""
_FIGURES = ("figure", "fig", "scheme", "図")
ABSTRACT_WORDS = 60
"""Words; a paragraph this long between the authors and the first heading is an abstract that no word announces."""


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece and, when it is a heading, what it says as one."""

    piece: Piece
    heading: HeadingMark | None = None


def classify_front(lines: Sequence[TextLine], front: FrontMatter, *, typography: Typography) -> list[Marked]:
    """Return the pieces of the first page's head: title, authors, unannounced abstract, furniture above the title."""
    pieces: list[Marked] = []
    title = set(front.title_lines)
    first = front.title_lines[0] if front.title_lines else 0
    if front.title_lines:
        pieces.append(Marked(Piece(BlockKind.TITLE, tuple(lines[position] for position in front.title_lines))))
    above = [line for position, line in enumerate(lines[:first]) if position not in title]
    below = [line for position, line in enumerate(lines[: front.end]) if position > first and position not in title]
    pieces.extend(
        Marked(Piece(BlockKind.FURNITURE, tuple(group))) for group in group_lines(above, typography=typography)
    )
    abstract: Sequence[TextLine] = ()
    for group in group_lines(below, typography=typography):
        kind = BlockKind.AUTHORS
        if abstract and not ends_abstract(group[0].text) and word_count(" ".join(line.text for line in group)) > 20:
            kind = BlockKind.ABSTRACT if _is_set_alike(abstract, group) else BlockKind.PARAGRAPH
        elif not abstract and _is_unannounced_abstract(group):
            kind, abstract = BlockKind.ABSTRACT, group
        pieces.append(Marked(Piece(kind, tuple(group))))
    return pieces


def _is_set_alike(abstract: Sequence[TextLine], group: Sequence[TextLine]) -> bool:
    """Return whether a later paragraph of the head is set in the abstract's type."""
    last, first = abstract[-1], group[0]
    is_same_type = abs(first.size - last.size) < 0.05 * last.size and abs(first.bold - last.bold) < 0.5
    return is_same_type and first.font == last.font and first.column == last.column


def _is_unannounced_abstract(group: Sequence[TextLine]) -> bool:
    text = " ".join(line.text for line in group)
    return (
        word_count(text) >= ABSTRACT_WORDS
        and text.count(". ") >= 2
        and not ends_abstract(text)
        and text.count("@") == 0
        and sum(line.shortfall < 3 for line in group) >= 0.6 * len(group)
    )


def classify_body(
    lines: Sequence[TextLine],
    *,
    typography: Typography,
    outlined: Mapping[str, int],
    heights: Sequence[float],
    vocabulary: Vocabulary,
) -> list[Marked]:
    """Return the pieces after the head, in order."""
    pieces: list[Marked] = []
    references: list[TextLine] = []
    in_references, in_abstract = False, False
    unnamed = find_unnamed_list(lines)
    first_unnamed = lines[unnamed] if unnamed is not None else None
    groups = group_lines(lines, typography=typography)
    for place, group in enumerate(groups):
        heading = heading_of(group, typography=typography, outlined=outlined, vocabulary=vocabulary)
        if heading and place + 1 < len(groups) and normal(heading.title) not in outlined:
            heading = heading if not _heads_table(heading, group, groups[place + 1], typography) else None
        in_references = in_references or group[0] is first_unnamed
        if in_references and not _leaves_references(group, heading, references):
            references.extend(group)
            continue
        pieces.extend(_entries(references))
        references.clear()
        in_references = False
        if heading:
            in_references = opens_references(heading.title)
            in_abstract = is_abstract_heading(heading.title) and heading.page <= 2
            pieces.append(Marked(Piece(BlockKind.HEADING, tuple(group)), heading))
            continue
        kind = _kind_of(group, typography=typography, heights=heights)
        in_abstract = in_abstract and not ends_abstract(group[0].text)
        if kind is BlockKind.PARAGRAPH and (in_abstract or _runs_in_abstract(group, pieces)):
            kind = BlockKind.ABSTRACT
        pieces.extend(_parted(Piece(kind, tuple(group)), pieces, vocabulary))
    pieces.extend(_entries(references))
    return pieces


def _parted(piece: Piece, before: Sequence[Marked], vocabulary: Vocabulary) -> list[Marked]:
    """Return a paragraph and the heading that it begins with, each for itself."""
    can_open = piece.kind is BlockKind.PARAGRAPH and any(part.heading for part in before)
    run_in = run_in_of(piece.lines, vocabulary=vocabulary) if can_open else None
    if run_in is None:
        return [Marked(piece)]
    return [Marked(Piece(BlockKind.HEADING, run_in.heading), run_in.mark), Marked(replace(piece, lines=run_in.rest))]


def _heads_table(
    heading: HeadingMark, group: Sequence[TextLine], following: Sequence[TextLine], typography: Typography
) -> bool:
    """Return whether the words stand on a table's rows or a figure's lettering and head its columns, not a section."""
    if heading.depth is not None or group[0].size > LARGER * typography.body_size:
        return False
    last, first = group[-1], following[0]
    reach = 1.8 if is_known(heading.title) else 3.0  # "Method" heads sections and columns
    is_next = last.page == first.page and 0 < first.baseline - last.baseline < reach * last.size
    return is_next and (is_row(first) or caption_label(first.text) in _FIGURES) and not is_list_item(first)


def _entries(lines: Sequence[TextLine]) -> list[Marked]:
    return [Marked(Piece(BlockKind.REFERENCE, tuple(entry))) for entry in split_entries(lines)] if lines else []


def _leaves_references(group: Sequence[TextLine], heading: HeadingMark | None, references: Sequence[TextLine]) -> bool:
    """Return whether a group after the reference list begins another section: it must stand out from the list."""
    if heading is None or not references:
        return False
    if is_known(heading.title):
        return True
    size = median(line.size for line in references)
    is_bold = group[0].bold > 0.8 and mean(line.bold for line in references) < 0.5
    return (group[0].size >= 1.1 * size or is_bold) and heading.title[:1].isalpha() and len(heading.title) < 80


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
