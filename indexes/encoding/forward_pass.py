"""Texts to vectors and word pieces in one pass of a model, through its modules or past them."""

from __future__ import annotations

import copy
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from indexes.arrays import TokenVectors, Vectors
from indexes.encoding.bert_forward import BertForward

BFLOAT16_FEATURES = frozenset({"avx512_bf16", "amx_bf16"})
"""Processors with one of these encode passages with a copy of the weights in bfloat16 (half of 90 MB for the bundled
model): through the modules 2.3 times the passages of plain float32, through a BERT's layers more (`bert_forward`;
python -m bench.encoding, 2026-11). Autocast, which turns the weights anew at each call, gave two thirds of that in a
trial. The cosine with float32 is at least .9999. So does a query through a BERT; through other models it stays in
float32."""

Features = dict[str, Any]
"""What the modules of a model hand on to each other, by name."""


def halved(model: Any, torch: Any) -> Any:
    """Return the model with a copy of its transformer in bfloat16; the modules after it are shared, and in float32."""
    copied = copy.copy(model)
    copied._modules = dict(model._modules)
    name, transformer = next(iter(model._modules.items()))
    copied._modules[name] = copy.deepcopy(transformer).to(torch.bfloat16)
    return copied


def by_modules(transformer: Any, features: Features, *, layers: Sequence[int]) -> list[Any]:
    """Return the hidden states (n, t, d) of these layers through the modules."""
    states = transformer(features)["all_layer_embeddings"]
    return [states[layer].float() for layer in layers]


def by_layers(forward: BertForward, features: Features, *, layers: Sequence[int], is_query: bool) -> list[Any]:
    """Return the same past the modules."""
    ids, mask = features["input_ids"], features["attention_mask"].bool()
    return forward.states(ids, mask, layers=layers, is_query=is_query)


def run(model: Any, texts: list[str], states_of: Callable[[Features], list[Any]]) -> tuple[Vectors, list[TokenVectors]]:
    """Return the vectors of the texts, of any norm, and those of their word pieces.

    `states_of` gives the last hidden states and those that the word pieces are, both (n, t, d).
    """
    import torch  # in memory since the model was loaded

    with torch.inference_mode():
        features = model.preprocess(texts)
        features = {name: value.to(model.device) if hasattr(value, "to") else value for name, value in features.items()}
        _, *following = model.children()
        features["token_embeddings"], states = states_of(features)
        for module in following:
            features = module(features)
        vectors = features["sentence_embedding"].float().cpu().numpy()
        pieces = states.cpu().numpy()
    special = np.array(model.tokenizer.all_special_ids, dtype=np.int64)
    ids, mask = features["input_ids"].cpu().numpy(), features["attention_mask"].cpu().numpy()
    is_kept = (mask > 0) & ~np.isin(ids, special)
    tokens = [
        TokenVectors(row[kept].astype(np.int32), piece[kept])
        for row, piece, kept in zip(ids, pieces, is_kept, strict=True)
    ]
    return vectors, tokens


def has_bfloat16(cpu: Any) -> bool:
    """Return whether the processor multiplies bfloat16 in hardware; False for a torch that cannot say."""
    capabilities = cpu.get_capabilities() if hasattr(cpu, "get_capabilities") else {}
    return any(capabilities.get(feature) for feature in BFLOAT16_FEATURES)
