"""Encodes text with a sentence-transformers model. The one home of sentence_transformers and torch."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from time import perf_counter
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from indexes.arrays import Vectors
from indexes.errors import ModelFailed, ModelMissing
from indexes.model_folder import ModelFolder, identity_of

LOGGER = logging.getLogger(__name__)

BATCH_SIZE = 16
"""Texts encoded together. Not tuned: a small batch frees the model sooner for a waiting query."""

BFLOAT16_FEATURES = frozenset({"avx512_bf16", "amx_bf16"})
"""Processors with one of these encode under bfloat16 autocast: 8.5 passages/s against 4.9 in float32 (48 passages of
130 words, two cores that others kept busy, 2026-11). Over 32 texts the cosine with float32 is at least .99997, and the
same text in another batch gives a vector within 1e-3 in each number (2e-7 in float32), at a cosine of .9999 or more.
Queries stay in float32: autocast turns the weights to bfloat16 anew at each call, and one short query then takes 125 ms
instead of 15."""

QUIET_THREADS = {"TOKENIZERS_PARALLELISM": "false", "OMP_WAIT_POLICY": "passive"}
"""Set before torch loads its OpenMP, whose threads otherwise spin while they wait: with one other busy process on two
cores a query takes 488 ms spinning and 18 ms passive, and 9.8 passages are encoded a second against 45.4."""


class SentenceEncoder:
    """A model of sentence-transformers; loads at the first text encoded. Safe to call from several threads."""

    def __init__(self, folder: ModelFolder, *, threads: int) -> None:
        self._folder = folder
        self._threads = threads
        self._lock = threading.Lock()
        self._sha256 = ""
        self._model: Any = None
        self._is_bfloat16 = False
        self._tokenizer = _open_tokenizer(folder)

    @property
    def name(self) -> str:
        """What people call it."""
        return self._folder.name

    @property
    def sha256(self) -> str:
        """Hash over weights, configuration and tokenizer, taken when first asked for."""
        if not self._sha256:
            self._sha256 = identity_of(self._folder.path)
        return self._sha256

    @property
    def dimension(self) -> int:
        """Length of a vector."""
        return self._folder.dimension

    @property
    def max_tokens(self) -> int:
        """Word pieces read of a text, special tokens included."""
        return self._folder.max_tokens

    @property
    def languages(self) -> frozenset[str]:
        """Codes of the languages that the model card names."""
        return self._folder.languages

    def count_tokens(self, texts: Sequence[str]) -> list[int]:
        """Return the word pieces of each text, special tokens and the model's passage prompt included."""
        prompt = self._folder.passage_prompt
        return [len(self._tokenizer.encode(prompt + text).ids) for text in texts]

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        """Return one row a text, in order; `on_batch` gets the number of texts done since the last call."""
        prompted = [self._folder.passage_prompt + text for text in texts]
        return self._encode(prompted, on_batch=on_batch, may_mix=True)

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one row a query, in order."""
        return self._encode([self._folder.query_prompt + text for text in texts], on_batch=None, may_mix=False)

    def _encode(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None, may_mix: bool) -> Vectors:
        vectors = np.zeros((len(texts), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(texts)), key=lambda row: (-len(texts[row]), row))
        for start in range(0, len(texts), BATCH_SIZE):
            rows = by_length[start : start + BATCH_SIZE]
            vectors[rows] = self._encode_batch([texts[row] for row in rows], may_mix=may_mix)
            if on_batch is not None:
                on_batch(len(rows))
        return vectors

    def _encode_batch(self, texts: list[str], *, may_mix: bool) -> Vectors:
        with self._lock:
            if self._model is None:
                self._model = self._load()
            try:
                raw = self._run(texts, may_mix=may_mix)
            except (RuntimeError, ValueError, IndexError) as error:
                raise ModelFailed(
                    f"encoder {self.name}: encoding {len(texts)} texts failed ({error})",
                    hint="Check the memory that is free and the model's files (`ronbun doctor`).",
                ) from error
        vectors = np.asarray(raw, dtype=np.float32)
        norms = np.linalg.norm(vectors, axis=1, keepdims=True)
        if not np.all(np.isfinite(norms)) or np.any(norms == 0.0):
            raise ModelFailed(
                f"encoder {self.name}: gave a vector that is zero or not finite",
                hint="The weights may be damaged: copy or download the model again, or use `bundled`.",
            )
        return np.asarray(vectors / norms, dtype=np.float32)

    def _run(self, texts: list[str], *, may_mix: bool) -> Any:
        import torch  # in memory since the model was loaded

        is_mixed = may_mix and self._is_bfloat16 and self._model.device.type == "cpu"
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16, enabled=is_mixed):
            encoded = self._model.encode(
                texts, batch_size=len(texts), prompt="", show_progress_bar=False, convert_to_tensor=True
            )
            return encoded.float().cpu().numpy()

    def _load(self) -> Any:
        started = perf_counter()
        for variable, value in QUIET_THREADS.items():
            os.environ.setdefault(variable, value)
        import safetensors
        import sentence_transformers
        import torch
        import transformers

        silence: Any = transformers.utils.logging
        silence.set_verbosity_error()
        silence.disable_progress_bar()
        torch.set_num_threads(self._threads or os.cpu_count() or 1)
        try:
            model = sentence_transformers.SentenceTransformer(str(self._folder.path), local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError, safetensors.SafetensorError) as error:
            raise ModelFailed(
                f"encoder {self._folder.path}: the model does not load ({error})",
                hint="The files may be damaged: copy or download the model again, or use `bundled`.",
            ) from error
        model.eval()
        dimension = model.encode([""], show_progress_bar=False).shape[1]
        if dimension != self.dimension:
            raise ModelFailed(
                f"encoder {self._folder.path}: gives {dimension} numbers a text, configuration says {self.dimension}",
                hint="Files of two models may be mixed: copy or download the model again, or use `bundled`.",
            )
        self._is_bfloat16 = _has_bfloat16(torch.cpu)
        LOGGER.info("loaded encoder name=%s elapsed_ms=%d", self.name, (perf_counter() - started) * 1000)
        return model


def _has_bfloat16(cpu: Any) -> bool:
    """Return whether the processor multiplies bfloat16 in hardware; False for a torch that cannot say."""
    capabilities = cpu.get_capabilities() if hasattr(cpu, "get_capabilities") else {}
    return any(capabilities.get(feature) for feature in BFLOAT16_FEATURES)


def _open_tokenizer(folder: ModelFolder) -> Tokenizer:
    path = folder.path / "tokenizer.json"
    if not path.is_file():
        raise ModelMissing(f"encoder {folder.path}: tokenizer.json is not there", hint="Copy the whole model folder.")
    try:
        tokenizer = Tokenizer.from_file(str(path))
    except Exception as error:  # tokenizers raises no other class
        raise ModelFailed(
            f"encoder {path}: the tokenizer does not load ({error})",
            hint="The file may be damaged: copy or download the model again, or use `bundled`.",
        ) from error
    tokenizer.no_truncation()
    tokenizer.no_padding()
    return tokenizer
