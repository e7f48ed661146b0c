"""Tiny GGUF models of other families: Mamba, whose memory is one state, and Gemma 2, with a sliding window."""

from collections.abc import Callable
from pathlib import Path

import gguf
import numpy as np
from gguf_models import EMBEDDING, FEED_FORWARD, HEADS, add_vocabulary

LAYERS, CONTEXT_LENGTH = 2, 4096
INNER, STATE, CONVOLUTION, RANK = 2 * EMBEDDING, 8, 4, 4
WINDOW = 64

Tensors = dict[str, np.ndarray]


def make_mamba(path: Path, *, seed: int) -> Path:
    """Write a Mamba model of two layers."""

    def describe(writer: gguf.GGUFWriter) -> None:
        writer.add_head_count(0)
        writer.add_ssm_conv_kernel(CONVOLUTION)
        writer.add_ssm_inner_size(INNER)
        writer.add_ssm_state_size(STATE)
        writer.add_ssm_time_step_rank(RANK)

    def block(matrix: Callable[[int, int], np.ndarray]) -> Tensors:
        return {
            "attn_norm.weight": np.ones(EMBEDDING, np.float32),
            "ssm_in.weight": matrix(2 * INNER, EMBEDDING),
            "ssm_conv1d.weight": matrix(INNER, CONVOLUTION),
            "ssm_conv1d.bias": np.zeros(INNER, np.float32),
            "ssm_x.weight": matrix(RANK + 2 * STATE, INNER),
            "ssm_dt.weight": matrix(INNER, RANK),
            "ssm_dt.bias": np.zeros(INNER, np.float32),
            "ssm_a": -np.ones((INNER, STATE), np.float32),
            "ssm_d": np.ones(INNER, np.float32),
            "ssm_out.weight": matrix(EMBEDDING, INNER),
        }

    return _write(path, "mamba", seed=seed, describe=describe, block=block)


def make_gemma2(path: Path, *, seed: int) -> Path:
    """Write a Gemma 2 model of two layers, one of which looks back `WINDOW` tokens."""

    def describe(writer: gguf.GGUFWriter) -> None:
        writer.add_head_count(HEADS)
        writer.add_head_count_kv(HEADS)
        writer.add_key_length(EMBEDDING // HEADS)
        writer.add_value_length(EMBEDDING // HEADS)
        writer.add_sliding_window(WINDOW)

    def block(matrix: Callable[[int, int], np.ndarray]) -> Tensors:
        norms = ("attn_norm", "post_attention_norm", "ffn_norm", "post_ffw_norm")
        return {
            **{f"{name}.weight": np.ones(EMBEDDING, np.float32) for name in norms},
            **{f"attn_{name}.weight": matrix(EMBEDDING, EMBEDDING) for name in ("q", "k", "v", "output")},
            "ffn_gate.weight": matrix(FEED_FORWARD, EMBEDDING),
            "ffn_up.weight": matrix(FEED_FORWARD, EMBEDDING),
            "ffn_down.weight": matrix(EMBEDDING, FEED_FORWARD),
        }

    return _write(path, "gemma2", seed=seed, describe=describe, block=block)


def _write(
    path: Path,
    architecture: str,
    *,
    seed: int,
    describe: Callable[[gguf.GGUFWriter], None],
    block: Callable[[Callable[[int, int], np.ndarray]], Tensors],
) -> Path:
    random = np.random.default_rng(seed)

    def matrix(rows: int, columns: int) -> np.ndarray:
        return random.normal(0, 1 / np.sqrt(columns), (rows, columns)).astype(np.float32)

    writer = gguf.GGUFWriter(path, architecture)
    writer.add_context_length(CONTEXT_LENGTH)
    writer.add_embedding_length(EMBEDDING)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_block_count(LAYERS)
    writer.add_layer_norm_rms_eps(1e-5)
    describe(writer)
    words = add_vocabulary(writer, control_tokens=())
    tensors = {"token_embd.weight": matrix(words, EMBEDDING), "output_norm.weight": np.ones(EMBEDDING, np.float32)}
    for layer in range(LAYERS):
        tensors |= {f"blk.{layer}.{name}": tensor for name, tensor in block(matrix).items()}
    for name, tensor in tensors.items():
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path
