"""A PDF file into a parsed document: the one page that runs the modules of this package in order."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pypdfium2

from indexes.errors import NoTextInSource, TooLarge, UnreadableSource
from ingest.document import BlockKind, Page, ParsedDocument
from ingest.languages import language_findings
from ingest.pdf.classification import classify_body
from ingest.pdf.columns import agree_on_gutters, find_gutter, reading_order
from ingest.pdf.engine import check_header, open_pdf
from ingest.pdf.engines import Choice, choose_engines
from ingest.pdf.front.authors import common_words, find_credits
from ingest.pdf.front.blocks import read_front, with_abstracts
from ingest.pdf.front.metadata import describe_paper, opening_of
from ingest.pdf.front.properties import Properties, read_properties
from ingest.pdf.furniture import furniture_of
from ingest.pdf.headings import normal
from ingest.pdf.hyphenation import vocabulary_of
from ingest.pdf.lines import TextLine, lines_of
from ingest.pdf.paragraphs import Piece
from ingest.pdf.recognition import NO_RECOGNITION, Recognition
from ingest.pdf.sections import furniture_blocks, make_blocks, make_sections
from ingest.pdf.sheets import Sheet, read_sheets
from ingest.pdf.tables.places import tables_apart, with_stand_ins
from ingest.pdf.typography import typography_of

FEWEST_READABLE = 500
"""Characters on the pages that are not garbled; with less a paper says nothing but its stamps and numbers."""
PARSER = f"ronbun-pdf/3 pypdfium2/{pypdfium2.version.PYPDFIUM_INFO.version}"


@dataclass(frozen=True, slots=True)
class Reading:
    """A document's lines in reading order, and its furniture, by page."""

    body: tuple[tuple[TextLine, ...], ...]
    furniture: tuple[tuple[TextLine, ...], ...]


def parse_pdf(path: Path, *, source: str, max_pages: int, recognition: Recognition = NO_RECOGNITION) -> ParsedDocument:
    """Read a paper from a PDF file; `recognition` is for pages without usable text.

    Raises:
        UnsupportedSource: the file is not a PDF.
        EncryptedSource: it asks for a password.
        UnreadableSource: it cannot be opened.
        NoTextInSource: it has no page, no text on any, or broken fonts that leave no words.
        TooLarge: it has more pages than `max_pages`.
    """
    content = _read_bytes(path)
    check_header(path, content)
    properties = read_properties(content)
    choice = _read_pages(path, content, max_pages=max_pages, recognition=recognition, has_layers=properties.has_layers)
    _check_words(path, choice)
    return _compose(content, source=source, choice=choice, properties=properties)


def _check_words(path: Path, choice: Choice) -> None:
    """Refuse a document without text to read, saying what would help.

    Raises:
        NoTextInSource: there is no text on any page, or hardly any beside garbled pages.
    """
    sheets = choice.sheets
    way_out = choice.obstacle.hint if choice.obstacle else "Get another copy, with text in it."
    why_not = f" ({choice.obstacle.message})" if choice.obstacle else ""
    if not any(sheet.fragments for sheet in sheets):
        message = f"{path} holds no text on its {len(sheets)} pages; it is probably a scan{why_not}"
        raise NoTextInSource(message, hint=way_out)
    garbled = [sheet for sheet in sheets if sheet.is_garbled]
    readable = sum(len(part.text) for sheet in sheets if not sheet.is_garbled for part in sheet.fragments)
    if garbled and readable < FEWEST_READABLE:
        message = (
            f"{path} holds no readable text: garbled fonts on {len(garbled)} of its {len(sheets)} pages, which do not "
            f"say which letters they show{why_not}"
        )
        raise NoTextInSource(message, hint=way_out)


def _read_bytes(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"{path} cannot be read: {error.strerror}", hint="Check its name and rights.") from error


def _read_pages(path: Path, content: bytes, *, max_pages: int, recognition: Recognition, has_layers: bool) -> Choice:
    with open_pdf(path, content) as document:
        count = len(document)
        if count == 0:
            raise NoTextInSource(f"{path} has no pages", hint="The file is damaged or a stub; fetch it again.")
        if count > max_pages:
            raise TooLarge(
                f"{path} has {count} pages, more than the limit of {max_pages}",
                hint="Split it, or raise RONBUN_MAX_PAGES.",
            )
        sheets, findings = read_sheets(document, has_layers=has_layers)
        choice = choose_engines(document, content, sheets, recognition=recognition)
    return replace(choice, findings=[*findings, *choice.findings])


def read_lines(sheets: Sequence[Sheet]) -> Reading:
    """Put every page's fragments into lines in reading order, furniture apart."""
    aside = furniture_of([(sheet.fragments, sheet.frame.size[1]) for sheet in sheets])
    kept = [
        with_stand_ins(sheet.fragments, sheet.tables, aside=frozenset(positions))
        for sheet, positions in zip(sheets, aside, strict=True)
    ]
    gutters = [find_gutter(fragments) for fragments in kept]
    usual = agree_on_gutters(gutters)
    body = tuple(
        tuple(
            tables_apart(
                lines_of(reading_order(fragments, gutter=gutter if gutter is not None else usual), page=sheet.number)
            )
        )
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


def _compose(content: bytes, *, source: str, choice: Choice, properties: Properties) -> ParsedDocument:
    sheets = choice.sheets
    reading = read_lines(sheets)
    frames = [sheet.frame for sheet in sheets]
    heights = [frame.size[1] for frame in frames]
    pages = [() if sheet.is_garbled else page_lines for sheet, page_lines in zip(sheets, reading.body, strict=True)]
    lines = [line for page in pages for line in page]
    typography = typography_of(lines)
    vocabulary = vocabulary_of(line.text for line in lines)
    outlined = {normal(entry.title): entry.level for entry in properties.outline if normal(entry.title)}
    front = read_front(
        pages, stated_title=properties.title, typography=typography, heights=heights, vocabulary=vocabulary
    )
    body = classify_body(front.body, typography=typography, outlined=outlined, heights=heights, vocabulary=vocabulary)
    marked = with_abstracts(front, body, lines)
    sections = make_sections([part.heading for part in marked if part.heading], outlined=outlined)
    tables = [sheet.tables for sheet in sheets]
    blocks = make_blocks(marked, vocabulary=vocabulary, frames=frames, tables=tables)
    blocks = (*blocks, *furniture_blocks(_furniture(sheets, reading), frames=frames))
    credits = find_credits(front, stated=properties.author, common=common_words(lines))
    paper = describe_paper(
        content,
        source=source,
        title=front.title,
        authors=credits.authors,
        blocks=blocks,
        properties=properties,
        page_count=len(sheets),
    )
    return ParsedDocument(
        paper=paper,
        pages=_pages(sheets, properties.labels),
        blocks=blocks,
        sections=sections,
        findings=(*choice.findings, *properties.findings, *language_findings(opening_of(blocks))),
        parser=f"{PARSER} {choice.recogniser}" if choice.recogniser else PARSER,
        affiliations=credits.affiliations,
    )


def _furniture(sheets: Sequence[Sheet], reading: Reading) -> list[Piece]:
    """Return what stands beside the text, line by line, and the garbled pages, which no reader can read."""
    garbled = [page for sheet, page in zip(sheets, reading.body, strict=True) if sheet.is_garbled and page]
    beside = [(line,) for page in reading.furniture for line in page]
    return [Piece(BlockKind.FURNITURE, lines) for lines in (*beside, *garbled)]


def _pages(sheets: Sequence[Sheet], labels: Sequence[str]) -> tuple[Page, ...]:
    named = labels if len(labels) == len(sheets) else [""] * len(sheets)
    return tuple(
        Page(
            sheet.number,
            *sheet.frame.shown_size,
            label or str(sheet.number),
            engine=sheet.engine,
            quality=sheet.quality,
        )
        for sheet, label in zip(sheets, named, strict=True)
    )
