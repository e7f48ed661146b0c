"""What the answer's grammar costs a token: `python -m bench.engine.grammar_cost [GGUF …]`; without a file it makes two
vocabularies, of 32,000 and 152,000 tokens.

Each way goes along the same random texts in form and is timed at every token, in processor time of its own thread. All
are there to choose one token from logits: llama.cpp's full pass; llama.cpp trying the likeliest first, which is one
test where it fits; ours where the likeliest fits, and where it is refused every time (a mask at every token). Python's
collector of cycles rests meanwhile: its turns fall on any token, and take 10 to 40 ms in a process of many objects.
"""

from __future__ import annotations

import argparse
import ctypes
import gc
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from time import thread_time
from typing import Any

import gguf
import numpy as np
from numpy.typing import NDArray

from app.generators.grammar import draft_grammar
from app.generators.llama.grammar.constraint import Constraint, Constraints
from app.generators.llama.grammar.pieces import TokenTable
from app.generators.llama.library import llama_library
from app.generators.llama.requests import SamplingOptions
from app.generators.llama.sampling import Sampler
from bench.engine.vocabulary import made_vocabulary, printable_bytes

SIZES = (32_000, 152_000)
_TEXTS, _FULL_PASS_TEXTS = 12, 2  # grammars, each with numbers of its own; the full pass is slow and always alike
_WORDS, _MOST_TOKENS = 25, 160
_END = "<|end|>"


@dataclass(frozen=True, slots=True)
class _Vocabulary:
    """An open vocabulary of llama.cpp, and its tokens' bytes."""

    llama: Any
    vocab: Any
    pieces: tuple[bytes, ...]
    ends: frozenset[int]

    def table(self) -> TokenTable:
        """Return a new table of the tokens."""
        return TokenTable(self.pieces, ends=self.ends)

    def logits(self) -> NDArray[np.float32]:
        """Return random logits, the same each time."""
        return np.random.default_rng(0).normal(0, 3, len(self.pieces)).astype(np.float32)


def measure(model: Path) -> dict[str, Any]:
    """Return milliseconds a token, by way: mean, 99th percentile and maximum; and what opening a grammar takes."""
    with _opened(model) as vocabulary, _without_collector():
        writing = Constraints(vocabulary.table())  # its own, so that what is timed has seen no text before
        started = thread_time()
        table = vocabulary.table()
        table_ms = 1000 * (thread_time() - started)
        constraints = Constraints(table)
        opening_ms: list[float] = []
        times: dict[str, list[float]] = {"full_pass": [], "test_first": [], "none_refused": [], "all_refused": []}
        for number in range(_TEXTS):
            grammar = _grammar(number)
            tokens = _text(writing.get(grammar), vocabulary, seed=number)
            started = thread_time()
            constraint = constraints.get(grammar)
            opening_ms.append(1000 * (thread_time() - started))
            times["all_refused"] += _ours(constraint, tokens, vocabulary, is_refused=True)
            times["none_refused"] += _ours(constraint, tokens, vocabulary, is_refused=False)
            times["test_first"] += _llama_cpp(vocabulary, grammar, tokens, is_full_pass=False)
            if number < _FULL_PASS_TEXTS:
                times["full_pass"] += _llama_cpp(vocabulary, grammar, tokens, is_full_pass=True)
    opening = {"table_ms": table_ms, "first_grammar_ms": opening_ms[0], "next_grammar_ms": max(opening_ms[1:])}
    return {
        "tokens": len(vocabulary.pieces),
        **{name: _summary(measured) for name, measured in times.items()},
        **{name: round(value, 1) for name, value in opening.items()},
    }


def _grammar(number: int) -> str:
    return draft_grammar(numbers=(1 + number, 20 + 7 * number, 130 + number), max_sentences=8, max_chars=600)


def _text(constraint: Constraint, vocabulary: _Vocabulary, *, seed: int) -> list[int]:
    """Return the tokens of a text in form: any that fit, but that a sentence's quote comes after some words."""
    chance = np.random.default_rng(seed)
    quote, letter = vocabulary.pieces.index(b'"'), vocabulary.pieces.index(b"x")
    matcher, tokens, words = constraint.open(), list[int](), 0
    while not matcher.is_finished and len(tokens) < _MOST_TOKENS:
        words = words + 1 if matcher.allows(letter) else 0
        fits = np.flatnonzero(matcher.mask())
        token = quote if words > _WORDS and matcher.allows(quote) else int(chance.choice(fits))
        matcher.accept(token)
        tokens.append(token)
    return tokens


def _ours(constraint: Constraint, tokens: list[int], vocabulary: _Vocabulary, *, is_refused: bool) -> list[float]:
    """Sample a text greedily; a line end, which never fits, is likelier than its tokens where `is_refused`."""
    matcher = constraint.open()
    sampler = Sampler(SamplingOptions(), matcher=matcher)
    logits = vocabulary.logits()
    refused = vocabulary.pieces.index(b"\n")
    times = []
    for token in tokens:
        kept, logits[token], logits[refused] = logits[token], 500, 1000 if is_refused else -1000
        started = thread_time()
        chosen = sampler.sample(logits)
        times.append(1000 * (thread_time() - started))
        logits[token] = kept
        if chosen != token:
            raise RuntimeError(f"the sampler chose {chosen}, not {token}")
    return times


def _llama_cpp(vocabulary: _Vocabulary, grammar: str, tokens: list[int], *, is_full_pass: bool) -> list[float]:
    """Apply llama.cpp's grammar to all tokens, or to the one that comes next, and accept that."""
    llama, times = vocabulary.llama, []
    rules = llama.llama_sampler_init_grammar(vocabulary.vocab, grammar.encode(), b"root")
    for token in tokens:
        numbers = range(len(vocabulary.pieces)) if is_full_pass else (token,)
        entries = (llama.llama_token_data * len(numbers))(*((number, 0.0, 0.0) for number in numbers))
        candidates = llama.llama_token_data_array(data=entries, size=len(numbers), selected=-1, sorted=False)
        started = thread_time()
        llama.llama_sampler_apply(rules, ctypes.byref(candidates))
        llama.llama_sampler_accept(rules, token)
        times.append(1000 * (thread_time() - started))
    llama.llama_sampler_free(rules)
    return times


def _summary(times: list[float]) -> dict[str, float]:
    taken = np.array(times)
    figures = {"mean_ms": taken.mean(), "p99_ms": np.percentile(taken, 99), "max_ms": taken.max(), "count": len(taken)}
    return {name: round(float(value), 3) for name, value in figures.items()}


@contextmanager
def _opened(model: Path) -> Iterator[_Vocabulary]:
    llama = llama_library()
    parameters = llama.llama_model_default_params()
    parameters.vocab_only = True
    handle = llama.llama_model_load_from_file(os.fsencode(model), parameters)
    if not handle:
        raise RuntimeError(f"llama.cpp cannot read the vocabulary of {model}")
    vocab = llama.llama_model_get_vocab(handle)
    count = llama.llama_vocab_n_tokens(vocab)
    ends = frozenset(token for token in range(count) if llama.llama_vocab_is_eog(vocab, token))
    buffer = ctypes.create_string_buffer(1024)
    lengths = (llama.llama_token_to_piece(vocab, token, buffer, len(buffer), 0, False) for token in range(count))
    pieces = tuple(buffer.raw[:length] if token not in ends else b"" for token, length in enumerate(lengths))
    try:
        yield _Vocabulary(llama, vocab, pieces, ends)
    finally:
        llama.llama_model_free(handle)


@contextmanager
def _without_collector() -> Iterator[None]:
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def write_vocabulary(path: Path, size: int) -> Path:
    """Write a GGUF that holds a vocabulary of `size` tokens and nothing else."""
    signs, made = printable_bytes(), made_vocabulary(size - 1)
    texts = ["".join(signs[byte] for byte in token) for token in made.tokens]
    writer = gguf.GGUFWriter(path, "llama")
    for add in (writer.add_context_length, writer.add_embedding_length, writer.add_feed_forward_length):
        add(8)
    writer.add_block_count(1)
    writer.add_head_count(1)
    writer.add_layer_norm_rms_eps(1e-5)
    writer.add_vocab_size(size)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("default")
    writer.add_token_list([*texts, _END])
    writer.add_token_types([gguf.TokenType.NORMAL] * len(texts) + [gguf.TokenType.CONTROL])
    writer.add_token_merges(["t h"])
    writer.add_eos_token_id(len(texts))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.close()
    return path


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure and print as JSON."""
    parser = argparse.ArgumentParser(description="What the answer's grammar costs a token.")
    parser.add_argument("models", nargs="*", type=Path, help="GGUF files; without any, vocabularies are made")
    models = parser.parse_args(arguments).models
    with tempfile.TemporaryDirectory() as folder:
        models = models or [write_vocabulary(Path(folder) / f"{size}.gguf", size) for size in SIZES]
        print(json.dumps([measure(model) for model in models], indent=2))
    return 0


if __name__ == "__main__":
    sys.exit(main())
