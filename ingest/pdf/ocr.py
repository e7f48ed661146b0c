"""A page drawn, recognised and set as fragments in its reading frame, like the fragments of any other page.

Which pages, with which engine and how many, is decided elsewhere. What is drawn is what a reader sees: text that hides
in the file is not recognised.
"""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import pypdfium2

from indexes.errors import UnreadableSource
from indexes.records import Box
from ingest.pdf.fragments import MATH_SYMBOLS, WIDEST_GAP, Fragment
from ingest.pdf.geometry import Frame
from ingest.pdf.lettering import clean, is_cjk
from ingest.pdf.quality import quality_of
from ingest.pdf.recognition import PageImage, RecognisedLine, Recogniser, Word
from ingest.pdf.render import bounded_scale

DPI = 300.0
"""What tesseract's models were trained on; pages of journals take 2 to 6 s at it (26 pages of nine papers)."""
MAX_PIXELS = 20_000_000
"""A4 at 300 dpi has 8.7 million; larger pages are drawn coarser."""
POINTS_PER_INCH = 72.0
LEAST_WORD_CONFIDENCE, LEAST_LINE_CONFIDENCE = 0.2, 0.5
"""Below, it is noise: parts of figures come out at .1 to .4 as lines, formulas at .8, prose at .9 to .96."""
LEAST_PAGE_CONFIDENCE = 0.65
"""Mean over a page's words; below, it may lie on its side: one that did has .38, upright ones .8 and more."""
EM_OF_ROW = 1.1
"""Type size by the height from a line's ascenders to its descenders: 9.1 points of rows for type of 10."""
SAME_SIZE = 0.08
"""Sizes within this share of each other are one: rows of 10 point type come out between 9.4 and 10.6."""
CJK_SPACE = 0.6
"""In ems: Japanese words closer than this are one text; tesseract cuts it into pieces that are no words."""
INK_DPI, INK_LEVEL, LEAST_INK = 36.0, 128, 0.0005
"""A page is blank when less of it than this is darker than the level: a line of text in the middle has .0008."""


@dataclass(frozen=True, slots=True)
class RecognisedPage:
    """A page as recognised: its fragments in `frame`, the mean confidence of its words, how many were left out."""

    fragments: tuple[Fragment, ...]
    frame: Frame
    confidence: float
    left_out: int


def recognise_page(
    page: pypdfium2.PdfPage, *, frame: Frame, recogniser: Recogniser, languages: str, timeout_s: float
) -> RecognisedPage:
    """Read a page from its image; where that fails it is turned as its script says, and read again.

    Raises:
        RecognitionFailed: the recogniser failed or ran out of time.
        UnreadableSource: the page cannot be drawn.
    """
    deadline = time.monotonic() + timeout_s
    image = draw_page(page, dpi=DPI)
    lines = recogniser.read(image, languages=languages, timeout_s=timeout_s)
    turns = 0
    if _looks_turned(lines):
        posture = recogniser.posture(image, timeout_s=deadline - time.monotonic())
        if posture is not None and posture.turns:
            turned = recogniser.read(
                image.turned(posture.turns), languages=languages, timeout_s=deadline - time.monotonic()
            )
            if _worth(turned) > _worth(lines):
                lines, turns = turned, posture.turns
    kept, left_out = _credible(lines)
    shown = replace(frame, text_turns=turns)
    return RecognisedPage(_fragments(kept, image.dpi), shown, _confidence(kept), left_out)


def draw_page(page: pypdfium2.PdfPage, *, dpi: float) -> PageImage:
    """Draw a page as shown in grey, coarser where it would have more than `MAX_PIXELS`.

    Raises:
        UnreadableSource: pdfium cannot draw it.
    """
    width, height = page.get_size()
    scale = bounded_scale(width, height, scale=dpi / POINTS_PER_INCH, max_pixels=MAX_PIXELS)
    try:
        pixels = page.render(scale=scale, grayscale=True).to_numpy()
    except (pypdfium2.PdfiumError, ValueError) as error:
        raise UnreadableSource(f"the page cannot be drawn: {error}", hint="It is damaged.") from error
    return PageImage(pixels.reshape(pixels.shape[:2]).astype(np.uint8), scale * POINTS_PER_INCH)


def has_ink(page: pypdfium2.PdfPage) -> bool:
    """Return whether anything that could be text is drawn on the page.

    Raises:
        UnreadableSource: pdfium cannot draw it.
    """
    pixels = draw_page(page, dpi=INK_DPI).pixels
    return bool((pixels < INK_LEVEL).mean() >= LEAST_INK)


def _looks_turned(lines: Sequence[RecognisedLine]) -> bool:
    text = " ".join(word.text for line in lines if line.is_upright for word in line.words)
    whole = " ".join(word.text for line in lines for word in line.words)
    if len(text) <= len(whole) / 2:
        return True
    return _confidence(lines) < LEAST_PAGE_CONFIDENCE or quality_of(text) < LEAST_PAGE_CONFIDENCE


def _worth(lines: Sequence[RecognisedLine]) -> float:
    """Return how many characters are read well, by their confidence; lines that run up or down count for nothing."""
    return sum(word.confidence * len(word.text) for line in lines if line.is_upright for word in line.words)


def _confidence(lines: Sequence[RecognisedLine]) -> float:
    words = [word for line in lines for word in line.words]
    letters = sum(len(word.text) for word in words)
    return sum(word.confidence * len(word.text) for word in words) / letters if letters else 0.0


def _credible(lines: Sequence[RecognisedLine]) -> tuple[list[RecognisedLine], int]:
    """Return the lines without noise, and how many words are left out."""
    kept, total = [], 0
    for line in lines:
        total += len(line.words)
        words = tuple(word for word in line.words if word.confidence >= LEAST_WORD_CONFIDENCE)
        is_text = any(character.isalnum() for word in words for character in word.text)
        if is_text and _confidence([line]) >= LEAST_LINE_CONFIDENCE:
            kept.append(replace(line, words=words))
    return kept, total - sum(len(line.words) for line in kept)


def _fragments(lines: Sequence[RecognisedLine], dpi: float) -> tuple[Fragment, ...]:
    """Cut lines at wide gaps, in points."""
    points = POINTS_PER_INCH / dpi
    found: list[Fragment] = []
    for line in lines:
        size = EM_OF_ROW * line.size
        groups = _cut(line.words, em=size) if line.is_upright else [list(line.words)]
        for words in groups:
            part = _fragment(words, line.baseline, size=size, points=points, order=len(found))
            found.append(part if line.is_upright else replace(part, is_upright=False))
    return tuple(found)


def agree_on_sizes(pages: Sequence[Sequence[Fragment]]) -> list[tuple[Fragment, ...]]:
    """Even out the estimated sizes of a document's recognised pages.

    What is near the size that half of the document's characters are below gets that size; what is near the size of
    the line before it gets that.
    """
    usual = _usual_size([part for page in pages for part in page])
    evened = []
    for page in pages:
        current, fragments = usual, []
        for part in page:
            near = next((size for size in (usual, current) if abs(part.size - size) <= SAME_SIZE * size), part.size)
            current = near
            fragments.append(replace(part, size=near))
        evened.append(tuple(fragments))
    return evened


def _usual_size(fragments: Sequence[Fragment]) -> float:
    half = sum(len(part.text) for part in fragments) / 2
    seen = 0
    for part in sorted(fragments, key=lambda part: part.size):
        seen += len(part.text)
        if seen >= half:
            return part.size
    return 0.0


def _cut(words: Sequence[Word], *, em: float) -> list[list[Word]]:
    groups: list[list[Word]] = []
    for word in words:
        if groups and word.box.x0 - groups[-1][-1].box.x1 <= WIDEST_GAP * em:
            groups[-1].append(word)
        else:
            groups.append([word])
    return groups


def _fragment(words: Sequence[Word], baseline: float, *, size: float, points: float, order: int) -> Fragment:
    text = clean(_joined(words, em=size))
    box = Box(
        min(word.box.x0 for word in words) * points,
        min(word.box.y0 for word in words) * points,
        max(word.box.x1 for word in words) * points,
        max(word.box.y1 for word in words) * points,
    )
    math = sum(ord(character) in MATH_SYMBOLS for character in text) / max(len(text), 1)
    return Fragment(
        text=text, box=box, baseline=baseline * points, size=round(size * points, 1), bold=0.0, italic=0.0, math=math,
        font="", order=order, is_upright=True,
    )  # fmt: skip


def _joined(words: Sequence[Word], *, em: float) -> str:
    text = words[0].text
    for before, word in itertools.pairwise(words):
        is_one = is_cjk(before.text[-1]) and is_cjk(word.text[0]) and word.box.x0 - before.box.x1 < CJK_SPACE * em
        text += word.text if is_one else " " + word.text
    return text
