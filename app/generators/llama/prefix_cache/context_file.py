"""One saved context as a file: magic, version, sizes, model, parameters, tokens, a checksum of these, state, checksum.

A header can be read and checked without the state. Refused are: symbolic links, what is no plain file, what belongs
to somebody else (a checksum is no signature, and llama.cpp trusts what it restores), other versions, and damage.
"""

from __future__ import annotations

import hashlib
import os
import re
import stat
import struct
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

import numpy as np

from app.generators.llama.prefix_cache.prefix_tree import Tokens
from indexes.errors import BadInput

_MAGIC = b"RONBUNCT"
_VERSION = 1
_SIZES = struct.Struct("<8sIIIQ")  # magic, version, bytes of parameters, tokens, bytes of state
_MODEL_BYTES = 32
CHECK_BYTES = 32
"""Of each of the two checksums: SHA-256, which processors have instructions for (twice as fast here as BLAKE2b)."""

_MOST_PARAMETERS = 1 << 12
_MOST_TOKENS = 1 << 22
_NAME = re.compile(r"[0-9a-f]{32}\.context")


@dataclass(frozen=True, slots=True)
class ContextKind:
    """What a context may be restored into: the model file's hash in hex, and whatever else decides how its bytes read.

    `parameters` is a text of the caller's: type of the KV cache, version of llama.cpp, scaling of positions. The size
    of the context is not one of them.
    """

    model_sha256: str
    parameters: str

    def __post_init__(self) -> None:
        if not re.fullmatch(r"[0-9a-f]{64}", self.model_sha256):
            raise BadInput(f"model hash {self.model_sha256!r} is not a SHA-256", hint="Give 64 hexadecimal digits.")
        if len(self.parameters.encode()) > _MOST_PARAMETERS:
            raise BadInput(f"context parameters are over {_MOST_PARAMETERS} bytes", hint="Give what decides, hashed.")


@dataclass(frozen=True, slots=True)
class ContextHeader:
    """What a file says of its context."""

    kind: ContextKind
    tokens: Tokens
    size_bytes: int


class UnusableContextError(Exception):
    """Why a file cannot be restored; `is_ours` where we wrote it and it is damaged, so that it may be removed."""

    def __init__(self, reason: str, *, is_ours: bool) -> None:
        super().__init__(reason)
        self.is_ours = is_ours


def context_name(kind: ContextKind, tokens: Tokens) -> str:
    """Return the name under which a context is kept."""
    digest = hashlib.blake2b(f"{kind.model_sha256}\n{kind.parameters}\n".encode(), digest_size=16)
    digest.update(tokens.astype("<i4").tobytes())
    return f"{digest.hexdigest()}.context"


def is_context_name(name: str) -> bool:
    """Tell whether a file of this name is one of ours."""
    return _NAME.fullmatch(name) is not None


def header_bytes(kind: ContextKind, tokens: Tokens, *, state_bytes: int) -> bytes:
    """Return what stands before the state, its own checksum included."""
    parameters = kind.parameters.encode()
    header = _SIZES.pack(_MAGIC, _VERSION, len(parameters), len(tokens), state_bytes)
    header += bytes.fromhex(kind.model_sha256) + parameters + tokens.astype("<i4").tobytes()
    return header + _check(header)


def state_check(header: bytes, state: bytes) -> bytes:
    """Return what stands after the state: a checksum of all before it."""
    return _check(header, state)


def read_header(path: Path) -> ContextHeader:
    """Read and check all but the state.

    Raises:
        UnusableContextError: it is refused.
        OSError: it cannot be read.
    """
    with _opened(path) as stream:
        return _header(stream)[0]


def read_state(path: Path, kind: ContextKind) -> bytes:
    """Read and check the whole file and return its state.

    Raises:
        UnusableContextError: it is refused.
        OSError: it cannot be read.
    """
    with _opened(path) as stream:
        header, written, state_bytes = _header(stream)
        if header.kind != kind:
            raise UnusableContextError("it belongs to another model or other parameters", is_ours=False)
        state = stream.read(state_bytes)
        if stream.read() != state_check(written, state):
            raise UnusableContextError("its state does not have its checksum", is_ours=True)
    return state


def _header(stream: BinaryIO) -> tuple[ContextHeader, bytes, int]:
    """Return the header, its bytes, and the size of the state."""
    sizes = stream.read(_SIZES.size)
    if sizes[: len(_MAGIC)] != _MAGIC[: len(sizes)]:
        raise UnusableContextError("it is not a context of ours", is_ours=False)
    if len(sizes) < _SIZES.size:
        raise UnusableContextError("it ends inside its header", is_ours=True)
    _, version, parameters_bytes, count, state_bytes = _SIZES.unpack(sizes)
    if version != _VERSION:
        raise UnusableContextError(f"its version is {version}, not {_VERSION}", is_ours=False)
    if parameters_bytes > _MOST_PARAMETERS or count > _MOST_TOKENS:
        raise UnusableContextError("its header is damaged", is_ours=True)
    rest = stream.read(_MODEL_BYTES + parameters_bytes + 4 * count)
    check = stream.read(CHECK_BYTES)
    if check != _check(sizes + rest):
        raise UnusableContextError("its header does not have its checksum", is_ours=True)
    written = sizes + rest + check
    size_bytes = len(written) + state_bytes + CHECK_BYTES
    if os.fstat(stream.fileno()).st_size != size_bytes:
        raise UnusableContextError(f"it is not {size_bytes} bytes long, as its header says", is_ours=True)
    try:
        parameters = rest[_MODEL_BYTES : _MODEL_BYTES + parameters_bytes].decode()
    except UnicodeDecodeError:
        raise UnusableContextError("its parameters are no text", is_ours=True) from None
    tokens = np.frombuffer(rest, "<i4", offset=_MODEL_BYTES + parameters_bytes).astype(np.int32)
    return ContextHeader(ContextKind(rest[:_MODEL_BYTES].hex(), parameters), tokens, size_bytes), written, state_bytes


def require_private(folder: Path) -> int:
    """Return when the folder changed, in nanoseconds.

    Raises:
        PermissionError: it is a symbolic link, somebody else's, or others may write in it.
        OSError: it is not there or cannot be looked at.
    """
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.geteuid() or found.st_mode & 0o022:
        raise PermissionError(f"{folder} is not a folder that only this user may write in")
    return found.st_mtime_ns


def _opened(path: Path) -> BinaryIO:
    handle = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    found = os.fstat(handle)
    if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
        os.close(handle)
        raise UnusableContextError("it is no plain file of this user's", is_ours=False)
    return os.fdopen(handle, "rb")


def _check(*parts: bytes) -> bytes:
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part)
    return digest.digest()
