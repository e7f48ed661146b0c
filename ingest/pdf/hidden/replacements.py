"""Replacement texts (/ActualText) that say wholly other than the glyphs they stand for.

pdfium gives the replacement as the page's text. Where one says more than a hyphen or a ligature, its mark is taken off,
in memory, and what the glyphs themselves say is compared with it.
"""

from __future__ import annotations

import ctypes

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from indexes.records import Box
from ingest.pdf.calling import Handle
from ingest.pdf.engine import bind
from ingest.pdf.hidden.marks import MarkReader, is_lie
from ingest.pdf.hidden.regions import HiddenBy, HiddenRegion, excerpt
from ingest.pdf.raw_characters import RawCharacters

MOST_REPLACED = 500
"""Text objects of a page whose replacements are compared; what is over is taken as it is."""
MOST_TEXT_BYTES = 4096
SAME_BOX = 1e-3
"""Points, summed over the sides; a glyph's own box differs from the line's by far more."""
LEAST_LETTERS = 4
"""Letters and digits of a replacement that is compared."""


class ReplacementReader:
    """Compares the replacement texts of one document's pages with their glyphs."""

    def __init__(self) -> None:
        pointer, address, length = ctypes.c_void_p, ctypes.c_void_p, ctypes.c_ulong
        self._text = bind(pdfium.FPDFTextObj_GetText, pointer, pointer, address, length, returns=length)
        self._marks = MarkReader()
        self._buffer = ctypes.create_string_buffer(MOST_TEXT_BYTES)

    def take_off(self, raw: RawCharacters) -> dict[int, str]:
        """Take the replacements that say something off their objects; return them by the objects' rows."""
        taken: dict[int, str] = {}
        for row in np.flatnonzero(_is_part(raw)).tolist():
            said = self._marks.replacement(int(raw.addresses[row]))
            if sum(letter.isalnum() for letter in said) >= LEAST_LETTERS and len(taken) < MOST_REPLACED:
                self._marks.forget_replacement(int(raw.addresses[row]))
                taken[row] = said
        return taken

    def lies(self, text_page: Handle, raw: RawCharacters, taken: dict[int, str]) -> list[HiddenRegion]:
        """Return the replacements that lie, as hidden regions; `text_page` was read after they were taken off."""
        found = []
        for row, said in taken.items():
            if is_lie(said, self._glyphs_of(int(raw.addresses[row]), text_page)):
                members = np.flatnonzero((raw.object_of == row) & raw.boxes.any(axis=1))
                found.append(
                    HiddenRegion(HiddenBy.REPLACEMENT, _shown_box(raw, members), 0.0, len(said), excerpt(said))
                )
        return found

    def _glyphs_of(self, address: int, text_page: Handle) -> str:
        length = self._text(address, text_page, ctypes.addressof(self._buffer), MOST_TEXT_BYTES)
        if not 0 < length <= MOST_TEXT_BYTES:
            return ""
        return self._buffer.raw[:length].decode("utf-16-le", "replace").rstrip("\0")


def _is_part(raw: RawCharacters) -> NDArray[np.bool_]:
    """Return which objects' first character has no box of its own but an even part of its object's."""
    loose = raw.boxes[raw.firsts][:, [0, 2, 3, 1]]  # left, right, bottom, top
    return np.asarray(np.abs(loose - raw.tight).sum(axis=1) < SAME_BOX, dtype=bool)


def _shown_box(raw: RawCharacters, members: NDArray[np.int64]) -> Box:
    xa, ya = raw.frame.place(raw.boxes[members, 0], raw.boxes[members, 1])
    xb, yb = raw.frame.place(raw.boxes[members, 2], raw.boxes[members, 3])
    x, y = np.concatenate((xa, xb)), np.concatenate((ya, yb))
    return raw.frame.show(Box(float(x.min()), float(y.min()), float(x.max()), float(y.max())))
