"""p-MRR (Weller et al., FollowIR, 2024, section 5.2): how far an instruction moves the papers that it rules out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import mean


def rank_change(before: int, after: int) -> float:
    """Return the change of one paper's reciprocal rank, -1 to 1: above 0 where it went down, as it should.

    Ranks count from 1. From first to second gives .5, from first to last nearly 1; the way back gives the negative.
    """
    return 1 - before / after if after > before else after / before - 1


def p_mrr(before: Mapping[str, int], after: Mapping[str, int], papers: Sequence[str], *, last: int) -> float:
    """Return one query's p-MRR, -100 to 100: the mean over the papers that the changed instruction rules out.

    Args:
        before, after: each paper's rank under the original and the changed instruction.
        papers: those that are no longer relevant.
        last: the rank of a paper that was not returned at all.
    """
    return 100 * mean(rank_change(before.get(paper, last), after.get(paper, last)) for paper in papers)
