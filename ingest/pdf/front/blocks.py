"""The pages before the text into pieces: cover, title, authors, abstracts; what is left of them is the body's."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from ingest.document import BlockKind
from ingest.pdf.classification import Marked
from ingest.pdf.front.abstracts import Abstract, find_abstracts
from ingest.pdf.front.cover import front_page
from ingest.pdf.front.matter import FrontMatter, find_front_matter
from ingest.pdf.headings import BOLD_SHARE, HeadingMark
from ingest.pdf.hyphenation import Vocabulary
from ingest.pdf.lines import TextLine
from ingest.pdf.paragraphs import SENTENCE_ENDS, Piece, group_lines
from ingest.pdf.shapes import BULLET, word_count
from ingest.pdf.typography import Typography

TEXT_WORDS = 40
"""Words of a paragraph under the abstract that is the beginning of the text; affiliations are shorter."""
FULL_LINE = 3.0
"""Ems that a full line may end before its column's edge."""


@dataclass(frozen=True, slots=True)
class Front:
    """What stands before the text, and what is left.

    `head` holds the pieces of cover, title and authors; `byline` the lines under the title, `above` those over it;
    `abstracts` the pieces of each abstract with its first line; `body` the other lines, `notes` those of them on the
    title's page.
    """

    title: str
    head: tuple[Marked, ...]
    byline: tuple[TextLine, ...]
    above: tuple[TextLine, ...]
    abstracts: tuple[tuple[TextLine, tuple[Marked, ...]], ...]
    body: tuple[TextLine, ...]
    notes: tuple[TextLine, ...]


def read_front(
    pages: Sequence[Sequence[TextLine]],
    *,
    stated_title: str,
    typography: Typography,
    heights: Sequence[float],
    vocabulary: Vocabulary,
) -> Front:
    """Part cover, title, authors and abstracts from the text.

    Args:
        pages: the lines of each page in reading order, furniture left out.
        stated_title: the PDF's /Title, or "".
        typography: the document's type.
        heights: of the pages, in points.
        vocabulary: the document's words.
    """
    place = front_page(pages)
    cover = [line for page in pages[:place] for line in page]
    lines = [line for page in pages[place:] for line in page]
    first = pages[place] if pages else ()
    front = find_front_matter(
        first,
        stated_title=stated_title,
        typography=typography,
        height=heights[first[0].page - 1] if first else 0.0,
        vocabulary=vocabulary,
    )
    start = front.title_lines[-1] + 1 if front.title_lines else 0
    abstracts = find_abstracts(lines, start=start, stop=front.end, typography=typography)
    end = min([front.end, *(abstract.start for abstract in abstracts if abstract.heading is not None)])
    end = _text_after(lines, abstracts, end=end, typography=typography)
    if not abstracts and end >= len(first):
        end = _text_without_heading(lines, start=start, end=end, typography=typography)
    taken = {place for abstract in abstracts for place in (abstract.heading, *abstract.lines)}
    head = [*_furniture(cover, typography), *_head(lines, front, end=end, taken=taken, typography=typography)]
    byline = [part.piece.lines for part in head if part.piece.kind is BlockKind.AUTHORS]
    body = tuple(line for position, line in enumerate(lines) if position >= end and position not in taken)
    return Front(
        title=front.title,
        head=tuple(head),
        byline=tuple(line for group in byline for line in group),
        above=tuple(lines[: front.title_lines[0]]) if front.title_lines else (),
        abstracts=tuple((lines[abstract.start], _pieces(lines, abstract, typography)) for abstract in abstracts),
        body=body,
        notes=tuple(line for line in body if first and line.page == first[0].page),
    )


def _text_after(lines: Sequence[TextLine], abstracts: Sequence[Abstract], *, end: int, typography: Typography) -> int:
    """Return where the text begins that follows an unannounced abstract without a heading, or `end`.

    A paragraph set in full lines under the abstract is no list of authors, however far the first heading is.
    """
    last = max(
        (max(abstract.lines) for abstract in abstracts if abstract.heading is None and abstract.lines), default=end
    )
    position = last + 1
    for group in group_lines(lines[position:end], typography=typography):
        if _reads_as_text(group):
            return position
        position += len(group)
    return end


def _text_without_heading(lines: Sequence[TextLine], *, start: int, end: int, typography: Typography) -> int:
    """Return where the text begins on a first page without abstract and heading: at prose, or at a slide's points."""
    position = start
    for group in group_lines(lines[start:end], typography=typography):
        if position > start and (_reads_as_text(group) or BULLET.match(group[0].text)):
            return position
        position += len(group)
    return end


def _reads_as_text(group: Sequence[TextLine]) -> bool:
    text = " ".join(line.text for line in group)
    full = sum(line.shortfall < FULL_LINE for line in group)
    return (
        word_count(text) >= TEXT_WORDS
        and text[0].isupper()
        and "@" not in text
        and text.rstrip(" ]0123456789⁰¹²³⁴⁵⁶⁷⁸⁹,").endswith(SENTENCE_ENDS)
        and full >= 0.5 * len(group)
    )


def with_abstracts(front: Front, body: Sequence[Marked], lines: Sequence[TextLine]) -> list[Marked]:
    """Return the document's pieces in order: the head, and each abstract before the text that follows it.

    Args:
        front: as read.
        body: the pieces of `front.body`.
        lines: the document's, in reading order.
    """
    order = {id(line): position for position, line in enumerate(lines)}
    placed = list(body)
    for first, pieces in reversed(front.abstracts):
        start = order[id(first)]
        after = (at for at, part in enumerate(placed) if order.get(id(part.piece.lines[0]), -1) > start)
        at = next(after, len(placed))
        placed[at:at] = pieces
    return [*front.head, *placed]


def _furniture(lines: Sequence[TextLine], typography: Typography) -> list[Marked]:
    return [Marked(Piece(BlockKind.FURNITURE, tuple(group))) for group in group_lines(lines, typography=typography)]


def _head(
    lines: Sequence[TextLine], front: FrontMatter, *, end: int, taken: set[int | None], typography: Typography
) -> list[Marked]:
    """Return the pieces of the head: title, what stands above it as furniture, and what stands under it."""
    title = front.title_lines
    first = title[0] if title else 0
    pieces = [Marked(Piece(BlockKind.TITLE, tuple(lines[position] for position in title)))] if title else []
    pieces.extend(_furniture(lines[:first], typography))
    below = [lines[at] for at in range(first, end) if at not in title and at not in taken]
    pieces.extend(Marked(Piece(BlockKind.AUTHORS, tuple(group))) for group in group_lines(below, typography=typography))
    return pieces


def _pieces(lines: Sequence[TextLine], abstract: Abstract, typography: Typography) -> tuple[Marked, ...]:
    """Return an abstract's heading and its paragraphs; one that a column or page cut in two is whole again."""
    pieces: list[Marked] = []
    if abstract.heading is not None:
        line = lines[abstract.heading]
        mark = HeadingMark(line.text, None, (round(line.size), line.bold > BOLD_SHARE, line.text.isupper()), line.page)
        pieces.append(Marked(Piece(BlockKind.HEADING, (line,)), mark))
    paragraphs: list[list[TextLine]] = []
    for group in group_lines([lines[position] for position in abstract.lines], typography=typography):
        if paragraphs and not paragraphs[-1][-1].text.endswith(SENTENCE_ENDS):
            paragraphs[-1].extend(group)
        else:
            paragraphs.append(list(group))
    pieces.extend(Marked(Piece(BlockKind.ABSTRACT, tuple(group))) for group in paragraphs)
    return tuple(pieces)
