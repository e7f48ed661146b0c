"""Train the re-ranker on the development questions, and measure it by paper.

    python -m bench.training.reranker --cache DIR [--data DIR] [--within] [--folds N] [--deals N] [--threads N]

Writes `indexes/rerank/reranker.json` and `bench/results/reranker.json`. The weights maximise the likelihood of the
relevant candidates under a softmax over each question's candidates (ListNet, Cao et al. 2007), pulled towards a sum of
keywords, meaning and word pieces that needs no training. Two sets of weights are trained: for questions to one paper,
on the sets of NLP and medical papers, and for questions to a library, on all sets. Figures are cross-validated,
also the projection of word pieces: papers are dealt into folds (`folds.py`), several times, and the figures are means
over the deals with the deviation of one, for one deal differs from another by more than most changes do.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from statistics import mean, stdev
from typing import Any

import numpy as np
import numpy.typing as npt
from scipy.optimize import minimize  # type: ignore[import-untyped]

from bench.retrieval.catalogue import SETS
from bench.retrieval.libraries import library_of
from bench.retrieval.stored_vectors import StoredVectors, VectorFile
from bench.training.folds import Folds
from bench.training.late_interaction import DATA, LAYER, train
from bench.training.rerank_examples import Example, Unseen, examples
from bench.training.token_papers import PARAGRAPHS, AskedPaper, questions_of, read_papers
from indexes.encoding.encoder import open_encoder
from indexes.late_interaction.projection import TokenProjection, pieces_sha256
from indexes.rerank.model import PATH, LearnedReranker, write_reranker

RESULTS = Path(__file__).parents[1] / "results" / "reranker.json"
PAPER_SETS = ("covidqa", "qasper", "argscichat")
POOLED = ("qasper_pooled",)
WITHIN = (*PAPER_SETS, *POOLED)
ACROSS = ("scifact", "dair", "pubmedqa", "cranfield")
SHARES = {"qasper_pooled": 0.5, "dair": 0.5, "pubmedqa": 0.5, "cranfield": 0.5}
"""What a question of a set counts for beside 1 where weights for a library are trained: these have many questions."""


@dataclass(frozen=True, slots=True)
class Pull:
    """How strongly weights are pulled towards a sum that needs no training: `towards` names its features' weights."""

    strength: float
    towards: Mapping[str, float]


_NEARNESS = {"fused": 1.0, "pieces": 0.5, "pieces within 16": 0.3, "pieces within 32": 0.5}
WITHIN_PULL = Pull(0.03, _NEARNESS)
"""Strengths of .01 / .02 / .03 give a hit@5 of .938 / .939 / .941 on COVID-QA at an MRR of .842 / .843 / .843
(cross-validated by paper, mean of three deals of the folds, with a stretch of 64 beside)."""
ACROSS_PULL = Pull(0.2, {**_NEARNESS, "dense": 0.3})
"""Strengths of .02 / .1 / .2 / .5 give an nDCG@10 of .946 / .954 / .953 / .954 on SciFact, .552 / .555 / .554 / .547 on
Cranfield and .409 / .407 / .408 / .405 on QASPER's paragraphs (the same way); meaning counted again makes Cranfield
.558 at .2 and leaves the others."""

Weights = npt.NDArray[np.float64]


def fit(held: Sequence[Example], *, pull: Pull, shares: Mapping[str, float]) -> Weights:
    """Return (f,) weights; the problem is convex, so the same examples give the same weights."""
    useful = [example for example in held if 0 < np.count_nonzero(example.grades) < len(example.grades)]
    start = np.array([pull.towards.get(name, 0.0) for name in useful[0].names])
    sizes = np.array([len(example.grades) for example in useful])
    values = np.concatenate([example.values for example in useful]).astype(np.float64)
    wanted = np.concatenate([example.grades / example.grades.sum() for example in useful])
    share = np.array([shares.get(example.set_name, 1.0) for example in useful])
    begins, weigh = np.concatenate([[0], np.cumsum(sizes)[:-1]]), np.repeat(share / share.sum(), sizes)

    def loss(weights: Weights) -> tuple[float, Weights]:
        scores = values @ weights
        scores -= np.repeat(np.maximum.reduceat(scores, begins), sizes)
        likelihood = scores - np.repeat(np.log(np.add.reduceat(np.exp(scores), begins)), sizes)
        away = weights - start
        slope = (weigh * (np.exp(likelihood) - wanted)) @ values + pull.strength * away
        return float(-(weigh * wanted * likelihood).sum() + 0.5 * pull.strength * away @ away), slope

    found = minimize(loss, start, jac=True, method="L-BFGS-B", options={"maxiter": 200})
    return np.asarray(found.x, dtype=np.float64)


def figures(held: Sequence[tuple[Example, Weights]]) -> dict[str, dict[str, float]]:
    """Return hit@1, hit@5, MRR and nDCG@10 of each set."""
    by_set: dict[str, list[tuple[bool, bool, float, float]]] = {}
    for example, weights in held:
        order = np.argsort(-(example.values @ weights), kind="stable")
        units = list(dict.fromkeys(example.units[place] for place in order))
        grades = [example.judged.get(unit, 0) for unit in units]
        rank = next((rank for rank, grade in enumerate(grades, start=1) if grade), None)
        best = _gain(sorted(example.judged.values(), reverse=True))
        row = (rank == 1, rank is not None and rank <= 5, 1 / rank if rank else 0.0, _gain(grades) / best)
        by_set.setdefault(example.set_name, []).append(row)
    names = ("hit@1", "hit@5", "mrr", "ndcg@10")
    return {
        name: {"questions": len(rows)}
        | {key: round(mean(row[place] for row in rows), 4) for place, key in enumerate(names)}
        for name, rows in by_set.items()
    }


def _gain(grades: Sequence[int]) -> float:
    return float(sum(grade / np.log2(rank + 1) for rank, grade in enumerate(grades[:10], start=1)))


def cross_validated(
    held: Sequence[Example], *, folds: Folds, pull: Pull, shares: Mapping[str, float]
) -> dict[str, dict[str, float]]:
    """Return the figures where each question is ranked by weights that have not seen its paper."""
    pairs = []
    for number in range(folds.count):
        weights = fit([one for one in held if folds.of(one.group) != number], pull=pull, shares=shares)
        pairs += [(one, weights) for one in held if folds.of(one.group) == number]
    return figures(pairs)


def over_deals(deals: Sequence[Mapping[str, Mapping[str, float]]]) -> dict[str, dict[str, float]]:
    """Return the mean of each figure over the deals, and beside it the deviation of one deal."""
    told: dict[str, dict[str, float]] = {}
    for name, first in deals[0].items():
        told[name] = {"questions": first["questions"]}
        for figure in (each for each in first if each != "questions"):
            values = [deal[name][figure] for deal in deals]
            told[name][figure] = round(mean(values), 4)
            told[name][f"{figure} ±"] = round(stdev(values), 4) if len(values) > 1 else 0.0
    return told


def main(arguments: Sequence[str] | None = None) -> int:
    """Make the examples, cross-validate, train on everything, write the model and the figures."""
    options = _options(arguments)
    import torch  # seconds to import

    torch.set_num_threads(options.threads)
    encoder = open_encoder("bundled", threads=options.threads)
    papers = list(read_papers(options.data, encoder=encoder, layer=LAYER))
    sha256_of_pieces = pieces_sha256(encoder)

    kept = VectorFile(options.cache / f"vectors-{encoder.sha256[:12]}.f32", dimension=encoder.dimension)
    stored = StoredVectors(encoder, kept)
    projections = Projections(papers, encoder_sha256=sha256_of_pieces)
    of_all = _examples(POOLED if options.within else (*POOLED, *ACROSS), options, stored, projections.of_pools)
    held: list[Example] = []
    within_paper, across_papers = [], []
    for deal in range(options.deals):
        folds = Folds(questions_of(papers), count=options.folds, deal=deal)
        made = [*_examples(PAPER_SETS, options, stored, projections.unseen(folds)), *of_all]
        within = [example for example in made if example.set_name in WITHIN]
        within_paper.append(cross_validated(within, folds=folds, pull=WITHIN_PULL, shares={}))
        if not options.within:
            across_papers.append(cross_validated(made, folds=folds, pull=ACROSS_PULL, shares=SHARES))
        held += made
        print(f"deal {deal}: {within_paper[-1]}", file=sys.stderr)
    report: dict[str, Any] = {
        "command": "python -m bench.training.reranker",
        "folds": options.folds,
        "deals": options.deals,
        "within_paper": over_deals(within_paper),
    }
    if not options.within:
        report["across_papers"] = over_deals(across_papers)
        _write(held, deals=options.deals, encoder_sha256=sha256_of_pieces)
        RESULTS.write_text(json.dumps(report, indent=2, ensure_ascii=False) + "\n")
    print(json.dumps(report, indent=2, ensure_ascii=False))
    return 0


class Projections:
    """Projections of word pieces that have not seen what is asked; trained once each."""

    def __init__(self, papers: Sequence[AskedPaper], *, encoder_sha256: str) -> None:
        self._papers = papers
        self._encoder_sha256 = encoder_sha256
        self._pooled = {paper.paper_id for paper in papers if paper.set_name == PARAGRAPHS}

    def unseen(self, folds: Folds) -> Unseen:
        """Return what gives, for a paper, a projection trained without the paper's fold."""

        @cache
        def without(number: int) -> TokenProjection:
            return self._trained([paper for paper in self._papers if folds.of(paper.paper_id) != number])

        return lambda paper_id: self.of_pools(None) if paper_id is None else without(folds.of(paper_id))

    @cache  # noqa: B019  # lives as long as the command
    def of_pools(self, paper_id: str | None) -> TokenProjection:
        """Return one trained without any paper whose questions are asked of a pool too, in whichever set it is."""
        return self._trained([paper for paper in self._papers if paper.paper_id not in self._pooled])

    def _trained(self, papers: Sequence[AskedPaper]) -> TokenProjection:
        return train(papers, encoder_sha256=self._encoder_sha256)


def _examples(
    names: Sequence[str], options: argparse.Namespace, encoder: StoredVectors, unseen: Unseen
) -> list[Example]:
    held: list[Example] = []
    for name in names:
        questions = SETS[name](options.data)
        with library_of(questions, cache=options.cache, encoder=encoder) as library:
            held += examples(questions, library, unseen=unseen)
    return held


def _write(held: Sequence[Example], *, deals: int, encoder_sha256: str) -> None:
    """Train both rows of weights on all that there is, each question as often as it was dealt, and write them."""
    within = [example for example in held if example.set_name in WITHIN]
    weights = [fit(within, pull=WITHIN_PULL, shares={}), fit(held, pull=ACROSS_PULL, shares=SHARES)]
    columns = [column.astype(np.float32) for column in weights]
    trained_on = Counter(example.set_name for example in held if example.grades.any())
    counts = {name: count // deals for name, count in trained_on.items()}
    write_reranker(PATH, LearnedReranker(encoder_sha256, held[0].names, *columns), trained_on=counts)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.training.reranker", description=__doc__)
    parser.add_argument("--data", type=Path, default=DATA, help="the evaluation data")
    parser.add_argument("--cache", type=Path, required=True, help="keep libraries and vectors here between runs")
    parser.add_argument("--within", action="store_true", help="cross-validate within papers only, and write no model")
    parser.add_argument("--folds", type=int, default=5, help="folds that the papers are dealt into")
    parser.add_argument("--deals", type=int, default=3, help="how often they are dealt")
    parser.add_argument("--threads", type=int, default=1, help="threads for encoding and training")
    options = parser.parse_args(arguments)
    if not options.data.is_dir():
        parser.error(f"the evaluation data is not at {options.data} (set RONBUN_SHARED_DATA)")
    return options


if __name__ == "__main__":
    sys.exit(main())
