"""Whether a file can be a GGUF model at all, from its header and size, before llama.cpp touches it.

llama.cpp ends the process on some corrupt files, so what can be known by reading is checked here. The format:
https://github.com/ggml-org/ggml/blob/master/docs/gguf.md (versions 2 and 3, little-endian).
"""

from __future__ import annotations

import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from indexes.errors import ModelFailed, ModelMissing

_MAGIC = b"GGUF"
_VERSIONS = (2, 3)
_MOST_ENTRIES = 1 << 20  # metadata keys or tensors; the largest models have a few thousand
_MOST_ELEMENTS = 1 << 24  # of one metadata array; vocabularies have at most some hundred thousand
_MOST_TEXT_BYTES = 1 << 24  # of one string; chat templates have some ten thousand
_MOST_DIMENSIONS = 4
_SCALARS = {0: "<B", 1: "<b", 2: "<H", 3: "<h", 4: "<I", 5: "<i", 6: "<f", 7: "<B", 10: "<Q", 11: "<q", 12: "<d"}
_STRING, _ARRAY = 8, 9
_AGAIN = "Download or copy the file again, and compare its size or sha256 with the source's."


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What the checks found: the architecture's name and how many tensors the file holds."""

    architecture: str
    tensors: int


def check_gguf(path: Path) -> GgufHeader:
    """Read a model file's header.

    Raises:
        ModelMissing: there is no such file.
        ModelFailed: it is not a GGUF file, is damaged, or ends before its last tensor begins.
    """
    if not path.is_file():
        raise ModelMissing(
            f"there is no model file {path}",
            hint="Set RONBUN_GENERATOR to a GGUF file, or to `extractive`.",
        )
    try:
        with path.open("rb") as file:
            return _HeaderReader(file, size_bytes=path.stat().st_size).read()
    except OSError as error:
        raise ModelFailed(f"the model file {path} cannot be read: {error}", hint="Check its permissions.") from error
    except _DamagedError as damage:
        raise ModelFailed(f"the model file {path} is not a sound GGUF: {damage}", hint=_AGAIN) from damage


class _DamagedError(Exception):
    """What is wrong with the header."""


class _HeaderReader:
    """Walks a header once; every count and length is held against a limit and the file's size."""

    def __init__(self, file: BinaryIO, *, size_bytes: int) -> None:
        self._file = file
        self._size_bytes = size_bytes

    def read(self) -> GgufHeader:
        if self._file.read(4) != _MAGIC:
            raise _DamagedError("it does not begin with the bytes GGUF")
        version = self._scalar("<I")
        if version not in _VERSIONS:
            raise _DamagedError(f"its version {version} is not one of {_VERSIONS}")
        tensors = self._bounded("<Q", _MOST_ENTRIES, "tensors")
        keys = self._bounded("<Q", _MOST_ENTRIES, "metadata keys")
        metadata = dict(self._entry() for _ in range(keys))
        ends = [self._tensor_offset() for _ in range(tensors)]
        data_start = self._file.tell()
        if data_start + max(ends, default=0) > self._size_bytes:
            raise _DamagedError(f"it is {self._size_bytes} bytes long, and its last tensor would begin after that")
        architecture = metadata.get("general.architecture")
        if not isinstance(architecture, str):
            raise _DamagedError("it does not say which architecture it is (general.architecture)")
        if not tensors:
            raise _DamagedError("it holds no tensors (a vocabulary alone cannot write)")
        return GgufHeader(architecture, tensors)

    def _entry(self) -> tuple[str, object]:
        return self._text(), self._value(int(self._scalar("<I")))

    def _value(self, kind: int) -> object:
        if kind in _SCALARS:
            return self._scalar(_SCALARS[kind])
        if kind == _STRING:
            return self._text()
        if kind == _ARRAY:
            self._skip_array()
            return None
        raise _DamagedError(f"a metadata value has the unknown type {kind}")

    def _skip_array(self) -> None:
        kind = int(self._scalar("<I"))
        count = self._bounded("<Q", _MOST_ELEMENTS, "array elements")
        if kind == _STRING:
            for _ in range(count):
                self._skip(self._bounded("<Q", _MOST_TEXT_BYTES, "bytes of a string"))
        elif kind in _SCALARS:
            self._skip(count * struct.calcsize(_SCALARS[kind]))
        else:
            raise _DamagedError(f"a metadata array has elements of the unknown type {kind}")

    def _tensor_offset(self) -> int:
        self._text()
        dimensions = self._bounded("<I", _MOST_DIMENSIONS, "dimensions")
        self._skip(8 * dimensions + 4)
        return int(self._scalar("<Q"))

    def _text(self) -> str:
        content = self._exactly(self._bounded("<Q", _MOST_TEXT_BYTES, "bytes of a string"))
        return content.decode("utf-8", errors="replace")

    def _bounded(self, form: str, most: int, what: str) -> int:
        count = int(self._scalar(form))
        if count > most:
            raise _DamagedError(f"it claims {count} {what}, over the limit of {most}")
        return count

    def _scalar(self, form: str) -> int | float:
        value: int | float = struct.unpack(form, self._exactly(struct.calcsize(form)))[0]
        return value

    def _exactly(self, count: int) -> bytes:
        content = self._file.read(count)
        if len(content) != count:
            raise _DamagedError(f"it ends after {self._size_bytes} bytes, inside its header")
        return content

    def _skip(self, count: int) -> None:
        if self._file.seek(count, 1) > self._size_bytes:
            raise _DamagedError(f"it ends after {self._size_bytes} bytes, inside its header")
