"""GGUF files with random weights, made once and kept: Qwen2's 0.5 B shape for speed, a tiny one for correctness.

Random weights cost the same arithmetic as trained ones. A bias on the last layer's values sets the hidden state's first
column, whatever was read, and the embedding's first column, which is the output's too, marks tokens that would end a
text or a sentence of the answer's grammar: they are never likely, so each run writes the same number of tokens.
"""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

import gguf
import numpy as np
import numpy.typing as npt

from app.generators.llama.library import llama_library
from bench.engine.vocabulary import made_vocabulary, printable_bytes

CONTROL_TOKENS = ("<|endoftext|>", "<|im_start|>", "<|im_end|>")
_HIDDEN_BIAS, _NEVER = 100.0, -8.0
"""Their product, normalised, lies thirteen standard deviations of a logit below the others."""

_ENDINGS = b'"]\\'
"""Bytes whose tokens close a string or a list, or escape: kept unlikely."""

_MADE_AS = "2"
"""Part of the files' names: raise it when the making changes."""


@dataclass(frozen=True, slots=True)
class Shape:
    """The sizes of a model of Qwen2's kind: embeddings tied, biases on queries, keys and values."""

    name: str
    layers: int
    width: int
    heads: int
    kv_heads: int
    feed_forward: int
    vocabulary: int
    named_vocabulary: int
    context_tokens: int = 32768

    @property
    def kv_width(self) -> int:
        """Floats of one token's keys in one layer."""
        return self.width // self.heads * self.kv_heads


HALF_BILLION = Shape("half-billion", 24, 896, 14, 2, 4864, vocabulary=151_936, named_vocabulary=151_643)
TINY = Shape("tiny", 2, 64, 4, 2, 128, vocabulary=2_000, named_vocabulary=1_990)


def made_model(folder: Path, shape: Shape, *, is_quantised: bool) -> Path:
    """Return the file of a model, making it first where it is not in `folder`; quantised is q4_k_m, else float16."""
    kind = "q4_k_m" if is_quantised else "f16"
    path = folder / f"{shape.name}-{kind}-{_MADE_AS}.gguf"
    if path.exists():
        return path
    folder.mkdir(parents=True, exist_ok=True)
    plain, partial = path.with_suffix(".plain"), path.with_suffix(".part")
    _write(plain, shape)
    if is_quantised:
        _quantise(plain, partial)
        plain.unlink()
        partial.rename(path)
    else:
        plain.rename(path)
    return path


def _write(path: Path, shape: Shape) -> None:
    writer = gguf.GGUFWriter(path, "qwen2")
    writer.add_name(shape.name)
    writer.add_context_length(shape.context_tokens)
    writer.add_embedding_length(shape.width)
    writer.add_feed_forward_length(shape.feed_forward)
    writer.add_block_count(shape.layers)
    writer.add_head_count(shape.heads)
    writer.add_head_count_kv(shape.kv_heads)
    writer.add_layer_norm_rms_eps(1e-6)
    writer.add_rope_freq_base(1e6)
    writer.add_vocab_size(shape.vocabulary)
    tokens = _add_vocabulary(writer, shape)
    for name, tensor in _tensors(shape, np.random.default_rng(2026)):
        if name == "token_embd.weight":
            tensor[:, 0] = [_output_bias(token) for token in tokens]
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()


def _add_vocabulary(writer: gguf.GGUFWriter, shape: Shape) -> list[bytes | None]:
    """Write the vocabulary; return each token's bytes, None for those that print nothing."""
    made, printable = made_vocabulary(shape.named_vocabulary), printable_bytes()

    def shown(token: bytes) -> str:
        return "".join(printable[byte] for byte in token)

    unused = [f"[PAD{number}]" for number in range(shape.vocabulary - len(made.tokens) - len(CONTROL_TOKENS))]
    kinds = gguf.TokenType
    silent = [kinds.CONTROL] * len(CONTROL_TOKENS) + [kinds.UNUSED] * len(unused)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("qwen2")
    writer.add_token_list([*map(shown, made.tokens), *CONTROL_TOKENS, *unused])
    writer.add_token_types([*[kinds.NORMAL] * len(made.tokens), *silent])
    writer.add_token_merges([f"{shown(left)} {shown(right)}" for left, right in made.merges])
    writer.add_eos_token_id(len(made.tokens) + CONTROL_TOKENS.index("<|im_end|>"))
    writer.add_bos_token_id(len(made.tokens) + CONTROL_TOKENS.index("<|endoftext|>"))
    writer.add_add_bos_token(False)
    return [*made.tokens, *[None] * len(silent)]


def _output_bias(token: bytes | None) -> float:
    """Return what stands in the embedding's first column: the output is the embedding too."""
    return _NEVER if token is None or any(byte in _ENDINGS for byte in token) else 0.0


def _tensors(shape: Shape, generator: np.random.Generator) -> list[tuple[str, npt.NDArray[np.floating]]]:
    def matrix(rows: int, columns: int) -> npt.NDArray[np.float16]:
        made = generator.standard_normal((rows, columns), dtype=np.float32)
        made /= np.float32(np.sqrt(columns))
        return made.astype(np.float16)

    def ones(width: int) -> npt.NDArray[np.float32]:
        return np.ones(width, np.float32)

    embedding = matrix(shape.vocabulary, shape.width)
    embedding *= np.float16(np.sqrt(shape.width))
    tensors: list[tuple[str, npt.NDArray[np.floating]]] = [("token_embd.weight", embedding)]
    tensors.append(("output_norm.weight", ones(shape.width)))
    for layer in range(shape.layers):
        block = f"blk.{layer}."
        tensors += [
            (f"{block}attn_norm.weight", ones(shape.width)),
            (f"{block}attn_q.weight", matrix(shape.width, shape.width)),
            (f"{block}attn_k.weight", matrix(shape.kv_width, shape.width)),
            (f"{block}attn_v.weight", matrix(shape.kv_width, shape.width)),
            (f"{block}attn_q.bias", np.zeros(shape.width, np.float32)),
            (f"{block}attn_k.bias", np.zeros(shape.kv_width, np.float32)),
            (f"{block}attn_v.bias", np.zeros(shape.kv_width, np.float32)),
            (f"{block}attn_output.weight", matrix(shape.width, shape.width)),
            (f"{block}ffn_norm.weight", ones(shape.width)),
            (f"{block}ffn_gate.weight", matrix(shape.feed_forward, shape.width)),
            (f"{block}ffn_up.weight", matrix(shape.feed_forward, shape.width)),
            (f"{block}ffn_down.weight", matrix(shape.width, shape.feed_forward)),
        ]
    named = dict(tensors)
    named[f"{block}attn_v.bias"][0] = _HIDDEN_BIAS
    named[f"{block}attn_output.weight"][0, 0] = 1.0
    return tensors


def _quantise(source: Path, target: Path) -> None:
    llama = llama_library()
    parameters = llama.llama_model_quantize_default_params()
    parameters.ftype = llama.LLAMA_FTYPE_MOSTLY_Q4_K_M
    if llama.llama_model_quantize(os.fsencode(source), os.fsencode(target), parameters) != 0:
        raise SystemExit(f"llama.cpp could not quantise {source}")
