"""One of pdfium's functions over many characters or objects of a page: what it answers and what it writes, as arrays.

A page has thousands of characters, and ctypes' own conversion of arguments costs more than the calls. So addresses are
converted once (`prepared`), and what the functions write goes into one piece of memory whose places were converted when
it was made. Measured over the characters of one page, a call takes a third of what `bind`'s takes.
"""

from __future__ import annotations

import ctypes
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ingest.pdf.geometry import Floats

CELL_BYTES = 8
CELLS = 8192
"""Of the memory that functions write into; longer tables are filled piece by piece."""

Call = Callable[..., int]
Handle = Any
"""An address that ctypes has converted."""


def bind_bare(function: object, *, returns: type) -> Call:
    """Return pdfium's `function` taking small integers and prepared addresses as they are, unchecked.

    It keeps Python's lock, which a call as short as these gives up at some cost; pdfium never calls back, for documents
    are opened from memory.
    """
    address = ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
    return ctypes.PYFUNCTYPE(returns)(address)


def prepared(address: int) -> Handle:
    """Return an address as an argument for a bare function."""
    return ctypes.c_void_p.from_param(address)


def all_prepared(addresses: Iterable[int]) -> list[Handle]:
    """Return each address as an argument for a bare function."""
    return list(map(ctypes.c_void_p.from_param, addresses))


def answers(function: Call, *arguments: Iterable[Any], count: int) -> NDArray[np.int64]:
    """Return what the function answers to each row of arguments, `count` of them."""
    return np.fromiter(map(function, *arguments), dtype=np.int64, count=count)


class Scratch:
    """Memory for what functions write; one for all that read pages of one document."""

    def __init__(self) -> None:
        self._memory = np.zeros(CELLS, dtype=np.float64)
        start = self._memory.ctypes.data
        self._places = all_prepared(range(start, start + CELLS * CELL_BYTES, CELL_BYTES))

    def rows(self, function: Call, owner: Handle, indexes: Sequence[int], *, columns: int) -> Floats:
        """Return the floats of 32 bits, an even number, that `function(owner, index, address)` writes for each index.

        What it does not write is 0.
        """
        found = np.zeros((len(indexes), columns), dtype=np.float64)
        width = columns * 4 // CELL_BYTES
        step = CELLS // width
        for first in range(0, len(indexes), step):
            part = indexes[first : first + step]
            cells = len(part) * width
            self._memory[:cells] = 0
            deque(map(function, repeat(owner), part, self._places[:cells:width]), maxlen=0)
            found[first : first + step] = self._memory[:cells].view(np.float32).reshape(-1, columns)
        return found

    def columns(self, function: Call, *arguments: Sequence[Any], dtype: type[Any], columns: int) -> NDArray[Any]:
        """Return (rows, columns) of what the function writes for each row of arguments, to an address a column.

        What it does not write is 0.
        """
        count = len(arguments[-1])
        found = np.zeros((count, columns), dtype=dtype)
        step = CELLS // columns
        for first in range(0, count, step):
            parts = [argument[first : first + step] for argument in arguments]
            rows = len(parts[-1])
            cells = rows * columns
            self._memory[:cells] = 0
            places = (self._places[at : at + rows] for at in range(0, cells, rows))
            deque(map(function, *parts, *places), maxlen=0)
            written = self._memory[:cells].view(dtype)[:: CELL_BYTES // found.itemsize]
            found[first : first + step] = written.reshape(columns, rows).T
        return found
