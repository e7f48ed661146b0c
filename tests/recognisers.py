"""Recognisers that tests put behind the seam: they say what they are told to, and remember what they were asked."""

from collections.abc import Sequence

from indexes.records import Box
from ingest.pdf.recognition import (
    PageImage,
    Posture,
    RecognisedLine,
    Recogniser,
    Recognition,
    RecognitionFailed,
    Word,
)


def recognised(
    lines: Sequence[str], *, confidence: float = 0.95, left: float = 300, top: float = 400
) -> tuple[RecognisedLine, ...]:
    """Lines of words at 300 dpi, 20 pixels a letter, 50 pixels apart, type 38 pixels high."""
    found = []
    for number, text in enumerate(lines):
        x, y, words = left, top + 50 * number, []
        for word in text.split():
            words.append(Word(word, Box(x, y - 30, x + 20 * len(word), y + 8), confidence))
            x += 20 * len(word) + 12
        found.append(RecognisedLine(tuple(words), baseline=y, size=38.0))
    return tuple(found)


class ScriptedRecogniser:
    """Gives the scripted pages in turn; a page that is an exception is raised."""

    name = "scripted/1"

    def __init__(
        self,
        pages: Sequence[Sequence[str] | tuple[RecognisedLine, ...] | Exception],
        *,
        posture: Posture | None = None,
        languages: Sequence[str] = ("eng", "jpn", "osd"),
    ) -> None:
        self.languages = frozenset(languages)
        self.asked: list[tuple[str, tuple[int, int]]] = []
        self._pages = list(pages)
        self._posture = posture

    def read(self, image: PageImage, *, languages: str, timeout_s: float) -> tuple[RecognisedLine, ...]:
        assert timeout_s > 0
        height, width = image.pixels.shape
        self.asked.append((languages, (width, height)))
        page = self._pages.pop(0)
        if isinstance(page, Exception):
            raise page
        if page and isinstance(page[0], RecognisedLine):
            return tuple(page)  # type: ignore[arg-type]
        return recognised(page)  # type: ignore[arg-type]

    def posture(self, image: PageImage, *, timeout_s: float) -> Posture | None:
        return self._posture


def recognition_by(recogniser: Recogniser, **limits: int) -> Recognition:
    return Recognition(find=lambda: recogniser, **limits)  # type: ignore[arg-type]


def failing(why: str = "tesseract took longer than 60 s") -> RecognitionFailed:
    return RecognitionFailed(why, hint="")
