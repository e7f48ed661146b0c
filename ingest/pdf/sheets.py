"""Every page of a document as fragments in its reading frame, with what was noticed on the way."""

from __future__ import annotations

from dataclasses import dataclass

import pypdfium2

from indexes.errors import UnreadableSource
from ingest.document import Finding, FindingKind
from ingest.pdf.characters import CharacterReader, Glyphs
from ingest.pdf.engine import open_page
from ingest.pdf.fragments import Fragment, fragments_of
from ingest.pdf.geometry import Frame

GARBLED_SHARE = 0.05
"""A page is garbled when this much of its type maps to no character."""
BLANK_FRAME = Frame(0.0, 0.0, 612.0, 792.0, 0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its frame and its fragments in content order."""

    number: int
    frame: Frame
    fragments: tuple[Fragment, ...]


def read_sheets(document: pypdfium2.PdfDocument) -> tuple[list[Sheet], list[Finding]]:
    """Read all pages; one that cannot be read becomes an empty sheet and a finding."""
    reader = CharacterReader()
    sheets: list[Sheet] = []
    findings: list[Finding] = []
    for number in range(1, len(document) + 1):
        try:
            with open_page(document, number) as page:
                glyphs = reader.read(page, number=number)
        except UnreadableSource as error:
            sheets.append(Sheet(number, BLANK_FRAME, ()))
            findings.append(Finding(FindingKind.PAGE_UNREADABLE, number, error.message))
            continue
        sheets.append(Sheet(number, glyphs.frame, fragments_of(glyphs)))
        findings.extend(_noticed(glyphs))
    return sheets, findings


def _noticed(glyphs: Glyphs) -> list[Finding]:
    number, count = glyphs.number, len(glyphs.codes)
    findings = []
    if glyphs.hidden_count:
        what = "cannot be seen (invisible, tiny or off the page) and are left out"
        message = f"{glyphs.hidden_count} characters on page {number} {what}"
        findings.append(Finding(FindingKind.HIDDEN_TEXT, number, message))
    if count == 0:
        findings.append(Finding(FindingKind.NO_TEXT_PAGE, number, f"page {number} holds no text that can be read"))
    elif glyphs.unmapped_count > GARBLED_SHARE * count:
        share = round(100 * glyphs.unmapped_count / count)
        message = f"{share} % of the characters on page {number} map to no letter; its fonts are broken"
        findings.append(Finding(FindingKind.GARBLED_TEXT, number, message))
    return findings
