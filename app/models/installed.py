"""The GGUF files of the models folder, each with what its header says, or with the reason why it cannot be used."""

from __future__ import annotations

import contextlib
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

from app.generators.gguf.header import GgufHeader, check_gguf
from app.generators.gguf.kinds import FILE_KINDS
from app.generators.llama.chat_format import ChatFormat, choose_chat_format
from app.models.memory import EngineSizes, MemoryNeed, memory_need
from indexes.errors import ModelError, ModelFailed

SUFFIX = ".gguf"
FEWEST_BITS = 4.0
"""A weight, in the layers. Below, models keep their fluency and lose what they read: grounding suffers first."""


@dataclass(frozen=True, slots=True)
class InstalledModel:
    """A sound file."""

    path: Path
    header: GgufHeader
    need: MemoryNeed | None
    chat: ChatFormat

    @property
    def weights(self) -> int:
        """How many parameters it has."""
        return sum(tensor.weights for tensor in self.header.tensors)

    @property
    def bits_per_weight(self) -> float:
        """Of the whole file."""
        return _bits(self.header, prefix="")

    @property
    def quantisation(self) -> str:
        """The name of its mixture, or of the kind that most weights have."""
        named = FILE_KINDS.get(self.header.number("general.file_type") or -1)
        counts = Counter[str]()
        for tensor in self.header.tensors:
            counts[tensor.kind.name if tensor.kind else "of a kind unknown here"] += tensor.weights
        return named or counts.most_common(1)[0][0]


@dataclass(frozen=True, slots=True)
class DamagedModel:
    """A file that cannot be used, and why."""

    path: Path
    reason: str


def installed_models(folder: Path, *, sizes: EngineSizes) -> list[InstalledModel | DamagedModel]:
    """Read every GGUF file of the folder, by name; an absent folder has none.

    Raises:
        ModelFailed: the folder cannot be read.
    """
    if not folder.exists():
        return []
    try:
        paths = sorted(path for path in folder.iterdir() if path.suffix.lower() == SUFFIX and not _is_folder(path))
    except OSError as error:
        raise ModelFailed(f"the models folder {folder}: {error}", hint="Set RONBUN_MODELS_DIR to another.") from error
    return [read_model(path, sizes=sizes) for path in paths]


def _is_folder(path: Path) -> bool:
    """Tell a folder; a link that cannot be followed is none, and is listed with its reason."""
    with contextlib.suppress(OSError):
        return path.is_dir()
    return False


def read_model(path: Path, *, sizes: EngineSizes) -> InstalledModel | DamagedModel:
    """Read one file's header; about a quarter of a second at a vocabulary of 152,000."""
    try:
        header = check_gguf(path)
        chat = choose_chat_format(header.control_tokens.__contains__, template=header.chat_template)
    except ModelError as error:
        return DamagedModel(path, error.message)
    return InstalledModel(path, header, memory_need(header, sizes=sizes), chat)


def model_warnings(model: InstalledModel, *, available_bytes: int | None) -> tuple[str, ...]:
    """Return what to know before using it."""
    found = []
    bits = _bits(model.header, prefix="blk.")
    if 0 < bits < FEWEST_BITS:
        found.append(f"its layers have {bits:.1f} bits a weight: under {FEWEST_BITS:g}, grounding suffers first")
    if model.need and available_bytes is not None and model.need.total_bytes > available_bytes:
        found.append("it needs more memory than is free now: it will be slow or will not load")
    if not model.chat.markers and not model.chat.template_has:
        found.append("its turn markers are not known: it may be no chat model, or one of a new family")
    if (parts := model.header.number("split.count") or 1) > 1:
        found.append(f"it is one of {parts} parts: the figures are of this part")
    return tuple(found)


def _bits(header: GgufHeader, *, prefix: str) -> float:
    """Return the bits a weight of tensors whose kind is known and whose name begins so; 0 where there are none."""
    sized = [tensor for tensor in header.tensors if tensor.kind and tensor.name.startswith(prefix)]
    weights = sum(tensor.weights for tensor in sized)
    return 8 * sum(tensor.size_bytes for tensor in sized) / weights if weights else 0.0
