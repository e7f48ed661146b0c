"""Which engine reads which page: pdfium, then pypdf where pdfium's text is bad, then recognition where neither has any.

A page's finding says what read it, why, and the measured figures. Text inside pictures on pages that have text of their
own is not recognised.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np
import pypdfium2

from indexes.errors import RonbunError, UnreadableSource
from ingest.document import Finding, FindingKind, PageEngine
from ingest.pdf.engine import open_page
from ingest.pdf.fragments import Fragment
from ingest.pdf.geometry import Floats
from ingest.pdf.hidden.visibility import covers_page
from ingest.pdf.lettering import kana_count
from ingest.pdf.ocr import RecognisedPage, agree_on_sizes, draw_page, has_ink, recognise_page
from ingest.pdf.quality import LEAST_QUALITY, UNMAPPED_SHARE, quality_of
from ingest.pdf.recognition import HOW_TO_INSTALL, Recogniser, Recognition, RecognitionFailed
from ingest.pdf.second_opinion import SecondReader
from ingest.pdf.sheets import BLANK_FRAME, Sheet, text_of

CLEARLY_BETTER = 0.15
"""By how much pypdf's quality must pass pdfium's: it loses .1 on pages where both read the same."""
LEAST_LENGTH_SHARE = 0.5
"""Of pdfium's characters, that pypdf must have read as well."""
WRONG_OPINIONS = 2
"""After so many pages in a row that pypdf reads no better, a document's others (in the same fonts) are not tried. pypdf
was asked for 11 of 138 papers; in the one where it was better, it was so on the first page asked for."""
MOST_FAILURES = 3
"""After so many pages in a row on which recognition failed, a document's others are not tried."""
SPARSE_LENGTH = 250
"""Characters: a picture over the page with less text than this is a scan with a stamp."""
SPARSE_GAIN = 2.0
"""Recognised text must be so many times longer than a scan's stamp."""
LOST_SHARE = 0.25
"""A page that lost this share of its signs is recognised anew; with less, formulas suffer and words stay."""
NEAR_EMS = 1.0
"""How near to something that can be seen pypdf's text must begin: it also reads what is hidden."""
SAME_START = 2.0
"""Points; cells of this size, and those beside them, hold what begins in one place for pdfium and pypdf."""
POSTURE_DPI = 200.0
RAISE_LIMIT = "Raise RONBUN_OCR_MAX_PAGES to have more recognised."
JAPANESE_SHARE = 0.05
"""Share of kana in a document's sound text from which its scans are read as Japanese."""


class Trouble(StrEnum):
    """What is wrong with a page as pdfium reads it."""

    EMPTY = "it holds no text"
    SPARSE = "it is a picture with hardly any text"
    GARBLED = "its fonts map to the wrong letters"
    LOSSY = "many of its signs map to no letter"


@dataclass(frozen=True, slots=True)
class Choice:
    """A document's pages as best read, what was found on the way, and the recogniser that was used, if any."""

    sheets: list[Sheet]
    findings: list[Finding]
    recogniser: str | None = None
    obstacle: RecognitionFailed | None = None


def choose_engines(
    document: pypdfium2.PdfDocument, content: bytes, sheets: Sequence[Sheet], *, recognition: Recognition
) -> Choice:
    """Read the troubled pages again with the other engines, and keep what reads best.

    Args:
        document: open, for drawing pages.
        content: its bytes, for pypdf.
        sheets: every page as pdfium reads it.
        recognition: how many pages may be recognised, and by what.
    """
    chosen = {sheet.number: sheet for sheet in sheets}
    troubled = {sheet.number: trouble for sheet in sheets if (trouble := _trouble(document, sheet)) is not None}
    findings = _ask_pypdf(content, chosen, troubled)
    recognising = _Recognising(document, recognition, is_japanese=_is_japanese(chosen, troubled))
    findings += recognising.go(chosen, troubled)
    findings += [_left(chosen[number], trouble, recognising.reasons) for number, trouble in sorted(troubled.items())]
    findings.sort(key=lambda finding: finding.page or 0)
    return Choice([chosen[sheet.number] for sheet in sheets], findings, recognising.used, recognising.obstacle)


def _trouble(document: pypdfium2.PdfDocument, sheet: Sheet) -> Trouble | None:
    if sheet.frame is BLANK_FRAME:  # pdfium cannot load it
        return None
    if not sheet.fragments:
        return Trouble.EMPTY
    if sheet.is_garbled:
        return Trouble.GARBLED
    if sheet.unmapped_share > UNMAPPED_SHARE:
        return Trouble.LOSSY
    if sum(len(part.text) for part in sheet.fragments) < SPARSE_LENGTH:
        with open_page(document, sheet.number) as page:
            return Trouble.SPARSE if covers_page(page) else None
    return None


def _ask_pypdf(content: bytes, chosen: dict[int, Sheet], troubled: dict[int, Trouble]) -> list[Finding]:
    """Put pypdf's reading where it is clearly better; such pages are in trouble no longer."""
    reader, findings, wrong = SecondReader(content), [], 0
    for number, trouble in sorted(troubled.items()):
        if trouble not in (Trouble.GARBLED, Trouble.LOSSY) or wrong >= WRONG_OPINIONS:
            continue
        before = chosen[number]
        try:
            opinion = reader.read(number, frame=before.frame)
        except UnreadableSource:
            wrong += 1
            continue
        fragments = _near(opinion.fragments, before.fragments, hidden_starts=before.hidden_starts)
        text = text_of(fragments)
        quality = quality_of(text) * (1 - opinion.unmapped_share)
        is_long_enough = len(text) >= LEAST_LENGTH_SHARE * len(before.text)
        if not is_long_enough or quality < max((before.quality or 0.0) + CLEARLY_BETTER, LEAST_QUALITY):
            wrong += 1
            continue
        wrong = 0
        chosen[number] = Sheet(
            number, before.frame, fragments, False, PageEngine.PYPDF, quality, opinion.unmapped_share
        )
        del troubled[number]
        message = (
            f"page {number} is read by pypdf (text quality {quality:.2f}) instead of pdfium "
            f"({before.quality or 0.0:.2f}, {before.unmapped_share:.0%} of its signs map to no letter)"
        )
        findings.append(Finding(FindingKind.OTHER_ENGINE, number, message))
    return findings


def _near(found: Sequence[Fragment], seen: Sequence[Fragment], *, hidden_starts: Floats) -> tuple[Fragment, ...]:
    """Return what begins beside something that pdfium sees and not where a hidden character does.

    What begins inside something seen is kept all the same: the hidden character may be its shadow. Hidden text that
    pypdf joined to the end of what is seen passes.
    """
    boxes = np.array([part.box for part in seen])
    sizes = np.array([part.size for part in seen]) * NEAR_EMS
    hidden = set(map(tuple, np.floor(hidden_starts / SAME_START).astype(np.int64).tolist()))

    def is_inside(x: float, y: float, by: Floats | float) -> bool:
        x0, y0, x1, y1 = boxes[:, 0] - by, boxes[:, 1] - by, boxes[:, 2] + by, boxes[:, 3] + by
        return bool(((x0 <= x) & (x <= x1) & (y0 <= y) & (y <= y1)).any())

    def is_seen(part: Fragment) -> bool:
        x, y = part.box.x0, part.baseline
        if not is_inside(x, y, sizes):
            return False
        column, row = int(x // SAME_START), int(y // SAME_START)
        is_hidden = any((column + right, row + down) in hidden for right in (-1, 0, 1) for down in (-1, 0, 1))
        return not is_hidden or is_inside(x, y, 0.0)

    return tuple(part for part in found if is_seen(part))


def _is_japanese(chosen: dict[int, Sheet], troubled: dict[int, Trouble]) -> bool | None:
    """Return whether the document's sound pages are in Japanese, None where there is too little of them."""
    text = "".join(sheet.text for number, sheet in chosen.items() if number not in troubled)
    if len(text) < SPARSE_LENGTH:
        return None
    return kana_count(text) > JAPANESE_SHARE * len(text)


class _Recognising:
    """One document's recognition: its recogniser once found, its budget, and why pages were left."""

    def __init__(self, document: pypdfium2.PdfDocument, recognition: Recognition, *, is_japanese: bool | None) -> None:
        self._document = document
        self._recognition = recognition
        self._is_japanese = is_japanese
        self._recogniser: Recogniser | None = None
        self._count = 0
        self._failures = 0
        self.reasons: dict[int, str] = {}
        self.used: str | None = None
        self.obstacle: RecognitionFailed | None = None

    def go(self, chosen: dict[int, Sheet], troubled: dict[int, Trouble]) -> list[Finding]:
        """Put recognised text on the pages that need it; such pages are in trouble no longer."""
        pages: dict[int, RecognisedPage] = {}
        for number, trouble in sorted(troubled.items()):
            if trouble is Trouble.LOSSY and chosen[number].unmapped_share < LOST_SHARE:
                continue
            try:
                pages[number] = self._page(chosen[number], trouble)
            except RonbunError as error:
                self.reasons[number] = error.message
        for number, fragments in zip(pages, agree_on_sizes([page.fragments for page in pages.values()]), strict=True):
            pages[number] = replace(pages[number], fragments=fragments)
        findings = []
        for number, page in pages.items():
            findings.append(self._finding(chosen[number], troubled.pop(number), page))
            quality = quality_of(text_of(page.fragments))
            chosen[number] = Sheet(number, page.frame, page.fragments, False, PageEngine.OCR, quality)
        return findings

    def _page(self, sheet: Sheet, trouble: Trouble) -> RecognisedPage:
        """Recognise a page.

        Raises:
            RonbunError: it was not, for the reason in the message.
        """
        with open_page(self._document, sheet.number) as page:
            if trouble is Trouble.EMPTY and not has_ink(page):
                raise UnreadableSource("it is blank", hint="")
            recogniser = self._found()
            if self._count >= self._recognition.max_pages:
                limit = self._recognition.max_pages
                raise RecognitionFailed(f"the limit of {limit} recognised pages is reached", hint=RAISE_LIMIT)
            if self._failures >= MOST_FAILURES:
                raise RecognitionFailed(f"recognition failed on the {MOST_FAILURES} pages before", hint="")
            self._count += 1
            self._recognition.on_page(sheet.number, self._count)
            try:
                recognised = recognise_page(
                    page,
                    frame=sheet.frame,
                    recogniser=recogniser,
                    languages=self._languages(page, recogniser),
                    timeout_s=self._recognition.page_timeout_s,
                )
            except RecognitionFailed:
                self._failures += 1
                raise
        self._failures = 0
        _check(recognised, sheet, trouble)
        self.used = recogniser.name
        return recognised

    def _found(self) -> Recogniser:
        if self.obstacle is not None:
            raise self.obstacle
        if self._recogniser is None:
            try:
                self._recogniser = self._recognition.find()
            except RecognitionFailed as error:
                self.obstacle = error
                raise
        return self._recogniser

    def _languages(self, page: pypdfium2.PdfPage, recogniser: Recogniser) -> str:
        """Return tesseract's codes for the document's language, asked of the first page where no text shows it."""
        if self._is_japanese is None:
            posture = recogniser.posture(draw_page(page, dpi=POSTURE_DPI), timeout_s=self._recognition.page_timeout_s)
            if posture is not None:
                self._is_japanese = posture.is_japanese
        wanted = ("jpn", "eng") if self._is_japanese else ("eng",)
        if wanted[0] not in recogniser.languages:
            have = ", ".join(sorted(recogniser.languages)) or "none"
            raise RecognitionFailed(
                f"{recogniser.name} lacks the language {wanted[0]} (it has {have})", hint=HOW_TO_INSTALL
            )
        return "+".join(code for code in wanted if code in recogniser.languages)

    def _finding(self, before: Sheet, trouble: Trouble, page: RecognisedPage) -> Finding:
        quality = quality_of(text_of(page.fragments))
        doubtful = f", {page.left_out} doubtful words left out" if page.left_out else ""
        turned = f", turned by {90 * page.frame.text_turns}°" if page.frame.text_turns else ""
        why = trouble.value if before.quality is None else f"{trouble.value} (text quality {before.quality:.2f})"
        message = (
            f"the text of page {before.number} is recognised by {self.used} (mean confidence {page.confidence:.2f}, "
            f"text quality {quality:.2f}{doubtful}{turned}): {why}"
        )
        return Finding(FindingKind.RECOGNISED_TEXT, before.number, message)


def _check(recognised: RecognisedPage, before: Sheet, trouble: Trouble) -> None:
    """Refuse a recognition that is no better than what there was.

    Raises:
        UnreadableSource: it is not, as the message says.
    """
    text = text_of(recognised.fragments)
    if not text:
        raise UnreadableSource("no text could be recognised", hint="")
    quality = quality_of(text)
    if quality < LEAST_QUALITY:
        raise UnreadableSource(f"what could be recognised is no language (quality {quality:.2f})", hint="")
    if trouble is Trouble.SPARSE and len(text) < SPARSE_GAIN * len(before.text):
        raise UnreadableSource("its picture holds no more text", hint="")
    if trouble is Trouble.LOSSY and quality < (before.quality or 0.0) + CLEARLY_BETTER:
        raise UnreadableSource(f"what could be recognised is no better (quality {quality:.2f})", hint="")


def _left(sheet: Sheet, trouble: Trouble, reasons: dict[int, str]) -> Finding:
    """Return what is said of a page that stays in trouble, with the reason why it was not recognised."""
    number = sheet.number
    reason = f" ({reasons[number]})" if number in reasons else ""
    match trouble:
        case Trouble.EMPTY:
            message = f"page {number} holds no text that can be read{reason}"
            return Finding(FindingKind.NO_TEXT_PAGE, number, message)
        case Trouble.SPARSE:
            message = f"page {number} is a picture with {len(sheet.text)} characters of text{reason}"
            return Finding(FindingKind.NO_TEXT_PAGE, number, message)
        case Trouble.GARBLED:
            message = (
                f"the text of page {number} is garbled (its fonts map to the wrong letters; text quality "
                f"{sheet.quality or 0.0:.2f}) and is left out{reason}"
            )
            return Finding(FindingKind.GARBLED_TEXT, number, message)
        case Trouble.LOSSY:
            message = (
                f"{sheet.unmapped_share:.0%} of the characters on page {number} map to no letter; its formulas may "
                f"lack symbols{reason}"
            )
            return Finding(FindingKind.GARBLED_TEXT, number, message)
