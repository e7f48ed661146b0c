"""Which of a page's characters its reader sees: each one's reason for being hidden, or none.

Three steps, dear ones last: what the characters are and how they are set; what is painted around them; and, for what
that leaves in doubt, the page itself as drawn.
"""

from __future__ import annotations

import ctypes

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ingest.pdf.calling import Scratch
from ingest.pdf.engine import bind
from ingest.pdf.geometry import Floats
from ingest.pdf.hidden.contrast import ContrastReader
from ingest.pdf.hidden.marks import MarkReader
from ingest.pdf.hidden.painting import PaintReader, Surroundings
from ingest.pdf.hidden.regions import HiddenBy
from ingest.pdf.hidden.suspicion import Suspicion, suspicions
from ingest.pdf.hidden.visibility import hidden_type, inked, is_scan, unseen_codes
from ingest.pdf.raw_characters import RawCharacters

SMALLEST_GROUP = 3
"""Characters: fewer without a mark inside a text that leaves marks are thin signs, not hidden words."""
SHRUNK = 0.1
"""Points by which a character's box is narrowed at either side, so that its neighbour's edge is not taken for it."""
FULL_BOX = 0.002
"""In ems: where a glyph has no outline, pdfium gives its box the type's whole size and advance."""
LEAST_INKED = 0.05
"""Of the columns of a text object drawn alone; of 3,177 in Type 3 fonts of real papers, the least has .08."""
SCAN_SLACK = 2.0
"""Points by which recognised text may stand beside its picture."""
SAME_PLACE = 3.0
"""Points between the corners of an object's characters and of its twin's bounds, which is the tighter box."""
_BY_SUSPICION = {
    Suspicion.INVISIBLE_MODE: HiddenBy.INVISIBLE_MODE,
    Suspicion.TRANSPARENT: HiddenBy.TRANSPARENT,
    Suspicion.CLIPPED: HiddenBy.CLIPPED,
    Suspicion.BEHIND_IMAGE: HiddenBy.BEHIND_IMAGE,
    Suspicion.BEHIND_PAINT: HiddenBy.BEHIND_PAINT,
    Suspicion.LAYER: HiddenBy.LAYER,
    Suspicion.NO_INK: HiddenBy.NO_INK,
    Suspicion.CLIPPING: HiddenBy.CLIPPING,
    Suspicion.COLOUR: HiddenBy.COLOUR,
    Suspicion.UNKNOWN: HiddenBy.NOT_DRAWN,
}


class Sight:
    """Looks at the pages of one document; holds the bound functions and what it has seen of the fonts."""

    def __init__(self, scratch: Scratch, *, has_layers: bool = False) -> None:
        """`has_layers` says that the document has layers, which may be switched off."""
        pointer, index, address = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        self._is_embedded = bind(pdfium.FPDFFont_GetIsEmbedded, pointer, returns=index)
        self._font_data = bind(pdfium.FPDFFont_GetFontData, pointer, address, ctypes.c_size_t, address, returns=index)
        self._painting = PaintReader(scratch)
        self._contrast = ContrastReader()
        self._marks = MarkReader()
        self._has_layers = has_layers

    def look(self, page: pypdfium2.PdfPage, raw: RawCharacters) -> NDArray[np.uint8]:
        """Return why each character is hidden, a `HiddenBy`."""
        reasons = unseen_codes(raw.codes)
        is_ink = inked(raw.codes, reasons)
        set_hidden = hidden_type(raw, is_ink=is_ink)
        reasons[reasons == 0] = set_hidden[reasons == 0]
        members = np.flatnonzero(is_ink & (reasons == 0))
        if not len(members):
            return reasons
        if is_scan(raw, page, is_ink=is_ink):
            self._compare_with_scan(page, raw, members, reasons)
            return reasons
        boxes = _object_boxes(raw, members)
        around = self._painting.walk(page, raw.addresses, boxes)
        found = self._suspected(page, raw, boxes, around)
        is_doubted = found[raw.object_of[members]] != 0
        if is_doubted.any():
            self._draw(page, raw, members[is_doubted], found, around, reasons)
        return reasons

    def _suspected(
        self, page: pypdfium2.PdfPage, raw: RawCharacters, boxes: Floats, around: Surroundings
    ) -> NDArray[np.int64]:
        """Return each object's suspicions."""
        found = suspicions(self._painting.paint(raw.addresses, raw.modes), around, boxes)
        if self._has_layers:
            found[around.texts.in_form] |= Suspicion.LAYER
            found[self._marks.in_layer(raw.addresses)] |= Suspicion.LAYER
        return found | self._inkless(page, raw)

    def _draw(
        self,
        page: pypdfium2.PdfPage,
        raw: RawCharacters,
        doubted: NDArray[np.int64],
        found: NDArray[np.int64],
        around: Surroundings,
        reasons: NDArray[np.uint8],
    ) -> None:
        """Set the reasons of the doubted characters that leave no mark on the page as drawn."""
        suspicion = found[raw.object_of[doubted]]
        rows = np.unique(raw.object_of[doubted])
        twins = _twins(around, _object_boxes(raw, doubted)[rows])
        if not twins and (suspicion & Suspicion.INVISIBLE_MODE).all():
            reasons[doubted] = HiddenBy.INVISIBLE_MODE
            return
        objects = [address for address in raw.addresses[rows].tolist() if address]
        is_clipping = (suspicion & Suspicion.CLIPPING) > 0
        is_marked = self._contrast.leaves_mark(
            page, [*objects, *twins], _shown(raw, doubted, by=-SHRUNK), clips_only=is_clipping
        )
        if is_marked is None:
            reasons[doubted] = HiddenBy.UNCHECKED
            return
        unseen = doubted[_in_groups(~is_marked, raw.object_of[doubted])]
        reasons[unseen] = _named(found[raw.object_of[unseen]])

    def _compare_with_scan(
        self, page: pypdfium2.PdfPage, raw: RawCharacters, members: NDArray[np.int64], reasons: NDArray[np.uint8]
    ) -> None:
        """Set the reasons of recognised characters where the picture shows nothing."""
        shows = self._contrast.shows_edges(page, _shown(raw, members, by=SCAN_SLACK))
        if shows is not None:
            reasons[members[_in_groups(~shows, raw.object_of[members])]] = HiddenBy.NOT_ON_SCAN

    def _inkless(self, page: pypdfium2.PdfPage, raw: RawCharacters) -> NDArray[np.int64]:
        """Suspect objects whose first glyph has no outline, or whose font's glyphs are programs that draw nothing."""
        found = np.zeros(len(raw.addresses), dtype=np.int64)
        for font in np.unique(raw.fonts).tolist():  # by page: pdfium may free fonts
            if self._is_type3(font):
                own = np.flatnonzero(raw.fonts == font)
                found[own] |= self._sampled(page, raw, own)
        width, height = raw.tight[:, 1] - raw.tight[:, 0], raw.tight[:, 3] - raw.tight[:, 2]
        loose = np.abs(raw.boxes[raw.firsts, 2:] - raw.boxes[raw.firsts, :2])
        sizes = raw.of_runs([run.size for run in raw.runs])[raw.firsts]
        slack = FULL_BOX * sizes
        is_full = (np.abs(height - sizes) < slack) & (np.abs(width - loose[:, 0]) < slack)
        is_full |= (np.abs(width - sizes) < slack) & (np.abs(height - loose[:, 1]) < slack)
        found[is_full] |= Suspicion.NO_INK
        return found

    def _sampled(self, page: pypdfium2.PdfPage, raw: RawCharacters, rows: NDArray[np.int64]) -> int:
        """Suspect a font's text objects unless the longest and two others, drawn alone, show ink all along."""
        lengths = np.bincount(raw.object_of, minlength=len(raw.addresses))[rows]
        chosen = {int(rows[lengths.argmax()]), int(rows[len(rows) // 2]), int(rows[-1])}
        is_inked = all(self._contrast.inked_share(page, int(raw.addresses[row])) >= LEAST_INKED for row in chosen)
        return int(Suspicion.NONE if is_inked else Suspicion.NO_INK)

    def _is_type3(self, font: int) -> bool:
        """Return whether the font's glyphs are programs (Type 3): it is embedded and holds no font file."""
        if not font or self._is_embedded(font) != 1:
            return False
        size = ctypes.c_size_t(0)
        self._font_data(font, 0, 0, ctypes.addressof(size))
        return size.value == 0


def _twins(around: Surroundings, boxes: Floats) -> list[int]:
    """Return the text objects without characters that stand where one of the boxes does: drawn over it or under it."""
    if not len(around.spare):
        return []
    distance = np.abs(around.spare_boxes[:, None, :2] - boxes[None, :, :2]).max(axis=2)
    return [around.spare[place] for place in np.flatnonzero((distance <= SAME_PLACE).any(axis=1)).tolist()]


def _object_boxes(raw: RawCharacters, members: NDArray[np.int64]) -> Floats:
    """Return each object's box (left, bottom, right, top) around those members; left > right without any."""
    boxes = np.tile(np.array([1.0, 1.0, 0.0, 0.0]), (len(raw.addresses), 1))
    owners = raw.object_of[members]
    starts = np.flatnonzero(np.append(True, np.diff(owners) != 0))
    here = raw.boxes[members]
    rows = owners[starts]
    boxes[rows, 0] = np.minimum.reduceat(np.minimum(here[:, 0], here[:, 2]), starts)
    boxes[rows, 1] = np.minimum.reduceat(np.minimum(here[:, 1], here[:, 3]), starts)
    boxes[rows, 2] = np.maximum.reduceat(np.maximum(here[:, 0], here[:, 2]), starts)
    boxes[rows, 3] = np.maximum.reduceat(np.maximum(here[:, 1], here[:, 3]), starts)
    return boxes


def _shown(raw: RawCharacters, members: NDArray[np.int64], *, by: float) -> Floats:
    """Return the members' boxes (x0, y0, x1, y1) on the page as shown, widened by some points on either side."""
    xa, ya = raw.frame.place(raw.boxes[members, 0], raw.boxes[members, 1])
    xb, yb = raw.frame.place(raw.boxes[members, 2], raw.boxes[members, 3])
    x0, x1 = np.minimum(xa, xb) - by, np.maximum(xa, xb) + by
    return np.stack((x0, np.minimum(ya, yb), np.maximum(x0, x1), np.maximum(ya, yb)), axis=1)


def _in_groups(flags: NDArray[np.bool_], owners: NDArray[np.int64]) -> NDArray[np.bool_]:
    """Return the flags without groups, set or not, smaller than `SMALLEST_GROUP` inside an object of the other kind."""
    if not flags.any():
        return flags
    changes = np.append(True, (np.diff(flags.astype(np.int8)) != 0) | (np.diff(owners) != 0))
    group = np.cumsum(changes) - 1
    is_large = np.bincount(group)[group] >= SMALLEST_GROUP
    _, owner = np.unique(owners, return_inverse=True)
    is_whole = (np.bincount(owner, weights=~flags) == 0)[owner]
    grouped: NDArray[np.bool_] = flags & (is_large | is_whole)
    edge = np.flatnonzero(changes)
    ends = np.append(edge[1:], len(flags))
    for first, end in zip(edge.tolist(), ends.tolist(), strict=True):
        is_between = first > 0 and end < len(flags) and owners[first - 1] == owners[first] == owners[end]
        if not grouped[first] and end - first < SMALLEST_GROUP and is_between:
            grouped[first:end] = grouped[first - 1] and grouped[end]  # the mark is that of what lies over them
    return grouped


def _named(found: NDArray[np.int64]) -> NDArray[np.uint8]:
    """Return the reason that each suspicion names first."""
    names = np.full(len(found), int(HiddenBy.NOT_DRAWN), dtype=np.uint8)
    for suspicion, reason in sorted(_BY_SUSPICION.items(), reverse=True):
        names[(found & suspicion) > 0] = reason
    return names
