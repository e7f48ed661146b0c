"""What optical recognition takes and gives: a page's image in, lines of words out. Knows no engine.

`Recogniser` is the seam: tesseract stands behind it in the parsing child, an injected one in tests.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from indexes.errors import ParsingFailed
from indexes.records import Box

HOW_TO_INSTALL = "Install tesseract (apt-get install tesseract-ocr tesseract-ocr-jpn), then ingest the file again."


class RecognitionFailed(ParsingFailed):
    """The recogniser gave nothing for a page: it is absent, ran out of time, or failed."""


@dataclass(frozen=True, slots=True)
class PageImage:
    """A page drawn in grey: `pixels` are (height, width) uint8, 0 black; `dpi` pixels stand for an inch of paper."""

    pixels: NDArray[np.uint8]
    dpi: float

    def turned(self, turns: int) -> PageImage:
        """Return the image after so many clockwise quarter turns."""
        return replace(self, pixels=np.rot90(self.pixels, -turns))


@dataclass(frozen=True, slots=True)
class Word:
    """A recognised word; `box` is in pixels of the image, `confidence` from 0 to 1."""

    text: str
    box: Box
    confidence: float


@dataclass(frozen=True, slots=True)
class RecognisedLine:
    """Words on one baseline; `baseline` (at the line's middle) and type `size` are in pixels.

    The words of a line that is upright stand from left to right.
    """

    words: tuple[Word, ...]
    baseline: float
    size: float
    is_upright: bool = True


@dataclass(frozen=True, slots=True)
class Posture:
    """How a page lies: the clockwise quarter turns that set it upright, and whether its script is Japanese."""

    turns: int
    is_japanese: bool


class Recogniser(Protocol):
    """Reads images of pages. Any call may raise `RecognitionFailed`."""

    @property
    def name(self) -> str:
        """The engine and its version, for the record of how a document was read."""

    @property
    def languages(self) -> frozenset[str]:
        """What it can read, by three-letter codes ("eng", "jpn")."""

    def read(self, image: PageImage, *, languages: str, timeout_s: float) -> tuple[RecognisedLine, ...]:
        """Return the lines of an upright image; `languages` are codes joined by "+", the main one first."""

    def posture(self, image: PageImage, *, timeout_s: float) -> Posture | None:
        """Return how the page lies, or None where too little text shows it."""


def _ignore(_page: int, _pages: int) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Recognition:
    """How far a document may be recognised.

    `find` gives the recogniser when the first page needs one and raises `RecognitionFailed` where there is none; pages
    beyond `max_pages` are left; `page_timeout_s` bounds one page; `on_page` hears (page number, pages so far) before
    each.
    """

    find: Callable[[], Recogniser]
    max_pages: int = 200
    page_timeout_s: float = 60.0
    on_page: Callable[[int, int], None] = _ignore


def not_recognising(why: str = "") -> Recognition:
    """Return a recognition that recognises nothing: because it is off, or for another reason."""

    def find() -> Recogniser:
        if why:
            raise RecognitionFailed(why, hint="Its pictures may be damaged or hostile; give another copy.")
        raise RecognitionFailed("recognition is off", hint="Set RONBUN_OCR=auto and ingest the file again.")

    return Recognition(find=find)


NO_RECOGNITION = not_recognising()
