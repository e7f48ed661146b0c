"""Train the projection that late interaction compares word pieces with, and measure it by paper.

    python -m bench.training.late_interaction [--data DIR] [--folds N] [--measure-only] [--threads N]

Reads the development questions of four sets, writes `indexes/late_interaction/projection.npz` and
`bench/results/late_interaction.json`. The figures are cross-validated: the papers are dealt into folds (`folds.py`), a
projection is trained on all other folds, and the fold's questions rank their paper's passages by MaxSim alone, through
the same `compress` and `maxsim` that a library uses. What is shipped is trained on all papers.
"""

from __future__ import annotations

import argparse
import json
import math
import os
import sys
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import mean
from typing import TYPE_CHECKING

import numpy as np

from bench.training.folds import Folds
from bench.training.token_papers import AskedPaper, questions_of, read_papers
from indexes.arrays import Vectors
from indexes.encoding.encoder import open_encoder
from indexes.late_interaction.maxsim import compress, maxsim, query_tokens
from indexes.late_interaction.projection import PATH, TokenProjection, pieces_sha256, write_projection

if TYPE_CHECKING:
    import torch

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
RESULTS = Path(__file__).parents[1] / "results" / "late_interaction.json"
LAYER = -2
DIMENSION = 64
EPOCHS = 4
LEARNING_RATE = 3e-3
FIRST_SCALE = 10.0
MOST_GRADIENT = 1.0
SEED = 0
WEIGHT_ONE = math.log(math.e - 1)
"""softplus of this is 1: every word piece weighs the same at first."""

PIECES_FOR_AXES = 20
"""One in so many word pieces is enough to find the directions that the pieces vary in."""


@dataclass(frozen=True, slots=True)
class Ranked:
    """How one question's first right passage was ranked."""

    set_name: str
    rank: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Figures of one set."""

    questions: int
    hit_at_1: float
    hit_at_5: float
    mrr: float


class Projecting:
    """What is trained: the matrix, the weights of a query's pieces, and the scale of the scores.

    Torch takes seconds to import, so it is imported where it is used.
    """

    def __init__(self, axes: torch.Tensor) -> None:
        import torch

        self.matrix = torch.nn.Parameter(axes.clone())
        self.weight = torch.nn.Parameter(torch.zeros(axes.shape[0]))
        self.bias = torch.nn.Parameter(torch.tensor(WEIGHT_ONE))
        self.scale = torch.nn.Parameter(torch.tensor(math.log(FIRST_SCALE)))

    def parameters(self) -> list[torch.nn.Parameter]:
        """Return all that is trained."""
        return [self.matrix, self.weight, self.bias, self.scale]

    def loss(self, paper: AskedPaper) -> torch.Tensor:
        """Return the sum of -log(share of the right passages) over the questions, divided by the root of their number.

        A question's shares are the softmax of its passages' scores. Only the piece that a query's piece finds best in a
        passage gets a gradient, so the search for it is left out of what is differentiated.
        """
        import torch

        pieces = _projected(torch.from_numpy(np.concatenate([held.vectors for held in paper.passages])), self.matrix)
        asked = torch.from_numpy(np.concatenate([question.tokens.vectors for question in paper.questions]))
        weights = torch.nn.functional.softplus(asked @ self.weight + self.bias)
        projected = _projected(asked, self.matrix)
        best = _best_pieces(projected.detach(), pieces.detach(), [len(held.ids) for held in paper.passages])
        nearness = (projected[:, None] * pieces[best]).sum(dim=-1) * weights[:, None]
        losses = []
        end = 0
        for question in paper.questions:
            part = nearness[end : end + len(question.tokens.ids)]
            end += len(part)
            scores = self.scale.exp() * part.sum(dim=0) / math.sqrt(len(part))
            losses.append(-torch.logsumexp(torch.log_softmax(scores, dim=0)[sorted(question.gold)], dim=0))
        return torch.stack(losses).sum() / math.sqrt(len(losses))


def _best_pieces(asked: torch.Tensor, pieces: torch.Tensor, lengths: Sequence[int]) -> torch.Tensor:
    """Return, for each piece asked for and each passage, the number of the nearest of the passage's pieces."""
    import torch

    starts = np.concatenate([[0], np.cumsum(lengths)[:-1]])
    columns = np.minimum(np.arange(max(lengths)), np.array(lengths)[:, None] - 1)  # the last piece again as padding
    numbers = torch.from_numpy(starts[:, None] + columns)
    with torch.no_grad():
        found = (asked @ pieces.T)[:, numbers].argmax(dim=-1)
    return torch.gather(numbers.expand(len(asked), -1, -1), 2, found[:, :, None])[:, :, 0]


def _projected(vectors: torch.Tensor, matrix: torch.Tensor) -> torch.Tensor:
    import torch

    projected: torch.Tensor = torch.nn.functional.normalize(vectors @ matrix, dim=-1)
    return projected


def train(papers: Sequence[AskedPaper], *, encoder_sha256: str) -> TokenProjection:
    """Return the projection trained on these papers; the same papers give the same projection."""
    import torch

    generator = torch.Generator().manual_seed(SEED)
    module = Projecting(_axes(papers))
    optimizer = torch.optim.Adam(module.parameters(), lr=LEARNING_RATE)
    steps = EPOCHS * len(papers)
    decay = torch.optim.lr_scheduler.LambdaLR(optimizer, lambda step: 1.0 - step / steps)
    for _ in range(EPOCHS):
        for number in torch.randperm(len(papers), generator=generator).tolist():
            optimizer.zero_grad()
            module.loss(papers[number]).backward()  # type: ignore[no-untyped-call]
            torch.nn.utils.clip_grad_norm_(module.parameters(), MOST_GRADIENT)
            optimizer.step()
            decay.step()
    matrix = module.matrix.detach().numpy() @ _turn(DIMENSION)
    weight, bias = module.weight.detach().numpy(), float(module.bias.detach())
    return TokenProjection(encoder_sha256, LAYER, matrix.astype(np.float32), weight, bias, mark=0)


def _axes(papers: Sequence[AskedPaper]) -> torch.Tensor:
    """Return the directions (d, k) in which the passages' pieces vary most."""
    import torch

    pieces = [held.vectors[::PIECES_FOR_AXES] for paper in papers for held in paper.passages]
    unit = torch.nn.functional.normalize(torch.from_numpy(np.concatenate(pieces)), dim=-1)
    axes: torch.Tensor = torch.linalg.eigh(unit.T @ unit).eigenvectors
    return axes[:, -DIMENSION:]


def _turn(dimension: int) -> Vectors:
    """Return a random turn: it changes no cosine and gives every number of a vector the same share of it."""
    turn, _ = np.linalg.qr(np.random.default_rng(SEED).standard_normal((dimension, dimension)))
    return turn.astype(np.float32)


def ranks(papers: Sequence[AskedPaper], projection: TokenProjection) -> list[Ranked]:
    """Rank each question's passages by MaxSim alone, compressed; passages of equal score keep their order."""
    found = []
    for paper in papers:
        blobs = [compress(held, projection) or b"" for held in paper.passages]
        for question in paper.questions:
            scores = maxsim(query_tokens(question.tokens, projection), blobs).sum(axis=1)
            order = np.argsort(-scores, kind="stable").tolist()
            rank = next(rank for rank, number in enumerate(order, start=1) if number in question.gold)
            found.append(Ranked(paper.set_name, rank))
    return found


def figures(ranked: Sequence[Ranked]) -> dict[str, Figures]:
    """Return the figures of each set."""
    by_set: dict[str, list[int]] = defaultdict(list)
    for one in ranked:
        by_set[one.set_name].append(one.rank)
    return {
        name: Figures(
            len(held),
            round(mean(rank == 1 for rank in held), 4),
            round(mean(rank <= 5 for rank in held), 4),
            round(mean(1 / rank for rank in held), 4),
        )
        for name, held in by_set.items()
    }


def main(arguments: Sequence[str] | None = None) -> int:
    """Cross-validate, train on everything, write the projection and the figures."""
    options = _options(arguments)
    import torch

    torch.set_num_threads(options.threads)
    encoder = open_encoder("bundled", threads=options.threads)
    papers = list(read_papers(options.data, encoder=encoder, layer=LAYER))
    sha256_of_pieces = pieces_sha256(encoder)
    ranked: list[Ranked] = []
    folds = Folds(questions_of(papers), count=options.folds)
    for fold in range(options.folds):
        others = [paper for paper in papers if folds.of(paper.paper_id) != fold]
        held_out = [paper for paper in papers if folds.of(paper.paper_id) == fold]
        ranked += ranks(held_out, train(others, encoder_sha256=sha256_of_pieces))
    if not options.measure_only:
        write_projection(PATH, train(papers, encoder_sha256=sha256_of_pieces))
    report = {
        "command": "python -m bench.training.late_interaction",
        "folds": options.folds,
        "papers": len(papers),
        "maxsim_alone": {name: asdict(held) for name, held in figures(ranked).items()},
        "projection_bytes": PATH.stat().st_size,
    }
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.training.late_interaction", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the evaluation data")
    parser.add_argument("--folds", type=int, default=3, help="folds that the papers are dealt into")
    parser.add_argument("--measure-only", action="store_true", help="leave the projection that is shipped as it is")
    parser.add_argument("--threads", type=int, default=1, help="threads for encoding and training")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
