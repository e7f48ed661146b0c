"""Trains the student's network on features and the encoder's vectors of the English sides.

Loss: each Japanese text must be nearest to its own English among a batch, both ways round (InfoNCE, arXiv:1807.03748),
and close to it. Rows that are the same English are not held against each other. Torch is imported when training starts.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

WIDTH = 256
INNER = 512
BATCH = 512
ROW_RATE = 4e-3
NETWORK_RATE = 1.5e-3
WEIGHT_DECAY = 0.01
TEMPERATURE = 0.05
CONTRAST, CLOSENESS = 0.3, 4.0
FEATURE_DROPOUT = 0.1
SAME_COSINE = 0.98

Features = Sequence[np.ndarray]
Network = Any
"""A `torch.nn.ModuleDict`: the tables `rows` and `weights`, and the linear maps `skip`, `inner` and `outer`."""


def train(
    texts: Features, targets: np.ndarray, *, features: int, epochs: int, on_epoch: Callable[[int, float], None]
) -> Network:
    """Return the network after `epochs` passes over `texts` (arrays of feature numbers, none empty).

    Args:
        texts: one array a text, numbers below `features`; at least `BATCH` texts.
        targets: (n, d) float32, rows of norm 1, what the texts should be mapped to.
        features: how many features there are.
        epochs: passes over the texts.
        on_epoch: called with the epoch's number and its mean loss.
    """
    import torch

    torch.manual_seed(0)
    numbers = np.random.default_rng(0)
    network = _network(features, targets.shape[1])
    network["weights"].weight.data[:, 0] = torch.as_tensor(_first_weights(texts, features))
    optimisers = _optimisers(network)
    steps, done = epochs * (len(texts) // BATCH), 0
    for epoch in range(epochs):
        losses = []
        order = numbers.permutation(len(texts))
        for start in range(0, len(texts) - BATCH + 1, BATCH):
            batch = order[start : start + BATCH]
            _set_rates(optimisers, max(0.02, 1 - done / steps))
            vectors = _mapped(network, [_dropped(texts[row], numbers) for row in batch])
            losses.append(_step(_loss(vectors, torch.as_tensor(targets[batch])), optimisers))
            done += 1
        on_epoch(epoch, float(np.mean(losses)))
    return network


def arrays_of(network: Network) -> dict[str, np.ndarray]:
    """Return the arrays that the student's file holds, rows as int8 with a scale each."""
    rows = network["rows"].weight.detach().numpy()
    scales = np.maximum(np.abs(rows).max(axis=1) / 127, 1e-12)
    arrays = {
        "rows": np.round(rows / scales[:, None]).astype(np.int8),
        "scales": scales,
        "weights": np.exp(network["weights"].weight.detach().numpy()[:, 0]),
    }
    for name in ("skip", "inner", "outer"):
        layer = network[name]
        arrays |= {name: layer.weight.detach().numpy().T, f"{name}_bias": layer.bias.detach().numpy()}
    return arrays


def _network(features: int, dimension: int) -> Network:
    from torch import nn

    rows = nn.Embedding(features, WIDTH, sparse=True)
    layers = {
        "rows": rows,
        "weights": nn.Embedding(features, 1, sparse=True),
        "inner": nn.Linear(WIDTH, INNER),
        "outer": nn.Linear(INNER, dimension),
        "skip": nn.Linear(WIDTH, dimension),
    }
    nn.init.normal_(rows.weight, std=0.1)
    return nn.ModuleDict(layers)


def _mapped(network: Network, texts: Features) -> Any:
    """Return one row of norm 1 a text, as `indexes.japanese.student` computes it."""
    import torch

    flat = torch.as_tensor(np.concatenate(texts)).long()
    owners = torch.repeat_interleave(torch.arange(len(texts)), torch.tensor([len(text) for text in texts]))
    weights = network["weights"](flat).exp()
    sums = torch.zeros(len(texts), WIDTH).index_add_(0, owners, network["rows"](flat) * weights)
    pooled = sums / torch.zeros(len(texts), 1).index_add_(0, owners, weights)
    inner = torch.nn.functional.gelu(network["inner"](pooled), approximate="tanh")
    return torch.nn.functional.normalize(network["skip"](pooled) + network["outer"](inner), dim=1)


def _optimisers(network: Network) -> list[Any]:
    import torch

    tables = [network[name].weight for name in ("rows", "weights")]
    others = [parameter for name in ("inner", "outer", "skip") for parameter in network[name].parameters()]
    return [
        torch.optim.SparseAdam(tables, lr=ROW_RATE),
        torch.optim.AdamW(others, lr=NETWORK_RATE, weight_decay=WEIGHT_DECAY),
    ]


def _set_rates(optimisers: Sequence[Any], share: float) -> None:
    for optimiser, rate in zip(optimisers, (ROW_RATE, NETWORK_RATE), strict=True):
        for group in optimiser.param_groups:
            group["lr"] = rate * share


def _step(loss: Any, optimisers: Sequence[Any]) -> float:
    for optimiser in optimisers:
        optimiser.zero_grad()
    loss.backward()
    for optimiser in optimisers:
        optimiser.step()
    return float(loss.detach())


def _loss(vectors: Any, targets: Any) -> Any:
    import torch
    from torch.nn.functional import cross_entropy

    cosines = vectors @ targets.T
    own = torch.arange(len(targets))
    twins = (targets @ targets.T > SAME_COSINE) & (own[:, None] != own)
    logits = (cosines / TEMPERATURE).masked_fill(twins, -1e4)
    contrast = cross_entropy(logits, own) + cross_entropy(logits.T, own)
    return CONTRAST * contrast / 2 + CLOSENESS * (1 - cosines.diagonal()).mean()


def _dropped(text: np.ndarray, numbers: np.random.Generator) -> np.ndarray:
    """Return `text` without a tenth of its features, drawn anew each time; short texts stay whole."""
    kept = text[numbers.random(len(text)) > FEATURE_DROPOUT] if len(text) > 5 else text
    return kept if len(kept) else text


def _first_weights(texts: Features, features: int) -> np.ndarray:
    """Return log pooling weights to start from: the rarer, the heavier (a quarter power of its inverse share)."""
    counts = np.ones(features)
    for text in texts:
        counts[np.unique(text)] += 1
    return (-0.25 * np.log(counts / len(texts) + 1e-3)).astype(np.float32)
