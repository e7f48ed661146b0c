"""Vectors of word pieces to a few bytes each and back, with a header that says how. Knows neither models nor tables.

A number of a vector of norm 1 that was turned at random is nearly normal with variance 1/k, whatever the vector, so one
grid made for the normal distribution fits every number of every vector, and nothing has to be learned or stored beside
the codes (Max 1960, table II; turned first as in Zandieh et al. 2025, TurboQuant).
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexes.arrays import Vectors
from indexes.errors import LibraryDamaged

LAYOUT_VERSION = 1
BITS = 4
PER_BYTE = 8 // BITS
STEP = 0.3352
"""The best distance of 16 equally spaced levels for a standard normal variable: its error is .0115. Unequal ones have
.0095 and take ten times as long to decode."""

MIDDLE = (2**BITS - 1) / 2
LAST_LEVEL = 2**BITS - 1

HEADER = struct.Struct("<BBHHII")
"""Version, bits a number, numbers a vector, vectors, mark of the projection, CRC-32 of the codes."""

MOST_VECTORS = 65_535

Codes = npt.NDArray[np.uint8]

MOST_PRODUCTS = 2**18
"""Multiplications asked of BLAS at once: OpenBLAS starts its threads above so many, and where other work keeps the
cores busy they wait for each other (56 ms against 0.6 for 50 passages on two busy cores)."""


@dataclass(frozen=True, slots=True)
class TokenCodes:
    """The coded vectors of several passages, one passage after another; `starts` (n,) is each one's first vector."""

    codes: Codes
    starts: npt.NDArray[np.int64]
    dimension: int

    def products(self, query: Vectors) -> Vectors:
        """Return the inner products (t, q) of the vectors, made of norm 1, with those of `query` (q, dimension)."""
        levels = self._levels()
        columns = np.ascontiguousarray(query.T)
        products: Vectors = np.empty((len(levels), columns.shape[1]), dtype=np.float32)
        step = max(1, MOST_PRODUCTS // max(1, columns.size))
        for start in range(0, len(levels), step):
            np.matmul(levels[start : start + step], columns, out=products[start : start + step])
        products /= np.sqrt(np.einsum("td,td->t", levels, levels))[:, None]
        return products

    def _levels(self) -> Vectors:
        """Return the level of each coded number, counted from the middle: the vectors (t, dimension) but for norms."""
        packed = self.codes.reshape(-1, self.dimension // PER_BYTE)
        levels: Vectors = np.empty((len(packed), PER_BYTE, packed.shape[1]), dtype=np.float32)
        for part in range(PER_BYTE):
            np.bitwise_and(packed >> (part * BITS), LAST_LEVEL, out=levels[:, part], casting="unsafe")
        levels -= np.float32(MIDDLE)
        return levels.reshape(len(packed), self.dimension)


def encode(vectors: Vectors, *, mark: int) -> bytes:
    """Return the vectors (t, k) of one passage as bytes: a header, then k/2 bytes a vector.

    Each byte holds a number of the vector's first half and, above it, one of the second.

    Args:
        vectors: of norm 1, turned; 1 <= t <= `MOST_VECTORS`, k even.
        mark: which projection they come from; kept in the header.
    """
    count, dimension = vectors.shape
    levels = np.rint(vectors * np.float32(dimension**0.5 / STEP) + np.float32(MIDDLE))
    numbers = np.clip(levels, 0, LAST_LEVEL).astype(np.uint8).reshape(count, PER_BYTE, dimension // PER_BYTE)
    shifts = np.arange(PER_BYTE, dtype=np.uint8)[:, None] * np.uint8(BITS)
    codes: bytes = np.bitwise_or.reduce(numbers << shifts, axis=1).tobytes()
    return HEADER.pack(LAYOUT_VERSION, BITS, dimension, count, mark, zlib.crc32(codes)) + codes


def mark_of(blob: bytes) -> int:
    """Return which projection a passage's vectors come from.

    Raises:
        LibraryDamaged: the header is cut off.
    """
    return _header(blob)[4]


def is_whole(blob: object) -> bool:
    """Return whether this is what `encode` makes, of any dimension and projection."""
    if not isinstance(blob, bytes):
        return False
    try:
        _checked_count(blob, _header(blob)[2])
    except LibraryDamaged:
        return False
    return True


def join(blobs: Sequence[bytes], *, dimension: int) -> TokenCodes:
    """Return the coded vectors of all the passages, checked.

    Raises:
        LibraryDamaged: a blob is of another layout, dimension or length than its header and `dimension` say, holds no
            vector, or its codes are not those that were written.
    """
    counts = [_checked_count(blob, dimension) for blob in blobs]
    codes = np.frombuffer(b"".join([blob[HEADER.size :] for blob in blobs]), dtype=np.uint8)
    starts = np.concatenate([[0], np.cumsum(counts)[:-1]]).astype(np.int64) if counts else np.zeros(0, dtype=np.int64)
    return TokenCodes(codes, starts, dimension)


def _checked_count(blob: bytes, dimension: int) -> int:
    version, bits, numbers, count, _, checksum = _header(blob)
    if (version, bits) != (LAYOUT_VERSION, BITS):
        raise _damaged(f"layout {version} with {bits} bits a number; {LAYOUT_VERSION} with {BITS} is what this reads")
    if numbers != dimension or count == 0:
        raise _damaged(f"{count} vectors of {numbers} numbers, at least one of {dimension} expected")
    size = len(blob) - HEADER.size
    if size != count * dimension // PER_BYTE:
        raise _damaged(f"{size} bytes of codes, {count * dimension // PER_BYTE} expected")
    if zlib.crc32(memoryview(blob)[HEADER.size :]) != checksum:
        raise _damaged("the codes do not have the checksum that the header states")
    return int(count)


def _header(blob: bytes) -> tuple[int, int, int, int, int, int]:
    if len(blob) < HEADER.size:
        raise _damaged(f"{len(blob)} bytes, shorter than a header of {HEADER.size}")
    version, bits, numbers, count, mark, checksum = HEADER.unpack_from(blob)
    return version, bits, numbers, count, mark, checksum


def _damaged(reason: str) -> LibraryDamaged:
    return LibraryDamaged(
        f"library: token vectors of a passage cannot be read ({reason})",
        hint="`ronbun doctor --repair` drops what is damaged of them; those passages are then compared without.",
    )
