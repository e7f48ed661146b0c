"""Does a fusion weight that is chosen for each question find more than one weight for all?

The adaptive weight is a logistic function of what the halves say of their own certainty, trained to make the relevant
candidates likely, and measured on questions whose papers it has not seen. What no choice of a weight can exceed is the
best weight of each question, chosen in hindsight.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from bench.evidence.figures import Judged, Table, reciprocal
from bench.retrieval.judged import judge, passages_of
from bench.retrieval.sets import QuestionSet
from bench.retrieval.systems import OurSystems, passages_wanted
from bench.training.folds import Folds
from indexes.analysis import terms_of
from indexes.arrays import Scores
from indexes.fusion import fused, normalised
from indexes.library import Library
from indexes.pool import DENSE_WEIGHT

if TYPE_CHECKING:
    import torch

SETS = ("covidqa", "qasper", "argscichat", "qasper_pooled", "cranfield", "csfcube", "dair", "pubmedqa", "scifact")
FOLDS = 5
GRID = tuple(round(0.05 * step, 2) for step in range(21))
PULL = 1e-3
DEPTH = 50
"""What the re-ranker reads."""


@dataclass(frozen=True, slots=True)
class Fusable:
    """A question's candidates by both halves, (m,) each, and what its weight may depend on, (f,)."""

    set_name: str
    group: str
    keyword: Scores
    dense: Scores
    signs: Scores
    judged: Judged


def fusable(questions: QuestionSet, library: Library) -> Iterator[Fusable]:
    """Yield every question that has two candidates."""
    systems = OurSystems(library)
    judgements = judge(questions, passages_of(questions, library))
    for question in questions.questions:
        parts = systems.parts(question, k=passages_wanted(question))
        if len(parts.candidates) < 2:
            continue
        names = systems.named(parts.candidates)
        units = tuple(name if question.paper_id is not None else paper for name, paper in names)
        relevant = frozenset(unit for unit, grade in judgements[question.question_id].items() if grade > 0)
        signs = _signs(question.text, parts.keyword_scores, parts.encoder_scores)
        judged = Judged(units, relevant, question.excluded)
        yield Fusable(questions.name, question.group, parts.keyword_scores, parts.encoder_scores, signs, judged)


def weights_compared(asked: Sequence[Fusable]) -> Table:
    """Return the MRR of each set by each way of weighing, and how often the right one is among the first 50."""
    ranks = np.array([[reciprocal(one.judged.rank(_sum(one, weight))) for weight in GRID] for one in asked])
    sets = np.array([one.set_name for one in asked])
    adaptive = _unseen_weights(asked)
    ways = {
        f"constant {DENSE_WEIGHT}": [reciprocal(one.judged.rank(_sum(one, DENSE_WEIGHT))) for one in asked],
        "adaptive, unseen papers": [
            reciprocal(one.judged.rank(_sum(one, weight))) for one, weight in zip(asked, adaptive, strict=True)
        ],
        "best constant of the set": np.max([_by_set(column, sets) for column in ranks.T], axis=0),
        "best of each question": ranks.max(axis=1),
    }
    table: Table = {}
    for way, values in ways.items():
        held = np.asarray(values)
        table[way] = {name: round(float(held[sets == name].mean()), 4) for name in SETS if (sets == name).any()}
    for way, chosen in (
        (f"among 50, constant {DENSE_WEIGHT}", [DENSE_WEIGHT] * len(asked)),
        ("among 50, adaptive", adaptive),
    ):
        found = np.array([_is_among(one, weight) for one, weight in zip(asked, chosen, strict=True)])
        table[way] = {name: round(float(found[sets == name].mean()), 4) for name in SETS if (sets == name).any()}
    return table


def _by_set(values: Scores, sets: npt.NDArray[np.str_]) -> Scores:
    """Return, for each question, its set's mean."""
    _, numbers = np.unique(sets, return_inverse=True)
    means = np.bincount(numbers, weights=values) / np.bincount(numbers)
    return np.asarray(means[numbers])


def _is_among(one: Fusable, weight: float) -> bool:
    """Tell whether a relevant one is among the passages that the re-ranker reads."""
    order = np.argsort(-_sum(one, weight), kind="stable")[:DEPTH]
    return any(one.judged.units[place] in one.judged.relevant for place in order.tolist())


def _sum(one: Fusable, weight: float) -> Scores:
    return fused(one.keyword, one.dense, dense_weight=weight)


def _signs(query: str, keyword: Scores, dense: Scores) -> Scores:
    """Return what tells how far either half can be trusted, (f,)."""
    words = query.split()
    by_word, by_meaning = np.sort(keyword)[::-1], np.sort(dense)[::-1]
    tenth = min(9, len(keyword) - 1)
    firsts = [set(np.argsort(-scores, kind="stable")[:10].tolist()) for scores in (keyword, dense)]
    best = max(float(by_word[0]), 1e-6)
    return np.array(
        [
            np.log1p(len(terms_of(query))),
            float(np.mean([not word.islower() for word in words] or [False])),
            float(np.mean([any(map(str.isdigit, word)) for word in words] or [False])),
            np.log1p(best),
            (best - float(by_word[1])) / best,
            (best - float(by_word[tenth])) / best,
            float(by_meaning[0]),
            float(by_meaning[0] - by_meaning[1]),
            float(by_meaning[0] - by_meaning[tenth]),
            float(np.mean(keyword > 0)),
            len(firsts[0] & firsts[1]) / 10,
        ],
        dtype=np.float32,
    )


def _unseen_weights(asked: Sequence[Fusable]) -> list[float]:
    """Return a weight for each question, by what was trained without its paper."""
    dealt = Folds(Counter((one.set_name, one.group) for one in asked), count=FOLDS)
    folds = np.array([dealt.of(one.group) for one in asked])
    weights = np.zeros(len(asked))
    for number in range(FOLDS):
        weigh = _trained([one for one, own in zip(asked, folds, strict=True) if own != number])
        for place in np.flatnonzero(folds == number).tolist():
            weights[place] = weigh(asked[place].signs)
    return [float(weight) for weight in weights]


def _trained(asked: Sequence[Fusable]) -> Callable[[Scores], float]:
    """Return a function from signs to a weight; each set counts the same, however many questions it has."""
    import torch  # seconds to import

    useful = [one for one in asked if one.judged.relevant & set(one.judged.units)]
    signs = torch.tensor(np.stack([one.signs for one in useful]))
    middle, spread = signs.mean(0), signs.std(0).clamp_min(1e-6)
    values, gold, there = _stacked(useful)
    sets = [one.set_name for one in useful]
    shares = torch.tensor([1 / sets.count(name) for name in sets])
    shares = shares / shares.sum()
    slopes = torch.zeros(signs.shape[1], requires_grad=True)
    level = torch.tensor(float(np.log(DENSE_WEIGHT / (1 - DENSE_WEIGHT))), requires_grad=True)
    sharpness = torch.tensor(2.0, requires_grad=True)
    optimiser = torch.optim.LBFGS([slopes, level, sharpness], max_iter=200, line_search_fn="strong_wolfe")

    def loss() -> torch.Tensor:
        optimiser.zero_grad()
        weight = torch.sigmoid(level + ((signs - middle) / spread) @ slopes)[:, None]
        scores = sharpness.exp() * ((1 - weight) * values[0] + weight * values[1])
        likely = torch.log_softmax(scores.masked_fill(~there, -1e9), dim=1)
        lost = -(shares * torch.logsumexp(likely.masked_fill(~gold, -1e9), dim=1)).sum() + PULL * (slopes**2).sum()
        lost.backward()  # type: ignore[no-untyped-call]
        return lost

    optimiser.step(loss)  # type: ignore[no-untyped-call]
    a, b = slopes.detach().numpy(), float(level.detach())
    return lambda own: float(1 / (1 + np.exp(-(b + ((own - middle.numpy()) / spread.numpy()) @ a))))


def _stacked(useful: Sequence[Fusable]) -> tuple[torch.Tensor, torch.Tensor, torch.Tensor]:
    """Return both halves' normalised scores (2, q, m), which candidates are relevant, and which are there (q, m)."""
    import torch

    most = max(len(one.keyword) for one in useful)
    values, gold = np.zeros((2, len(useful), most), np.float32), np.zeros((len(useful), most), np.bool_)
    there = np.zeros_like(gold)
    for number, one in enumerate(useful):
        m = len(one.keyword)
        values[0, number, :m], values[1, number, :m] = normalised(one.keyword), normalised(one.dense)
        gold[number, :m] = [unit in one.judged.relevant for unit in one.judged.units]
        there[number, :m] = [unit not in one.judged.excluded for unit in one.judged.units]
    return torch.tensor(values), torch.tensor(gold), torch.tensor(there)
