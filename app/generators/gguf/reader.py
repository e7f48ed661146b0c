"""Walks the header of a GGUF file once; counts, lengths and what is kept are held against limits and the file's size.

The format: https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
"""

from __future__ import annotations

import math
import struct
import sys
from dataclasses import dataclass
from typing import BinaryIO, TypeAlias

from app.generators.gguf.kinds import TENSOR_KINDS, TensorKind

KEPT_ELEMENTS = 1024
"""Of an array besides the vocabulary: one number a layer, languages, tags. Longer ones are left out."""

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_ENTRIES = 1 << 20  # metadata keys or tensors; the largest models have a few thousand
_MOST_ELEMENTS = 1 << 24  # of one metadata array; vocabularies have at most some hundred thousand
_MOST_TEXT_BYTES = 1 << 24  # of one string; chat templates have some ten thousand
_MOST_KEPT_BYTES = 64 << 20  # in memory, of keys, names, texts and short arrays; thousands of tensors take under 1 MB
# In memory, of the vocabulary and its kinds. 224,768 byte-level tokens made of words, 58 % of them Japanese, took 86
# bytes each (sys.getsizeof): 262,144 and their kinds would take 31 MiB, and the limit is four times that.
_MOST_VOCABULARY_BYTES = 128 << 20
_NUMBER_BYTES = 36  # of a number in a list at the most: its place and, where it is not a small one, itself
_MOST_DIMENSIONS = 4
_ALIGNMENT = 32  # of the tensors, unless general.alignment says otherwise
_SCALARS = {
    kind: struct.Struct(form)
    for kind, form in {
        0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d",
    }.items()
}  # fmt: skip
_UINT32, _UINT64 = _SCALARS[4], _SCALARS[10]
_STRING, _ARRAY = 8, 9
_INTEGERS = frozenset(_SCALARS) - {6, 7, 12}  # neither float nor bool
_VOCABULARY, _TOKEN_KINDS = "tokenizer.ggml.tokens", "tokenizer.ggml.token_type"

Metadata: TypeAlias = int | float | str | tuple[int | float | str, ...]


class DamagedError(Exception):
    """What is wrong with the header."""


@dataclass(frozen=True, slots=True)
class GgufTensor:
    """One tensor's name and size; `kind` is None for one of a numbering that is not known here."""

    name: str
    weights: int
    kind: TensorKind | None

    @property
    def size_bytes(self) -> int:
        """Bytes in the file; 0 where the kind is not known."""
        return 0 if self.kind is None else self.weights // self.kind.block_weights * self.kind.block_bytes


class _Budget:
    """Memory for one sort of what is kept: each string may be long, and a sparse file claims many for nothing."""

    def __init__(self, most_bytes: int, what: str) -> None:
        self._most_bytes = self._left_bytes = most_bytes
        self._what = what

    def take(self, size_bytes: int) -> None:
        self._left_bytes -= size_bytes
        if self._left_bytes < 0:
            raise DamagedError(f"its {self._what} take more than the limit of {self._most_bytes} bytes")


class HeaderReader:
    """Reads one open file; what it found is in its fields after `read`."""

    def __init__(self, file: BinaryIO, *, size_bytes: int) -> None:
        self._file = file
        self.size_bytes = size_bytes
        self.metadata: dict[str, Metadata] = {}
        self.tensors: list[GgufTensor] = []
        self.vocabulary: list[str] = []
        self.token_kinds: list[int] = []
        self._kept = _Budget(_MOST_KEPT_BYTES, "keys, names and values")
        self._words = _Budget(_MOST_VOCABULARY_BYTES, "vocabulary and its kinds")

    def read(self) -> None:
        """Read the whole header.

        Raises:
            DamagedError: it is not a header, claims what cannot be, or the file ends before the last tensor does.
        """
        if self._file.read(len(_MAGIC)) != _MAGIC:
            raise DamagedError("it does not begin with the bytes GGUF")
        version = self._scalar(_UINT32)
        if version not in _VERSIONS:
            raise DamagedError(f"its version {version} is not one of {_VERSIONS}")
        tensors = self._bounded(_UINT64, _MOST_ENTRIES, "tensors")
        for _ in range(self._bounded(_UINT64, _MOST_ENTRIES, "metadata keys")):
            self._entry()
        last_end = max([self._tensor() for _ in range(tensors)], default=0)
        data_start = _round_up(self._file.tell(), self._alignment())
        if tensors and data_start + last_end > self.size_bytes:
            raise DamagedError(
                f"it is {self.size_bytes} bytes long, and its last tensor ends at {data_start + last_end}"
            )

    def _entry(self) -> None:
        key = self._text(self._kept)
        kind = int(self._scalar(_UINT32))
        if kind == _ARRAY:
            self._array(key)
        else:
            self.metadata[key] = self._value(kind)

    def _value(self, kind: int) -> int | float | str:
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind == _STRING:
            return self._text(self._kept)
        raise DamagedError(f"a metadata value has the unknown type {kind}")

    def _array(self, key: str) -> None:
        kind = int(self._scalar(_UINT32))
        count = self._bounded(_UINT64, _MOST_ELEMENTS, "array elements")
        if kind != _STRING and kind not in _SCALARS:
            raise DamagedError(f"a metadata array has elements of the unknown type {kind}")
        if key == _VOCABULARY and kind == _STRING:
            self.vocabulary = [self._text(self._words) for _ in range(count)]
        elif key == _TOKEN_KINDS:
            if kind not in _INTEGERS:
                raise DamagedError(f"its {_TOKEN_KINDS} holds elements of type {kind}, which are no integers")
            self._words.take(count * _NUMBER_BYTES)
            self.token_kinds = [int(number) for number in self._scalars(_SCALARS[kind], count)]
        elif count <= KEPT_ELEMENTS:
            self._kept.take(count * _NUMBER_BYTES)
            self.metadata[key] = tuple(self._value(kind) for _ in range(count))
        elif kind == _STRING:
            for _ in range(count):
                self._skip(self._bounded(_UINT64, _MOST_TEXT_BYTES, "bytes of a string"))
        else:
            self._skip(count * _SCALARS[kind].size)

    def _tensor(self) -> int:
        """Read one tensor's entry; return where it ends after the beginning of the data."""
        name = self._text(self._kept)
        dimensions = self._bounded(_UINT32, _MOST_DIMENSIONS, "dimensions")
        weights = math.prod(int(self._scalar(_UINT64)) for _ in range(dimensions))
        tensor = GgufTensor(name, weights, TENSOR_KINDS.get(int(self._scalar(_UINT32))))
        self.tensors.append(tensor)
        return int(self._scalar(_UINT64)) + tensor.size_bytes

    def _alignment(self) -> int:
        alignment = self.metadata.get("general.alignment", _ALIGNMENT)
        if not isinstance(alignment, int) or alignment <= 0:
            raise DamagedError(f"its alignment is {alignment!r:.40}")
        return alignment

    def _text(self, budget: _Budget) -> str:
        content = self._exactly(self._bounded(_UINT64, _MOST_TEXT_BYTES, "bytes of a string"))
        text = content.decode("utf-8", errors="replace")
        budget.take(sys.getsizeof(text))
        return text

    def _bounded(self, form: struct.Struct, most: int, what: str) -> int:
        count = int(self._scalar(form))
        if count > most:
            raise DamagedError(f"it claims {count} {what}, over the limit of {most}")
        return count

    def _scalar(self, form: struct.Struct) -> int | float:
        value: int | float = form.unpack(self._exactly(form.size))[0]
        return value

    def _scalars(self, form: struct.Struct, count: int) -> list[int | float]:
        return [values[0] for values in form.iter_unpack(self._exactly(count * form.size))]

    def _exactly(self, count: int) -> bytes:
        content = self._file.read(count)
        if len(content) != count:
            raise DamagedError(f"it ends after {self.size_bytes} bytes, inside its header")
        return content

    def _skip(self, count: int) -> None:
        if self._file.seek(count, 1) > self.size_bytes:
            raise DamagedError(f"it ends after {self.size_bytes} bytes, inside its header")


def _round_up(number: int, step: int) -> int:
    return -(-number // step) * step
