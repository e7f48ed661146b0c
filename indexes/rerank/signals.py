"""What the halves of the search say of each candidate, and of its neighbours in the paper."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexes.arrays import Rows, Scores
from indexes.fusion import normalised
from indexes.late_interaction.windows import WIDTHS, Nearness
from indexes.rerank.wording import Columns


@dataclass(frozen=True, slots=True)
class Candidates:
    """Every candidate of a search with what each half says of it; all arrays (m,) and in the same order.

    Attributes:
        rows: the library's row numbers, ascending.
        papers: a number for each paper, to tell neighbours of one paper.
        keyword: BM25; dense: cosine; fused: the normalised sum of both.
        chosen: (n,) places in `rows` of those to be ordered anew, best first.
        pieces: nearness of the n chosen candidates to the pieces of the query; None where the library has no vectors
            of word pieces for them.
        is_library_wide: several papers are searched.
    """

    rows: Rows
    papers: npt.NDArray[np.int64]
    keyword: Scores
    dense: Scores
    fused: Scores
    chosen: npt.NDArray[np.int64]
    pieces: Nearness | None
    is_library_wide: bool


def signals(candidates: Candidates) -> Columns:
    """Return the features that come from scores, (n,) each, for the chosen candidates."""
    columns: Columns = {}
    for name in ("keyword", "dense", "fused"):
        scores = getattr(candidates, name)
        scaled = normalised(scores)
        columns[name] = scaled[candidates.chosen]
        columns[f"{name} rank"] = _reciprocal_ranks(scores)[candidates.chosen]
        columns[f"{name} before"] = _of_neighbour(candidates, scaled, step=-1)
        columns[f"{name} after"] = _of_neighbour(candidates, scaled, step=1)
    n = len(candidates.chosen)
    pieces = _pieces(candidates.pieces, n)
    columns |= pieces | _together(columns["keyword"], pieces["pieces"])
    columns["rest of paper"] = _rest_of_paper(candidates)
    columns["library-wide"] = np.full(n, float(candidates.is_library_wide), dtype=np.float32)
    return columns


def _together(keyword: Scores, pieces: Scores) -> Columns:
    """Return products of the two strongest signals: a linear model over them can ask for both, or for either.

    They raise the MRR on COVID-QA from .835 to .841, cross-validated by paper (docs/adr/0017-learned-reranker.md).
    """
    keyword, near = normalised(keyword), normalised(pieces)
    return {
        "pieces rank": _reciprocal_ranks(pieces),
        "keyword with pieces": keyword * near,
        "keyword and pieces": np.minimum(keyword, near),
        "keyword or pieces": np.maximum(keyword, near),
        "mean of keyword and pieces": np.sqrt(keyword * near),
        "keyword, squared": keyword**2,
        "pieces, squared": near**2,
    }


def _reciprocal_ranks(scores: Scores) -> Scores:
    ranks = np.empty(len(scores), dtype=np.float32)
    ranks[np.argsort(-scores, kind="stable")] = np.arange(1, len(scores) + 1)
    return np.asarray(1 / ranks, dtype=np.float32)


def _of_neighbour(candidates: Candidates, scores: Scores, *, step: int) -> Scores:
    """Return the score of the row before or after, where it is a candidate too and of the same paper; else 0."""
    wanted = candidates.rows[candidates.chosen] + step
    place = np.minimum(np.searchsorted(candidates.rows, wanted), len(candidates.rows) - 1)
    is_there = (candidates.rows[place] == wanted) & (candidates.papers[place] == candidates.papers[candidates.chosen])
    return np.asarray(np.where(is_there, scores[place], 0.0), dtype=np.float32)


def _rest_of_paper(candidates: Candidates) -> Scores:
    """Return the sum of the paper's three best fused scores, less the candidate's own."""
    order = np.lexsort((-candidates.fused, candidates.papers))
    papers, fused = candidates.papers[order], candidates.fused[order]
    begins = np.searchsorted(papers, papers)
    is_counted = np.arange(len(order)) - begins < 3
    _, number = np.unique(candidates.papers, return_inverse=True)
    sums = np.bincount(number[order], weights=fused * is_counted)
    return np.asarray((sums[number] - candidates.fused)[candidates.chosen], dtype=np.float32)


def _pieces(near: Nearness | None, n: int) -> Columns:
    """Return what the nearness of the query's pieces comes to; 0 for all where it is not known."""
    if near is None or not near.pieces.shape[1]:
        near = Nearness(*(np.zeros((n, columns), dtype=np.float32) for columns in (1, len(WIDTHS))))
    pieces = near.pieces
    gain = pieces.max(axis=0) - pieces.mean(axis=0)
    ordered = np.sort(pieces, axis=1)
    third = max(1, pieces.shape[1] // 3)
    return {
        "pieces": pieces.mean(axis=1),
        "pieces that tell": pieces @ (gain / max(float(gain.sum()), 1e-6)),
        "least piece": ordered[:, 0],
        "least pieces": ordered[:, :third].mean(axis=1),
        "best pieces": ordered[:, -third:].mean(axis=1),
        **{f"pieces within {width}": near.windows[:, number] for number, width in enumerate(WIDTHS)},
    }
