"""What the marked content around text objects says: the layer it belongs to, the text that shall stand in its place."""

from __future__ import annotations

import ctypes
from collections.abc import Sequence
from difflib import SequenceMatcher

import numpy as np
import pypdfium2.raw as pdfium
from numpy.typing import NDArray

from ingest.pdf.engine import bind

LAYER = "OC"
"""The tag of optional content (PDF 32000, 8.11.3.2)."""
REPLACEMENT = b"ActualText"
MOST_NAME_BYTES = 64
MOST_TEXT_BYTES = 4096
MOST_MARKS = 8
"""Of one object; marks nest, and what nests deeper is left alone."""
LEAST_REPLACED = 4
"""Letters and digits from which a replacement text says something; hyphens, ligatures and accents have fewer."""
LEAST_SHARED = 0.5
"""Share of the glyphs' letters that stand in the replacement in the same order, at least, where it is honest."""

LEAST_BLOCK = 3
"""Letters in a row that count as shared: pairs are shared by any two sentences."""


class MarkReader:
    """Reads the marks of text objects."""

    def __init__(self) -> None:
        pointer, index, address = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p
        handle, length = ctypes.c_ssize_t, ctypes.c_ulong
        self._count = bind(pdfium.FPDFPageObj_CountMarks, pointer, returns=index)
        self._mark = bind(pdfium.FPDFPageObj_GetMark, pointer, length, returns=handle)
        self._name = bind(pdfium.FPDFPageObjMark_GetName, pointer, address, length, address, returns=index)
        self._text = bind(
            pdfium.FPDFPageObjMark_GetParamStringValue, pointer, address, address, length, address, returns=index
        )
        self._remove = bind(pdfium.FPDFPageObj_RemoveMark, pointer, pointer, returns=index)
        self._buffer = ctypes.create_string_buffer(MOST_TEXT_BYTES)
        self._length = ctypes.c_ulong()
        self._key = ctypes.create_string_buffer(REPLACEMENT)

    def in_layer(self, addresses: NDArray[np.int64]) -> NDArray[np.bool_]:
        """Return which of the objects belong to a layer."""
        return np.array(
            [
                any(self._named(self._mark(address, place)) == LAYER for place in range(min(count, MOST_MARKS)))
                for address in addresses.tolist()
                for count in (self._count(address),)
            ],
            dtype=bool,
        )

    def replacement(self, address: int) -> str:
        """Return the text that a mark gives in place of the object's glyphs, "" where none does."""
        for place in range(min(self._count(address), MOST_MARKS)):
            text = self._replacement_in(self._mark(address, place))
            if text:
                return text
        return ""

    def forget_replacement(self, address: int) -> None:
        """Take the marks with a replacement text off the object, in memory alone."""
        for place in reversed(range(min(self._count(address), MOST_MARKS))):
            mark = self._mark(address, place)
            if self._replacement_in(mark):
                self._remove(address, mark)

    def _named(self, mark: int) -> str:
        size, here = ctypes.addressof(self._length), ctypes.addressof(self._buffer)
        if not mark or not self._name(mark, here, MOST_NAME_BYTES, size) or self._length.value > MOST_NAME_BYTES:
            return ""
        return self._buffer.raw[: self._length.value].decode("utf-16-le", "replace").rstrip("\0")

    def _replacement_in(self, mark: int) -> str:
        key, here, size = (ctypes.addressof(part) for part in (self._key, self._buffer, self._length))
        if not mark or not self._text(mark, key, here, MOST_TEXT_BYTES, size):
            return ""
        if self._length.value > MOST_TEXT_BYTES:  # pdfium writes nothing then; so long a text replaces no few glyphs
            return "\ufffd" * (self._length.value // 2)
        return self._buffer.raw[: self._length.value].decode("utf-16-le", "replace").rstrip("\0")


def is_lie(replacement: str, glyphs: str) -> bool:
    """Return whether a replacement text says wholly other than the glyphs it stands for."""
    said, shown = _letters(replacement), _letters(glyphs)
    if len(said) < LEAST_REPLACED:
        return False
    if len(shown) < LEAST_REPLACED:
        return len(said) > 8 * max(len(glyphs.strip()), 1)
    blocks: Sequence[tuple[int, int, int]] = SequenceMatcher(None, said[:500], shown[:500], False).get_matching_blocks()
    return sum(size for _, _, size in blocks if size >= LEAST_BLOCK) < LEAST_SHARED * min(len(shown), 500)


def _letters(text: str) -> str:
    return "".join(letter for letter in text.casefold() if letter.isalnum())
