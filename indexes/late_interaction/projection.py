"""The learned projection of word pieces' vectors: a small file, bound to the encoder whose vectors it was trained on.

`bench/training/late_interaction.py` writes the file; `MODEL_CARD.md` beside it is its card.
"""

from __future__ import annotations

import zlib
from dataclasses import dataclass
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

from indexes.arrays import Vectors
from indexes.encoding.encoder import Encoder
from indexes.errors import ModelFailed
from indexes.japanese.lexicon import UNREADABLE
from indexes.late_interaction.codes import PER_BYTE

PATH = Path(__file__).parent / "projection.npz"
FORMAT_VERSION = 1

KEPT = b"every piece, in order"
"""What is kept of a passage's pieces: part of the mark, so that those kept otherwise are told apart and made anew."""


@dataclass(frozen=True, slots=True)
class TokenProjection:
    """How vectors of word pieces become small ones.

    Attributes:
        encoder_sha256: the encoder whose word pieces it reads (`pieces_sha256`).
        layer: which of the transformer's hidden states those are (-1 is the last).
        matrix: (d, k) float32; turned at random, so that every number of a projected vector carries as much. k is a
            multiple of `PER_BYTE`.
        weight, bias: (d,) float32 and a number; a query's word piece counts softplus(vector · weight + bias).
        mark: which projection this is; vectors of another one cannot be compared with it.
    """

    encoder_sha256: str
    layer: int
    matrix: Vectors
    weight: npt.NDArray[np.float32]
    bias: float
    mark: int

    @property
    def dimension(self) -> int:
        """Numbers of a projected vector."""
        return int(self.matrix.shape[1])


@runtime_checkable
class GivesPiecesOfAnother(Protocol):
    """An encoder around another, whose word pieces it gives; its own `sha256` covers more than decides these."""

    @property
    def pieces_sha256(self) -> str:
        """The `sha256` of the encoder whose word pieces it gives."""
        ...


def projection_for(encoder: Encoder) -> TokenProjection | None:
    """Return the projection that was trained for this encoder's word pieces; None where none was.

    Raises:
        ModelFailed: the file is damaged.
    """
    projection = _shipped()
    return projection if projection.encoder_sha256 == pieces_sha256(encoder) else None


def pieces_sha256(encoder: Encoder) -> str:
    """Return the hash of what decides the vectors of the encoder's word pieces."""
    return encoder.pieces_sha256 if isinstance(encoder, GivesPiecesOfAnother) else encoder.sha256


def read_projection(path: Path) -> TokenProjection:
    """Read a projection from its file.

    Raises:
        ModelFailed: the file is absent, damaged, or of another format.
    """
    try:
        with np.load(BytesIO(path.read_bytes()), allow_pickle=False) as held:
            fields = {name: held[name] for name in held.files}
        return _projection(fields)
    except UNREADABLE as error:
        raise ModelFailed(
            f"projection {path}: cannot be read ({error})",
            hint="Install Ronbun again; the file is part of it.",
        ) from error


def write_projection(path: Path, projection: TokenProjection) -> None:
    """Write a projection to a file; its mark is taken anew from its numbers when it is read."""
    np.savez_compressed(
        path,
        format=np.int64(FORMAT_VERSION),
        encoder_sha256=np.array(projection.encoder_sha256),
        layer=np.int64(projection.layer),
        matrix=projection.matrix.astype(np.float16),
        weight=projection.weight.astype(np.float32),
        bias=np.float32(projection.bias),
    )


@cache
def _shipped() -> TokenProjection:
    return read_projection(PATH)


def _projection(fields: dict[str, Any]) -> TokenProjection:
    if int(fields["format"]) != FORMAT_VERSION:
        raise ValueError(f"format {int(fields['format'])}, {FORMAT_VERSION} expected")
    matrix, weight = fields["matrix"].astype(np.float32), fields["weight"].astype(np.float32)
    if matrix.ndim != 2 or weight.shape != matrix.shape[:1] or matrix.shape[1] % PER_BYTE:
        raise ValueError(f"matrix of shape {matrix.shape}, weight of shape {weight.shape}")
    bias = float(fields["bias"])
    if not (np.isfinite(matrix).all() and np.isfinite(weight).all() and np.isfinite(bias)):
        raise ValueError("a number is not finite")
    mark = zlib.crc32(matrix.tobytes() + KEPT)
    return TokenProjection(str(fields["encoder_sha256"]), int(fields["layer"]), matrix, weight, bias, mark)
