"""Ranges of code points into ranges of UTF-8 bytes, as an automaton reads them (Cox 2010, "Regular expression matching
in the wild"; the method of RE2 and Rust's utf8-ranges)."""

from __future__ import annotations

ByteRange = tuple[int, int]

_LAST_OF_LENGTH = (0x7F, 0x7FF, 0xFFFF, 0x10FFFF)


def utf8_sequences(first: int, last: int) -> list[tuple[ByteRange, ...]]:
    """Return sequences of one to four byte ranges that together match exactly the code points from `first` to `last`.

    The range must hold no surrogate.
    """
    for boundary in _LAST_OF_LENGTH[:-1]:
        if first <= boundary < last:
            return utf8_sequences(first, boundary) + utf8_sequences(boundary + 1, last)
    for bits in (6, 12, 18):  # split until all but the leading byte run over whole blocks
        if last <= _LAST_OF_LENGTH[0]:
            break
        block = (1 << bits) - 1
        if first & ~block != last & ~block:
            if first & block:
                return utf8_sequences(first, first | block) + utf8_sequences((first | block) + 1, last)
            if last & block != block:
                return utf8_sequences(first, (last & ~block) - 1) + utf8_sequences(last & ~block, last)
    return [tuple(zip(chr(first).encode("utf-8"), chr(last).encode("utf-8"), strict=True))]
