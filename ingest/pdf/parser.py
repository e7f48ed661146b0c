"""A PDF file into a parsed document: the one page that runs the modules of this package in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import pypdfium2

from indexes.errors import NoTextInSource, TooLarge, UnreadableSource
from ingest.document import BlockKind, Finding, Page, ParsedDocument
from ingest.pdf.authors import find_authors
from ingest.pdf.classification import classify_body, classify_front
from ingest.pdf.columns import agree_on_gutters, find_gutter, reading_order
from ingest.pdf.engine import check_header, open_pdf
from ingest.pdf.front_matter import find_front_matter
from ingest.pdf.furniture import furniture_of
from ingest.pdf.headings import normal
from ingest.pdf.hyphenation import vocabulary_of
from ingest.pdf.lines import TextLine, lines_of
from ingest.pdf.metadata import describe_paper
from ingest.pdf.paragraphs import Piece
from ingest.pdf.properties import Properties, read_properties
from ingest.pdf.sections import furniture_blocks, make_blocks, make_sections
from ingest.pdf.sheets import Sheet, read_sheets
from ingest.pdf.typography import typography_of

FEWEST_READABLE = 500
"""Characters on the pages that are not garbled; with less a paper says nothing but its stamps and numbers."""
PARSER = f"ronbun-pdf/2 pypdfium2/{pypdfium2.version.PYPDFIUM_INFO.version}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A document's lines in reading order, and its furniture, by page."""

    body: tuple[tuple[TextLine, ...], ...]
    furniture: tuple[tuple[TextLine, ...], ...]


def parse_pdf(path: Path, *, source: str, max_pages: int) -> ParsedDocument:
    """Read a paper from a PDF file.

    Raises:
        UnsupportedSource: the file is not a PDF.
        EncryptedSource: it asks for a password.
        UnreadableSource: it cannot be opened.
        NoTextInSource: it has no page, no text on any, or broken fonts that leave no words.
        TooLarge: it has more pages than `max_pages`.
    """
    content = _read_bytes(path)
    check_header(path, content)
    sheets, findings = _read_pages(path, content, max_pages=max_pages)
    if not any(sheet.fragments for sheet in sheets):
        raise NoTextInSource(
            f"{path} holds no text on its {len(sheets)} pages", hint="It is probably a scan; run it through OCR first."
        )
    _check_words(path, sheets)
    properties = read_properties(content)
    return _compose(content, source=source, sheets=sheets, properties=properties, findings=findings)


def _check_words(path: Path, sheets: Sequence[Sheet]) -> None:
    garbled = [sheet for sheet in sheets if sheet.is_garbled]
    readable = sum(len(part.text) for sheet in sheets if not sheet.is_garbled for part in sheet.fragments)
    if garbled and readable < FEWEST_READABLE:
        raise NoTextInSource(
            f"{path} holds no readable text: garbled fonts on {len(garbled)} of its {len(sheets)} pages",
            hint="Its fonts do not say which letters they show; get another copy or run it through OCR.",
        )


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"{path} cannot be read: {error.strerror}", hint="Check its name and rights.") from error


def _read_pages(path: Path, content: bytes, *, max_pages: int) -> tuple[list[Sheet], list[Finding]]:
    with open_pdf(path, content) as document:
        count = len(document)
        if count == 0:
            raise NoTextInSource(f"{path} has no pages", hint="The file is damaged or a stub; fetch it again.")
        if count > max_pages:
            raise TooLarge(
                f"{path} has {count} pages, more than the limit of {max_pages}",
                hint="Split it, or raise RONBUN_MAX_PAGES.",
            )
        return read_sheets(document)


def read_lines(sheets: Sequence[Sheet]) -> Reading:
    """Put every page's fragments into lines in reading order, furniture apart."""
    aside = furniture_of([(sheet.fragments, sheet.frame.size[1]) for sheet in sheets])
    kept = [
        [part for position, part in enumerate(sheet.fragments) if position not in positions]
        for sheet, positions in zip(sheets, aside, strict=True)
    ]
    gutters = [find_gutter(fragments) for fragments in kept]
    usual = agree_on_gutters(gutters)
    body = tuple(
        tuple(lines_of(reading_order(fragments, gutter=gutter if gutter is not None else usual), page=sheet.number))
        for sheet, fragments, gutter in zip(sheets, kept, gutters, strict=True)
    )
    furniture = tuple(
        tuple(
            line
            for position in sorted(positions)
            for line in lines_of(reading_order([sheet.fragments[position]], gutter=None), page=sheet.number)
        )
        for sheet, positions in zip(sheets, aside, strict=True)
    )
    return Reading(body, furniture)


def _compose(
    content: bytes, *, source: str, sheets: Sequence[Sheet], properties: Properties, findings: Sequence[Finding]
) -> ParsedDocument:
    reading = read_lines(sheets)
    frames = [sheet.frame for sheet in sheets]
    heights = [frame.size[1] for frame in frames]
    pages = [() if sheet.is_garbled else page_lines for sheet, page_lines in zip(sheets, reading.body, strict=True)]
    lines = [line for page in pages for line in page]
    typography = typography_of(lines)
    vocabulary = vocabulary_of(line.text for line in lines)
    outlined = {normal(entry.title): entry.level for entry in properties.outline if normal(entry.title)}
    first = () if sheets[0].is_garbled else next((page for page in pages if page), ())
    front = find_front_matter(
        first,
        stated_title=properties.title,
        typography=typography,
        height=heights[first[0].page - 1] if first else 0.0,
        vocabulary=vocabulary,
    )
    head = classify_front(first, front, typography=typography)
    body = classify_body(
        lines[front.end :], typography=typography, outlined=outlined, heights=heights, vocabulary=vocabulary
    )
    sections = make_sections([part.heading for part in body if part.heading], outlined=outlined)
    blocks = make_blocks([*head, *body], vocabulary=vocabulary, frames=frames)
    blocks = (*blocks, *furniture_blocks(_furniture(sheets, reading), frames=frames))
    under_title = [line for part in head if part.piece.kind is BlockKind.AUTHORS for line in part.piece.lines]
    paper = describe_paper(
        content,
        source=source,
        title=front.title,
        authors=find_authors(under_title, stated=properties.author),
        blocks=blocks,
        properties=properties,
        page_count=len(sheets),
    )
    return ParsedDocument(
        paper=paper,
        pages=_pages(sheets, properties.labels),
        blocks=blocks,
        sections=sections,
        findings=(*findings, *properties.findings),
        parser=PARSER,
    )


def _furniture(sheets: Sequence[Sheet], reading: Reading) -> list[Piece]:
    """Return what stands beside the text, line by line, and the garbled pages, which no reader can read."""
    garbled = [page for sheet, page in zip(sheets, reading.body, strict=True) if sheet.is_garbled and page]
    beside = [(line,) for page in reading.furniture for line in page]
    return [Piece(BlockKind.FURNITURE, lines) for lines in (*beside, *garbled)]


def _pages(sheets: Sequence[Sheet], labels: Sequence[str]) -> tuple[Page, ...]:
    named = labels if len(labels) == len(sheets) else [""] * len(sheets)
    return tuple(
        Page(sheet.number, sheet.frame.shown_size[0], sheet.frame.shown_size[1], label or str(sheet.number))
        for sheet, label in zip(sheets, named, strict=True)
    )
