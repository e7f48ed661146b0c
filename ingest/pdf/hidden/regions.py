"""Hidden characters into the regions that a reader is told of: why they are not seen, where they stand, what they say.

Everything hidden is kept out; what says nothing (a stray mark, the lettering of a drawing shrunk to fit) is not told.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from indexes.records import Box
from ingest.document import Finding, FindingKind
from ingest.pdf.geometry import Floats

MOST_REGIONS = 8
"""Findings a page; the rest are counted in one more."""
LONGEST_EXCERPT = 60
LEAST_TELLING = 4
"""Letters and digits from which hidden characters say something (CJK counts twice)."""
LEAST_PROSE = 4
"""Words on one line from which type under 3 points is no drawing's lettering; of 1,498 pages, one holds 1,002 letters
of 2.7 points, names in the boxes of a diagram, two words at most."""
UNREADABLE_SIZE = 1.0
"""Points; below this even a drawing's lettering is told of."""
WIDEST_GAP = 36.0
"""Points between hidden characters of one region."""

JUMP = 1.2
"""In ems; words on one line stand closer, in either direction."""


class HiddenBy(IntEnum):
    """Why characters are not seen."""

    NOTHING = 0
    INVISIBLE_MODE = 1
    SIZE = 2
    SQUEEZED = 3
    OFF_PAGE = 4
    TRANSPARENT = 5
    CLIPPED = 6
    BEHIND_IMAGE = 7
    BEHIND_PAINT = 8
    LAYER = 9
    NO_INK = 10
    CLIPPING = 11
    COLOUR = 12
    NOT_DRAWN = 13
    ZERO_WIDTH = 14
    TAG = 15
    SELECTOR = 16
    OVERRIDE = 17
    REPLACEMENT = 18
    NOT_ON_SCAN = 19
    OTHER_LETTERS = 20
    UNCHECKED = 21


_REASONS = {
    HiddenBy.INVISIBLE_MODE: "in render mode 3, which draws nothing",
    HiddenBy.SIZE: "in type of {size:.1f} pt",
    HiddenBy.SQUEEZED: "squeezed to no width",
    HiddenBy.OFF_PAGE: "outside the page",
    HiddenBy.TRANSPARENT: "transparent",
    HiddenBy.CLIPPED: "clipped away",
    HiddenBy.BEHIND_IMAGE: "behind an image",
    HiddenBy.BEHIND_PAINT: "behind what is painted over it",
    HiddenBy.LAYER: "in a layer that is switched off",
    HiddenBy.NO_INK: "in a font whose glyphs have no ink",
    HiddenBy.CLIPPING: "in render mode 7, which only clips",
    HiddenBy.COLOUR: "in the colour of its background",
    HiddenBy.NOT_DRAWN: "not to be seen on the page as drawn",
    HiddenBy.ZERO_WIDTH: "of zero width",
    HiddenBy.TAG: "tag characters",
    HiddenBy.SELECTOR: "variation selectors in a row",
    HiddenBy.OVERRIDE: "overrides of the writing direction",
    HiddenBy.REPLACEMENT: "replacement text that says other than its glyphs",
    HiddenBy.NOT_ON_SCAN: "recognised text where the scan shows nothing",
    HiddenBy.OTHER_LETTERS: "in a font that names other letters than it shows",
    HiddenBy.UNCHECKED: "suspected, on more pages than are drawn to look",
}
_LEAST_COUNTS = {HiddenBy.ZERO_WIDTH: 8, HiddenBy.TAG: 1, HiddenBy.SELECTOR: 3, HiddenBy.OVERRIDE: 1}
"""Unseen characters in a row that are told of: of 1,498 pages, one holds 6 of zero width, left over by a converter."""
_TAGS = range(0xE0000, 0xE0080)


@dataclass(frozen=True, slots=True)
class HiddenRegion:
    """Hidden characters that stand together: why, their box on the page as shown, and an excerpt with escapes."""

    reason: HiddenBy
    box: Box
    size: float
    count: int
    excerpt: str


@dataclass(frozen=True, slots=True)
class Placed:
    """A page's characters as `regions_of` reads them, all arrays of one length; boxes (x0, y0, x1, y1) in any frame."""

    codes: NDArray[np.int64]
    boxes: Floats
    sizes: Floats
    space_before: NDArray[np.bool_]


def regions_of(placed: Placed, reasons: NDArray[np.uint8], *, is_visible: NDArray[np.bool_]) -> list[HiddenRegion]:
    """Return the page's hidden regions in the order of its content, those that say something.

    Args:
        placed: all characters.
        reasons: for each, a `HiddenBy`.
        is_visible: which characters a reader sees; hidden ones that repeat one in its place are an echo (a halo).
    """
    hidden = np.flatnonzero(reasons)
    hidden = hidden[~_is_echo(placed, hidden, np.flatnonzero(is_visible))]
    if not len(hidden):
        return []
    is_break = (_gaps(placed.boxes[hidden]) > WIDEST_GAP).any(axis=1) | (np.diff(reasons[hidden]) != 0)
    pieces = np.split(hidden, np.flatnonzero(is_break) + 1)
    regions = (
        _region(placed, members, HiddenBy(int(reasons[members[0]]))) for members in _merged(placed, pieces, reasons)
    )
    return [region for region in regions if region is not None]


def _merged(placed: Placed, pieces: Sequence[NDArray[np.int64]], reasons: NDArray[np.uint8]) -> list[NDArray[np.int64]]:
    """Join a piece to the group before it where they are hidden alike and stand close: the lines of a paragraph."""
    groups: list[list[NDArray[np.int64]]] = []
    last: tuple[int, float, float, float, float] | None = None
    for piece in pieces:
        x0, y0 = placed.boxes[piece, :2].min(axis=0).tolist()
        x1, y1 = placed.boxes[piece, 2:].max(axis=0).tolist()
        reason = int(reasons[piece[0]])
        if last is not None and reason == last[0]:
            gap = max(max(x0, last[1]) - min(x1, last[3]), max(y0, last[2]) - min(y1, last[4]))
            if gap <= WIDEST_GAP:
                groups[-1].append(piece)
                last = (reason, min(x0, last[1]), min(y0, last[2]), max(x1, last[3]), max(y1, last[4]))
                continue
        groups.append([piece])
        last = (reason, x0, y0, x1, y1)
    return [np.concatenate(group) for group in groups]


def _gaps(boxes: Floats) -> Floats:
    """Return how far each box is from the one before, across and down; below 0 where they overlap."""
    gaps: Floats = np.maximum(boxes[1:, :2], boxes[:-1, :2]) - np.minimum(boxes[1:, 2:], boxes[:-1, 2:])
    return gaps


def findings_of(regions: Sequence[HiddenRegion], *, page: int) -> list[Finding]:
    """Return one finding a region, the longest kept, and one that counts the rest."""
    told = sorted(regions, key=lambda region: -region.count)[:MOST_REGIONS]
    findings = [
        Finding(FindingKind.HIDDEN_TEXT, page, _message(region), region.box) for region in regions if region in told
    ]
    rest = len(regions) - len(findings)
    if rest > 0:
        message = f"{rest} more regions of hidden text on page {page} are left out"
        findings.append(Finding(FindingKind.HIDDEN_TEXT, page, message))
    return findings


def _message(region: HiddenRegion) -> str:
    why = _REASONS[region.reason].format(size=region.size)
    return f"{region.count} characters {why} are left out: “{region.excerpt}”"


def _region(placed: Placed, members: NDArray[np.int64], reason: HiddenBy) -> HiddenRegion | None:
    text = _text(placed, members)
    if not _tells(text, reason, size=float(placed.sizes[members].max()), count=len(members)):
        return None
    boxes = placed.boxes[members]
    return HiddenRegion(
        reason=reason,
        box=Box(*boxes[:, :2].min(axis=0).tolist(), *boxes[:, 2:].max(axis=0).tolist()),
        size=float(np.median(placed.sizes[members])),
        count=len(members),
        excerpt=excerpt(text),
    )


def _text(placed: Placed, members: NDArray[np.int64]) -> str:
    """Return the characters' text, with a newline where it jumps."""
    gap = _gaps(placed.boxes[members]).max(axis=1)
    is_new = np.append(False, gap > JUMP * np.maximum(placed.sizes[members[1:]], 0.1))
    letters = []
    for code, is_spaced, is_line in zip(
        placed.codes[members].tolist(), placed.space_before[members].tolist(), is_new.tolist(), strict=True
    ):
        letters.append("\n" if is_line else " " if is_spaced else "")
        letters.append(chr(code) if 0 < code < 0x110000 and not 0xD800 <= code < 0xE000 else "\ufffd")
    return "".join(letters).strip()


def _tells(text: str, reason: HiddenBy, *, size: float, count: int) -> bool:
    if reason in _LEAST_COUNTS:
        return count >= _LEAST_COUNTS[reason]
    telling = sum(2 if letter > "\u2e7f" else 1 for letter in text if letter.isalnum())
    if telling < LEAST_TELLING:
        return False
    if reason is HiddenBy.SIZE and size >= UNREADABLE_SIZE:
        return any(_word_count(line) >= LEAST_PROSE for line in text.split("\n"))
    return True


def _word_count(line: str) -> int:
    """Return how many words of two letters the line holds; two CJK characters count as one."""
    cjk = sum(letter > "\u2e7f" for letter in line)
    return cjk // 2 + len(re.findall(r"[^\W\d_\u2e80-\U0010ffff]{2,}", line))


def _is_echo(placed: Placed, hidden: NDArray[np.int64], visible: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return which hidden characters stand where the same character is seen."""
    if not len(hidden) or not len(visible):
        return np.zeros(len(hidden), dtype=bool)
    seen = set()
    for dx in (-1, 0, 1):
        for dy in (-1, 0, 1):
            seen.update(_keys(placed, visible, dx, dy))
    return np.array([key in seen for key in _keys(placed, hidden, 0, 0)], dtype=bool)


def _keys(placed: Placed, places: NDArray[np.int64], dx: int, dy: int) -> list[tuple[int, int, int]]:
    """Return each character with its place on a grid of one point."""
    corner = np.floor(placed.boxes[places, :2]).astype(np.int64)
    codes = placed.codes[places].tolist()
    return list(zip(codes, (corner[:, 0] + dx).tolist(), (corner[:, 1] + dy).tolist(), strict=True))


def excerpt(text: str) -> str:
    """Return the beginning of a hidden text for people: printable characters, the rest as escapes."""
    shown = []
    for letter in " ".join(text.split())[:LONGEST_EXCERPT]:
        if ord(letter) in _TAGS and 0x20 <= ord(letter) - 0xE0000 < 0x7F:
            shown.append(chr(ord(letter) - 0xE0000))
        elif letter == " " or unicodedata.category(letter)[0] in "LNPS":
            shown.append(letter)
        else:
            shown.append(f"\\u{ord(letter):04x}" if ord(letter) < 0x10000 else f"\\U{ord(letter):08x}")
    return "".join(shown)[: 2 * LONGEST_EXCERPT]
