"""Tesseract behind the `Recogniser` protocol: the program itself, fed through a pipe, killed when its time is up.

No library binds it here: the parsing child may not write files, which wrappers need, and a program of its own can be
stopped (ADR 11). Its answer is hOCR (XHTML with boxes, baselines and confidences).
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Sequence
from dataclasses import dataclass

from lxml import etree

from indexes.records import Box
from ingest.pdf.recognition import HOW_TO_INSTALL, PageImage, Posture, RecognisedLine, RecognitionFailed, Word

PROGRAM = "tesseract"
SMALLEST_TIME_S = 0.1
LISTING_TIMEOUT_S = 10.0
PAGE_WITH_LAYOUT, ORIENTATION_ONLY = "3", "0"
"""Tesseract's page segmentation modes: find columns and lines; only say how the page lies."""
LEAST_TURN_CONFIDENCE = 2.0
"""Tesseract's own scale; it gives 250 for a page on its side, 37 for an upright one, below 1 where it guesses."""
JAPANESE_SCRIPTS = frozenset({"Japanese", "Han", "Hiragana", "Katakana"})
_LINE_CLASSES = frozenset({"ocr_line", "ocr_header", "ocr_caption", "ocr_textfloat"})
_NUMBER = r"(-?[\d.]+)"
_BOX = re.compile(rf"\bbbox {_NUMBER} {_NUMBER} {_NUMBER} {_NUMBER}")
_BASELINE = re.compile(rf"\bbaseline {_NUMBER} {_NUMBER}")
_SIZE = re.compile(rf"\bx_size {_NUMBER}")
_CONFIDENCE = re.compile(rf"\bx_wconf {_NUMBER}")
_ANSWER = re.compile(r"^([A-Z][a-z ]+): (.+)$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Tesseract:
    """An installed tesseract: where it is, its version and what it can read."""

    path: str
    version: str
    languages: frozenset[str]

    @property
    def name(self) -> str:
        """The engine and its version."""
        return f"tesseract/{self.version}"

    def read(self, image: PageImage, *, languages: str, timeout_s: float) -> tuple[RecognisedLine, ...]:
        """Return the lines of an upright image, in tesseract's reading order.

        Raises:
            RecognitionFailed: it ran out of time or failed, or its answer is not hOCR.
        """
        options = ["--psm", PAGE_WITH_LAYOUT, "-l", languages, "-c", "tessedit_create_hocr=1"]
        return lines_in(self._run(image, options, timeout_s=timeout_s))

    def posture(self, image: PageImage, *, timeout_s: float) -> Posture | None:
        """Return how the page lies, or None where tesseract cannot say (or lacks its `osd` data).

        Raises:
            RecognitionFailed: it ran out of time.
        """
        if "osd" not in self.languages:
            return None
        try:
            answer = self._run(image, ["--psm", ORIENTATION_ONLY], timeout_s=timeout_s).decode(errors="replace")
        except _Refused:
            return None
        said = dict(_ANSWER.findall(answer))
        if "Rotate" not in said or "Script" not in said:
            return None
        is_sure = float(said.get("Orientation confidence", "0")) >= LEAST_TURN_CONFIDENCE
        return Posture(int(said["Rotate"]) // 90 % 4 if is_sure else 0, said["Script"] in JAPANESE_SCRIPTS)

    def _run(self, image: PageImage, options: Sequence[str], *, timeout_s: float) -> bytes:
        height, width = image.pixels.shape
        given = b"P5 %d %d 255\n" % (width, height) + image.pixels.tobytes()
        command = [self.path, "stdin", "stdout", "--dpi", str(round(image.dpi)), *options]
        return _output(command, given=given, timeout_s=max(timeout_s, SMALLEST_TIME_S))


class _Refused(RecognitionFailed):
    """Tesseract ended with an error of its own."""


def find_tesseract() -> Tesseract:
    """Return the tesseract on the path.

    Raises:
        RecognitionFailed: there is none, or it does not run; the hint says how to install it.
    """
    path = shutil.which(PROGRAM)
    if path is None:
        raise RecognitionFailed("tesseract is not installed", hint=HOW_TO_INSTALL)
    listed = _output([path, "--list-langs"], given=b"", timeout_s=LISTING_TIMEOUT_S).decode(errors="replace")
    languages = frozenset(line.strip() for line in listed.splitlines()[1:] if line.strip())
    if not languages - {"osd"}:
        raise RecognitionFailed("tesseract has no language data", hint=HOW_TO_INSTALL)
    version = _output([path, "--version"], given=b"", timeout_s=LISTING_TIMEOUT_S).decode(errors="replace")
    return Tesseract(path, version.split("\n")[0].removeprefix("tesseract").strip(), languages)


def lines_in(hocr: bytes) -> tuple[RecognisedLine, ...]:
    """Return the lines of an hOCR page that hold words.

    Raises:
        RecognitionFailed: it is not XML, or a line lacks its box.
    """
    parser = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False)
    try:
        root = etree.fromstring(hocr, parser)
    except etree.XMLSyntaxError as error:
        raise RecognitionFailed(f"tesseract's answer is not hOCR: {error}", hint="Check its version.") from error
    lines = (element for element in root.iter("{*}span") if element.get("class") in _LINE_CLASSES)
    return tuple(line for line in map(_line, lines) if line.words)


def _line(element: etree._Element) -> RecognisedLine:
    title = element.get("title", "")
    box = _box(title)
    slope, offset = _numbers(_BASELINE, title, default=(0.0, 0.0))
    is_upright = _BASELINE.search(title) is not None  # tesseract gives none to lines that run up or down the page
    (size,) = _numbers(_SIZE, title, default=(box.y1 - box.y0,))
    words = (_word(span) for span in element.iter("{*}span") if span.get("class") == "ocrx_word")
    baseline = box.y1 + offset + slope * (box.x1 - box.x0) / 2
    return RecognisedLine(tuple(word for word in words if word.text), baseline, size, is_upright)


def _word(element: etree._Element) -> Word:
    title = element.get("title", "")
    (confidence,) = _numbers(_CONFIDENCE, title, default=(0.0,))
    return Word("".join(element.itertext()).strip(), _box(title), confidence / 100)


def _box(title: str) -> Box:
    numbers = _numbers(_BOX, title, default=())
    if len(numbers) != 4:
        raise RecognitionFailed(f"tesseract's answer has no box in {title[:80]!r}", hint="Check its version.")
    return Box(*numbers)


def _numbers(pattern: re.Pattern[str], title: str, *, default: tuple[float, ...]) -> tuple[float, ...]:
    match = pattern.search(title)
    return tuple(map(float, match.groups())) if match else default


def _output(command: Sequence[str], *, given: bytes, timeout_s: float) -> bytes:
    """Run tesseract on one core with `given` on its stdin and return its stdout."""
    kept = ("PATH", "LD_LIBRARY_PATH", "TESSDATA_PREFIX")
    environment = {name: os.environ[name] for name in kept if name in os.environ}
    try:
        ended = subprocess.run(
            list(command),
            input=given,
            capture_output=True,
            timeout=timeout_s,
            env={**environment, "OMP_THREAD_LIMIT": "1", "LC_ALL": "C"},
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise RecognitionFailed(f"tesseract took longer than {timeout_s:.0f} s", hint="") from error
    except OSError as error:
        raise RecognitionFailed(f"tesseract cannot be run: {error}", hint=HOW_TO_INSTALL) from error
    if ended.returncode != 0:
        said = ended.stderr.decode(errors="replace").strip().rpartition("\n")[2][:200]
        raise _Refused(f"tesseract ended with status {ended.returncode}: {said}", hint="")
    return ended.stdout
