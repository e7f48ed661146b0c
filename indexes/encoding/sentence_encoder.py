"""Encodes text with a sentence-transformers model. The home of torch; a cross-encoder is opened in `rerank`."""

from __future__ import annotations

import logging
import os
import threading
from collections.abc import Callable, Sequence
from functools import partial
from time import perf_counter
from typing import Any

import numpy as np
from tokenizers import Tokenizer

from indexes.arrays import TokenVectors, Vectors
from indexes.encoding.bert_forward import BertForward, is_readable
from indexes.encoding.forward_pass import by_layers, by_modules, halved, has_bfloat16, run
from indexes.encoding.model_folder import ModelFolder, identity_of
from indexes.encoding.quiet_loading import quiet_loading
from indexes.errors import ModelFailed, ModelMissing

LOGGER = logging.getLogger(__name__)

BATCH_SIZE = 16
"""Texts encoded together. In bfloat16 batches of 8, 16 and 32 give 35, 38 and 43 passages a CPU second in one run, 26,
30 and 26 in the next (bench/encoding.py, two cores that others kept busy, 2026-11): a small batch frees the model
sooner for a waiting query."""

LAST_LAYER = -1

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
        self._passage_model: Any = None
        self._forward: BertForward | None = None
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
        return self._encode_passages(texts, layer=LAST_LAYER, on_batch=on_batch, keep=None)

    def encode_passages_with_tokens(
        self, texts: Sequence[str], *, layer: int = LAST_LAYER, on_batch: Callable[[int], None] | None = None
    ) -> tuple[Vectors, list[TokenVectors]]:
        """Return one row and the vectors of the word pieces for each text, in order, from one pass.

        Args:
            texts: as `encode_passages`.
            layer: whose output the word pieces' vectors are, counted from the end: -1 the last, -2 the one before.
            on_batch: as `encode_passages`.

        Raises:
            ModelFailed: the model has no such layer; and as `encode_passages`.
        """
        kept: dict[int, TokenVectors] = {}
        vectors = self._encode_passages(texts, layer=layer, on_batch=on_batch, keep=kept)
        return vectors, [kept[number] for number in range(len(texts))]

    def encode_queries(self, texts: Sequence[str]) -> Vectors:
        """Return one row a query, in order."""
        prompted = [self._folder.query_prompt + text for text in texts]
        batches = [prompted[start : start + BATCH_SIZE] for start in range(0, len(prompted), BATCH_SIZE)]
        parts = [self._batch(batch, layer=LAST_LAYER, is_query=True)[0] for batch in batches]
        return np.concatenate(parts) if parts else np.zeros((0, self.dimension), dtype=np.float32)

    def encode_query_with_tokens(self, text: str, *, layer: int = LAST_LAYER) -> tuple[Vectors, TokenVectors]:
        """Return the query's row (1, d) and the vectors of its word pieces, as `encode_passages_with_tokens` does."""
        vectors, tokens = self._batch([self._folder.query_prompt + text], layer=layer, is_query=True)
        return vectors, tokens[0]

    def _encode_passages(
        self,
        texts: Sequence[str],
        *,
        layer: int,
        on_batch: Callable[[int], None] | None,
        keep: dict[int, TokenVectors] | None,
    ) -> Vectors:
        prompted = [self._folder.passage_prompt + text for text in texts]
        vectors = np.zeros((len(prompted), self.dimension), dtype=np.float32)
        by_length = sorted(range(len(prompted)), key=lambda row: (-len(prompted[row]), row))
        for start in range(0, len(prompted), BATCH_SIZE):
            rows = by_length[start : start + BATCH_SIZE]
            vectors[rows], tokens = self._batch([prompted[row] for row in rows], layer=layer, is_query=False)
            if keep is not None:
                keep.update(zip(rows, tokens, strict=True))
            if on_batch is not None:
                on_batch(len(rows))
        return vectors

    def _batch(self, texts: list[str], *, layer: int, is_query: bool) -> tuple[Vectors, list[TokenVectors]]:
        with self._lock:
            if self._model is None:
                self._load()
            model = self._model if is_query else self._passage_model
            try:
                if self._forward is None:
                    states_of = partial(by_modules, next(iter(model.children())))
                else:
                    states_of = partial(by_layers, self._forward, is_query=is_query)
                raw, tokens = run(model, texts, partial(states_of, layers=(LAST_LAYER, layer)))
            except (RuntimeError, ValueError, IndexError, KeyError) as error:
                raise ModelFailed(
                    f"encoder {self.name}: encoding {len(texts)} texts failed ({error})",
                    hint="Check the memory that is free and the model's files (`ronbun doctor`).",
                ) from error
        norms = np.linalg.norm(raw, axis=1, keepdims=True)
        if not np.all(np.isfinite(norms)) or np.any(norms == 0.0):
            raise ModelFailed(
                f"encoder {self.name}: gave a vector that is zero or not finite",
                hint="The weights may be damaged: copy or download the model again, or use `bundled`.",
            )
        return np.asarray(raw / norms, dtype=np.float32), tokens

    def _load(self) -> None:
        started = perf_counter()
        for variable, value in QUIET_THREADS.items():
            os.environ.setdefault(variable, value)
        import safetensors
        import sentence_transformers
        import torch

        threads = self._threads or os.cpu_count() or 1
        torch.set_num_threads(threads)
        try:
            with quiet_loading():
                model = sentence_transformers.SentenceTransformer(str(self._folder.path), local_files_only=True)
        except (OSError, ValueError, RuntimeError, KeyError, safetensors.SafetensorError) as error:
            raise ModelFailed(
                f"encoder {self._folder.path}: the model does not load ({error})",
                hint="The files may be damaged: copy or download the model again, or use `bundled`.",
            ) from error
        model.eval()
        transformer: Any = next(iter(model.children()))
        transformer.model.config.output_hidden_states = True
        dimension = model.encode([""], show_progress_bar=False).shape[1]
        if dimension != self.dimension:
            raise ModelFailed(
                f"encoder {self._folder.path}: gives {dimension} numbers a text, configuration says {self.dimension}",
                hint="Files of two models may be mixed: copy or download the model again, or use `bundled`.",
            )
        is_halved = has_bfloat16(torch.cpu) and model.device.type == "cpu"
        self._passage_model = model
        if is_readable(transformer.model):
            dtype = torch.bfloat16 if is_halved else torch.float32
            self._forward = BertForward(transformer.model, dtype=dtype, threads=threads)
        elif is_halved:
            self._passage_model = halved(model, torch)
        self._model = model
        LOGGER.info("loaded encoder name=%s elapsed_ms=%d", self.name, (perf_counter() - started) * 1000)


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
