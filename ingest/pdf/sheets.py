"""Every page of a document as fragments in its reading frame, with what was noticed on the way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

import numpy as np
import pypdfium2

from indexes.errors import UnreadableSource
from ingest.document import Finding, FindingKind, PageEngine
from ingest.pdf.characters import CharacterReader, Glyphs
from ingest.pdf.engine import open_page
from ingest.pdf.fragments import Fragment, fragments_of
from ingest.pdf.geometry import Floats, Frame
from ingest.pdf.hidden.notes import NoteReader
from ingest.pdf.hidden.regions import findings_of
from ingest.pdf.quality import is_garbled, quality_of
from ingest.pdf.sign_fonts import SignFonts
from ingest.pdf.tables.reading import PageTable, find_tables
from ingest.pdf.tables.rulings import RulingReader

BLANK_FRAME = Frame(0.0, 0.0, 612.0, 792.0, 0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its frame and its fragments in content order, and whether they make no words.

    `engine` read it, None where none could; `quality` is its text's, less the share of signs that map to no letter
    (`unmapped_share`), None without text. `hidden_starts` are where hidden characters begin (x, baseline).
    """

    number: int
    frame: Frame
    fragments: tuple[Fragment, ...]
    is_garbled: bool = False
    engine: PageEngine | None = None
    quality: float | None = None
    unmapped_share: float = 0.0
    tables: tuple[PageTable, ...] = ()
    hidden_starts: Floats = field(default_factory=lambda: np.zeros((0, 2)), compare=False)

    @property
    def text(self) -> str:
        """The fragments' texts, parted by spaces."""
        return text_of(self.fragments)


def read_sheets(document: pypdfium2.PdfDocument, *, has_layers: bool = False) -> tuple[list[Sheet], list[Finding]]:
    """Read all pages; one that cannot be read becomes an empty sheet and a finding.

    `has_layers` says that the document has layers, which may be switched off.
    """
    reader, rulings = CharacterReader(has_layers=has_layers), RulingReader()
    notes, sign_fonts = NoteReader(document), SignFonts()
    sheets: list[Sheet] = []
    findings: list[Finding] = []
    for number in range(1, len(document) + 1):
        try:
            with open_page(document, number) as page:
                notes.read(page, number=number)
                glyphs = reader.read(page, number=number)
                sign_fonts.look(glyphs)
                sheet = _sheet(glyphs)
                if not sheet.is_garbled:
                    sheet = replace(sheet, tables=find_tables(page, glyphs, sheet.fragments, rulings=rulings))
        except UnreadableSource as error:
            sheets.append(Sheet(number, BLANK_FRAME, ()))
            findings.append(Finding(FindingKind.PAGE_UNREADABLE, number, error.message))
            continue
        sheets.append(sheet)
        findings.extend(_noticed(glyphs))
    return sheets, [*findings, *notes.findings(), *sign_fonts.findings()]


def text_of(fragments: Sequence[Fragment]) -> str:
    """Return a page's text for measuring it: its fragments in content order, parted by spaces."""
    return " ".join([fragment.text for fragment in fragments])


def _sheet(glyphs: Glyphs) -> Sheet:
    fragments = fragments_of(glyphs)
    if not len(glyphs.codes):
        return Sheet(glyphs.number, glyphs.frame, ())
    text, unmapped_share = text_of(fragments), glyphs.unmapped_count / len(glyphs.codes)
    quality = quality_of(text)
    return Sheet(
        number=glyphs.number,
        frame=glyphs.frame,
        fragments=fragments,
        is_garbled=is_garbled(quality, length=len(text), unmapped_share=unmapped_share),
        engine=PageEngine.PDFIUM,
        quality=quality * (1 - unmapped_share),
        unmapped_share=unmapped_share,
        hidden_starts=glyphs.hidden_starts,
    )


def _noticed(glyphs: Glyphs) -> list[Finding]:
    findings = findings_of(glyphs.hidden, page=glyphs.number)
    if glyphs.is_recognised:
        message = f"the text of page {glyphs.number} is an invisible layer over its picture, as the file brings it"
        findings.append(Finding(FindingKind.RECOGNISED_TEXT, glyphs.number, message))
    return findings
