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
from ingest.pdf.readability import UNMAPPED_SHARE, is_garbled

BLANK_FRAME = Frame(0.0, 0.0, 612.0, 792.0, 0)


@dataclass(frozen=True, slots=True)
class Sheet:
    """One page: its frame and its fragments in content order, and whether they make no words."""

    number: int
    frame: Frame
    fragments: tuple[Fragment, ...]
    is_garbled: bool = False


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
        fragments = fragments_of(glyphs)
        is_unreadable = is_garbled(fragments, unmapped_share=glyphs.unmapped_count / max(len(glyphs.codes), 1))
        sheets.append(Sheet(number, glyphs.frame, fragments, is_unreadable))
        findings.extend(_noticed(glyphs, is_unreadable=is_unreadable))
    return sheets, findings


def _noticed(glyphs: Glyphs, *, is_unreadable: bool) -> list[Finding]:
    number, count = glyphs.number, len(glyphs.codes)
    findings = []
    if glyphs.hidden_count:
        what = "cannot be seen (invisible, tiny or off the page) and are left out"
        message = f"{glyphs.hidden_count} characters on page {number} {what}"
        findings.append(Finding(FindingKind.HIDDEN_TEXT, number, message))
    if count == 0:
        findings.append(Finding(FindingKind.NO_TEXT_PAGE, number, f"page {number} holds no text that can be read"))
    elif is_unreadable:
        message = f"the text of page {number} is garbled (its fonts map to the wrong letters) and is left out"
        findings.append(Finding(FindingKind.GARBLED_TEXT, number, message))
    elif glyphs.unmapped_count > UNMAPPED_SHARE * count:
        share = round(100 * glyphs.unmapped_count / count)
        message = f"{share} % of the characters on page {number} map to no letter; its formulas may lack symbols"
        findings.append(Finding(FindingKind.GARBLED_TEXT, number, message))
    return findings
