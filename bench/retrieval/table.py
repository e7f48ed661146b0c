"""Figures to the tables that people read: a set's systems side by side, then the targets."""

from __future__ import annotations

from collections.abc import Iterable

from bench.retrieval.figures import Figures
from bench.retrieval.limits import MOST_LOST_BY_FUSING
from bench.retrieval.targets import Judged

COLUMNS = ("hit@1", "hit@3", "hit@5", "hit@10", "mrr", "ndcg@10", "r@100")
TIME_COLUMNS = ("ms_p50", "ms_p50_encoded", "cpu_ms_p50_encoded")
SHOWN_FAILURES = 6


def print_set(name: str, figures: Figures) -> None:
    """Print one set: every system's measures, what they leave to gain, and how questions fail."""
    print(f"\n== {name}: {figures['questions']} questions, {figures['papers']} papers, {figures['passages']} passages")
    print(f"   relevant: {figures['relevant']}")
    heads = "".join(f"{column:>9}" for column in COLUMNS)
    print(f"{'':12}{heads}{'mrr, 95 %':>16}{'p (mrr)':>9}{'ms':>9}{'encoded':>9}{'cpu':>9}")
    for system, row in figures["systems"].items():
        low, high = row["mrr_95"]
        cells = "".join(f"{row[column]:9.3f}" for column in COLUMNS)
        times = "".join(f"{_shown(row, column, 1):>9}" for column in TIME_COLUMNS)
        print(f"{system:12}{cells}{f'[{low:.3f}, {high:.3f}]':>16}{_shown(row, 'p_mrr', 4):>9}{times}")
    if "limits" in figures:
        limits = figures["limits"]
        print(f"   an oracle over our first 50 reaches hit@1 = MRR = {limits['oracle_over_50']:.3f};", end=" ")
        print(f"gold in no passage: {limits['gold_in_no_passage']:.3f} of the questions")
    if "ndcg_over_better_part" in figures:
        gain = figures["ndcg_over_better_part"]
        print(
            f"   fused against the better part, nDCG@10: {gain:+.4f} {'ok' if gain >= -MOST_LOST_BY_FUSING else 'NO'}"
        )
        for kind, count in list(figures["failures"].items())[:SHOWN_FAILURES]:
            print(f"   {count:5} fail: {kind}")


def print_targets(targets: Iterable[Judged]) -> None:
    """Print each figure beside what it must reach."""
    print(f"\n{'figure':60} {'value':>9}  {'reach':10} met")
    for target in targets:
        print(f"{target.name:60} {target.value:9.4f}  {target.reach:10} {'yes' if target.is_met else 'NO'}")


def _shown(row: Figures, name: str, digits: int) -> str:
    return f"{row[name]:.{digits}f}" if name in row else "-"
