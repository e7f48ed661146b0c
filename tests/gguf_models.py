"""Tiny GGUF models with random weights and a real byte-level vocabulary, made by the test that uses them."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

import gguf
import numpy as np

EMBEDDING, HEADS, FEED_FORWARD, LAYERS = 32, 4, 64, 1
CHATML_MARKERS = ("<|im_start|>", "<|im_end|>")
MERGES = ("t h", "th e", "Ġ the", "i n", "a n", "an d", "Ġ and", "o f", "Ġ of", "e r", "r e", "o n", "a t", "e n")
# Bytes after which a random continuation may not be UTF-8; trained models do not write them so, random ones do.
UNSAFE_LEADS = (0xC0, 0xC1, 0xE0, 0xED, *range(0xF0, 0x100))


def byte_alphabet() -> dict[int, str]:
    """GPT-2's printable stand-ins for the 256 bytes."""
    printable = [*range(ord("!"), ord("~") + 1), *range(0xA1, 0xAD), *range(0xAE, 0x100)]
    stand_ins = {byte: chr(byte) for byte in printable}
    for byte in range(256):
        if byte not in stand_ins:
            stand_ins[byte] = chr(256 + len(stand_ins) - len(printable))
    return stand_ins


class Claim(NamedTuple):
    """One value of a header and its type; `element` is that of an array's elements."""

    value: object
    kind: gguf.GGUFValueType
    element: gguf.GGUFValueType | None = None


def make_gguf(
    path: Path,
    *,
    seed: int,
    context_length: int = 4096,
    control_tokens: Sequence[str] = CHATML_MARKERS,
    chat_template: str | None = None,
    quote_pull: float = 0.0,
    end_pull: float = 0.0,
) -> Path:
    """Write a one-layer Llama model of about 0.1 MB.

    Args:
        path: the file to write.
        seed: of the weights.
        context_length: the window that the model claims to be trained for.
        control_tokens: names of control tokens besides the end of text.
        chat_template: metadata that must never be run.
        quote_pull: how much likelier the closing quote is than chance makes it; about 1 ends sentences early.
        end_pull: how much likelier the tokens that end a text are than chance makes them; -8 keeps it going.
    """
    writer = gguf.GGUFWriter(path, "llama")
    writer.add_name("tiny")
    writer.add_context_length(context_length)
    writer.add_embedding_length(EMBEDDING)
    writer.add_feed_forward_length(FEED_FORWARD)
    writer.add_block_count(LAYERS)
    writer.add_head_count(HEADS)
    writer.add_head_count_kv(HEADS)
    writer.add_rope_dimension_count(EMBEDDING // HEADS)
    writer.add_layer_norm_rms_eps(1e-5)
    words = add_vocabulary(writer, control_tokens=control_tokens)
    if chat_template is not None:
        writer.add_chat_template(chat_template)
    for name, tensor in _tensors(np.random.default_rng(seed), vocabulary=words).items():
        if name == "output.weight":
            tensor[list(UNSAFE_LEADS), 0] = -4.0
            tensor[ord('"'), 0] = quote_pull
            tensor[256 + len(MERGES) :, 0] = end_pull
        writer.add_tensor(name, tensor)
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path


def make_claims(path: Path, *, claims: Mapping[str, Claim], architecture: str = "llama") -> Path:
    """Write a file of one small tensor whose metadata claims whatever it is told to, each value in its GGUF type."""
    writer = gguf.GGUFWriter(path, architecture)
    for key, claim in claims.items():
        writer.add_key_value(key, claim.value, claim.kind, sub_type=claim.element)
    writer.add_tensor("blk.0.attn_q.weight", np.zeros((32, 32), np.float32))
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    return path


def add_vocabulary(writer: gguf.GGUFWriter, *, control_tokens: Sequence[str]) -> int:
    """Add a byte-level vocabulary, whose first 256 tokens are bytes by value; return how many tokens it has."""
    alphabet = byte_alphabet()
    merged = [merge.replace(" ", "") for merge in MERGES]
    tokens = [*(alphabet[byte] for byte in range(256)), *merged, "<|endoftext|>", *control_tokens]
    kinds = [gguf.TokenType.NORMAL] * (256 + len(merged)) + [gguf.TokenType.CONTROL] * (1 + len(control_tokens))
    writer.add_vocab_size(len(tokens))
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list(tokens)
    writer.add_token_types(kinds)
    writer.add_token_merges(MERGES)
    end = tokens.index("<|endoftext|>")
    writer.add_eos_token_id(tokens.index("<|im_end|>") if "<|im_end|>" in tokens else end)
    writer.add_bos_token_id(end)
    writer.add_add_bos_token(True)
    return len(tokens)


def _tensors(random: np.random.Generator, *, vocabulary: int) -> dict[str, np.ndarray]:
    def matrix(rows: int, columns: int) -> np.ndarray:
        return random.normal(0, 1 / np.sqrt(columns), (rows, columns)).astype(np.float32)

    embedding = random.normal(0, 1, (vocabulary, EMBEDDING)).astype(np.float32)
    embedding[:, 0] = 3.0  # about the same in every hidden state: the output rows' first column is a bias
    output = matrix(vocabulary, EMBEDDING)
    output[:, 0] = 0.0
    tensors = {
        "token_embd.weight": embedding,
        "output_norm.weight": np.ones(EMBEDDING, np.float32),
        "output.weight": output,
    }
    for layer in range(LAYERS):
        block = f"blk.{layer}."
        tensors |= {
            f"{block}attn_norm.weight": np.ones(EMBEDDING, np.float32),
            f"{block}attn_q.weight": matrix(EMBEDDING, EMBEDDING),
            f"{block}attn_k.weight": matrix(EMBEDDING, EMBEDDING),
            f"{block}attn_v.weight": matrix(EMBEDDING, EMBEDDING),
            f"{block}attn_output.weight": matrix(EMBEDDING, EMBEDDING),
            f"{block}ffn_norm.weight": np.ones(EMBEDDING, np.float32),
            f"{block}ffn_gate.weight": matrix(FEED_FORWARD, EMBEDDING),
            f"{block}ffn_up.weight": matrix(FEED_FORWARD, EMBEDDING),
            f"{block}ffn_down.weight": matrix(EMBEDDING, FEED_FORWARD),
        }
    return tensors
