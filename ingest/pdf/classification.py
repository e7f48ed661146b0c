"""Groups of lines into pieces with their kinds, from the first heading to the last reference."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from ingest.document import BlockKind
from ingest.pdf.contents import find_contents
from ingest.pdf.equations import find_formulas, group_body
from ingest.pdf.figures import FIGURE_LINE, find_lettering
from ingest.pdf.footnotes import find_footnotes, is_imprint, is_notice
from ingest.pdf.heading_groups import find_headings, join_headings
from ingest.pdf.headings import HeadingMark
from ingest.pdf.hyphenation import Vocabulary
from ingest.pdf.lines import TextLine
from ingest.pdf.listings import join_listings
from ingest.pdf.paragraphs import Piece, group_lines
from ingest.pdf.reference_lists import find_references
from ingest.pdf.references import split_entries
from ingest.pdf.run_in import run_in_of
from ingest.pdf.shapes import caption_label, is_equation, is_list_item, is_row, is_stand_in, word_count
from ingest.pdf.typography import Typography


@dataclass(frozen=True, slots=True)
class Marked:
    """A piece and, when it is a heading, what it says as one."""

    piece: Piece
    heading: HeadingMark | None = None


def classify_body(
    lines: Sequence[TextLine],
    *,
    typography: Typography,
    outlined: Mapping[str, int],
    heights: Sequence[float],
    vocabulary: Vocabulary,
) -> list[Marked]:
    """Return the pieces after the head, in order."""
    contents = find_contents(lines)
    rest = lines[contents.stop :]
    formulas = find_formulas(rest, typography=typography)
    groups: list[Sequence[TextLine]] = [
        *group_lines(lines[: contents.start], typography=typography),
        *group_lines(lines[contents.start : contents.stop], typography=typography),
        *group_body(rest, formulas, typography=typography),
    ]
    formula_starts = {id(rest[display.start]) for display in formulas.displays}
    listed = {id(line) for line in lines[contents.start : contents.stop]}
    groups = join_headings(groups, typography=typography, outlined=outlined, vocabulary=vocabulary)
    groups, listings = join_listings(groups)
    aside = find_lettering(groups, typography=typography) - listings
    aside |= {place for place, group in enumerate(groups) if id(group[0]) in listed}
    displayed = frozenset(place for place, group in enumerate(groups) if id(group[0]) in formula_starts)
    taken = aside | listings | displayed
    footnotes = find_footnotes(groups, typography=typography, heights=heights, taken=taken)
    imprints = {place for place, group in enumerate(groups) if is_imprint(group, typography=typography)} - taken
    headings = find_headings(
        groups, typography=typography, outlined=outlined, vocabulary=vocabulary, taken=taken | footnotes | imprints
    )
    in_list = find_references(groups, headings)
    kinds = {
        **dict.fromkeys(displayed, BlockKind.EQUATION),
        **dict.fromkeys(listings, BlockKind.CODE),
        **dict.fromkeys(aside, BlockKind.FURNITURE),
        **{at: BlockKind.FURNITURE if is_notice(groups[at]) else BlockKind.FOOTNOTE for at in footnotes},
        **dict.fromkeys(imprints, BlockKind.FURNITURE),
    }
    pieces: list[Marked] = []
    references: list[TextLine] = []
    for place, (group, heading, is_reference) in enumerate(zip(groups, headings, in_list, strict=True)):
        if is_reference and not is_stand_in(group[0]):
            references.extend(group)
            continue
        pieces.extend(_entries(references))
        references.clear()
        if heading:
            pieces.append(Marked(Piece(BlockKind.HEADING, tuple(group)), heading))
            continue
        found = kinds.get(place) or _kind_of(group, typography)
        pieces.extend(_parted(Piece(found, tuple(group)), pieces, vocabulary))
    pieces.extend(_entries(references))
    return pieces


def _parted(piece: Piece, before: Sequence[Marked], vocabulary: Vocabulary) -> list[Marked]:
    """Return a paragraph and the heading that it begins with, each for itself."""
    can_open = piece.kind is BlockKind.PARAGRAPH and any(part.heading for part in before)
    run_in = run_in_of(piece.lines, vocabulary=vocabulary) if can_open else None
    if run_in is None:
        return [Marked(piece)]
    return [Marked(Piece(BlockKind.HEADING, run_in.heading), run_in.mark), Marked(replace(piece, lines=run_in.rest))]


def _entries(lines: Sequence[TextLine]) -> list[Marked]:
    return [Marked(Piece(BlockKind.REFERENCE, tuple(entry))) for entry in split_entries(lines)] if lines else []


def _kind_of(group: Sequence[TextLine], typography: Typography) -> BlockKind:
    first = group[0]
    if caption_label(first.text):
        return BlockKind.CAPTION
    if all(is_equation(line) for line in group):
        return BlockKind.EQUATION
    if is_row(first) and not is_list_item(first):
        is_table = len(group) >= 2 or len(first.cells) >= 3 or is_stand_in(first)
        return BlockKind.TABLE if is_table else _loose_kind(group, typography)
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
