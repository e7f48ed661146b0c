"""Whether a file can be a GGUF model at all, and what its header says of it, before llama.cpp touches it.

llama.cpp ends the process on some corrupt files, so what can be known by reading is checked here. Everything in a
header is data from wherever the file came from: nothing of it is executed, the chat template least of all.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from app.generators.gguf.reader import KEPT_ELEMENTS, DamagedError, GgufTensor, HeaderReader, Metadata
from indexes.errors import ModelFailed, ModelMissing

_READ_BYTES = 1 << 20  # at a time; a vocabulary of 152,000 tokens is some 600,000 small reads
_CONTROL = 3  # in tokenizer.ggml.token_type
_MOST_LAYERS = KEPT_ELEMENTS  # far over any model's
_MOST_COUNTED = 1 << 53  # no size of a model comes near; products of a few stay finite
# llama.cpp takes these for control tokens whatever the file says (llama-vocab.cpp, the tokens that end a generation).
_ALWAYS_CONTROL = frozenset({"<|im_end|>", "<|eot_id|>", "<|end|>", "<end_of_turn>", "<|endoftext|>"})
_AGAIN = "Download or copy the file again, and compare its size or sha256 with the source's."


@dataclass(frozen=True, slots=True)
class GgufHeader:
    """What a sound file says of itself.

    `metadata` holds numbers, texts and short arrays by key; long arrays (the vocabulary) are left out.
    """

    architecture: str
    tensors: tuple[GgufTensor, ...]
    metadata: Mapping[str, Metadata]
    control_tokens: frozenset[str]
    vocabulary_tokens: int
    size_bytes: int

    @property
    def chat_template(self) -> str:
        """The file's Jinja text, only ever searched for known words; empty where it has none."""
        return self.text("tokenizer.chat_template")

    def text(self, key: str) -> str:
        """Return a text of the metadata, or an empty one."""
        value = self.metadata.get(key)
        return value if isinstance(value, str) else ""

    def number(self, key: str) -> int | None:
        """Return a size or count of the metadata; `{}` in the key stands for the architecture.

        None where it is absent or cannot be one: no number, below 0, a fraction, not finite, or absurdly large.
        """
        return _counted(self.metadata.get(self._full(key)))

    def numbers(self, key: str, *, count: int) -> tuple[int, ...] | None:
        """Return one number for each of `count` layers, be it stored once or one by one.

        None where it is neither, where one of them is none (see `number`), and for more layers than a model has.
        """
        if not 0 <= count <= _MOST_LAYERS:
            return None
        value = self.metadata.get(self._full(key))
        stored = value if isinstance(value, tuple) else (value,) * count
        found = tuple(number for one in stored if (number := _counted(one)) is not None)
        return found if len(found) == count == len(stored) else None

    def _full(self, key: str) -> str:
        return key.replace("{}", self.architecture)


def check_gguf(path: Path) -> GgufHeader:
    """Read a model file's header.

    Raises:
        ModelMissing: there is no such file.
        ModelFailed: it is not a GGUF file, is damaged, or ends before its last tensor does.
    """
    try:
        if not path.is_file():
            raise ModelMissing(
                f"there is no model file {path}",
                hint="Set RONBUN_GENERATOR to a GGUF file, or to `extractive`; `ronbun models pull` fetches one.",
            )
        with path.open("rb", buffering=_READ_BYTES) as file:
            return _header(HeaderReader(file, size_bytes=path.stat().st_size))
    except OSError as error:
        raise ModelFailed(f"the model file {path} cannot be read: {error}", hint="Check its permissions.") from error
    except DamagedError as damage:
        raise ModelFailed(f"the model file {path} is not a sound GGUF: {damage}", hint=_AGAIN) from damage


def _header(reader: HeaderReader) -> GgufHeader:
    reader.read()
    architecture = reader.metadata.get("general.architecture")
    if not isinstance(architecture, str):
        raise DamagedError("it does not say which architecture it is (general.architecture)")
    if not reader.tensors:
        raise DamagedError("it holds no tensors (a vocabulary alone cannot write)")
    return GgufHeader(
        architecture=architecture,
        tensors=tuple(reader.tensors),
        metadata=reader.metadata,
        control_tokens=_control_tokens(reader.vocabulary, reader.token_kinds),
        vocabulary_tokens=len(reader.vocabulary),
        size_bytes=reader.size_bytes,
    )


def _counted(value: Metadata | None) -> int | None:
    if not isinstance(value, int | float) or not 0 <= value <= _MOST_COUNTED:  # NaN is in no range
        return None
    return int(value) if value == int(value) else None


def _control_tokens(vocabulary: list[str], kinds: list[int]) -> frozenset[str]:
    declared = {token for token, kind in zip(vocabulary, kinds, strict=False) if kind == _CONTROL}
    return frozenset(declared | _ALWAYS_CONTROL.intersection(vocabulary))
