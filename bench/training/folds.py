"""Papers dealt into folds, evenly by the questions asked about them; several deals tell what a deal decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from hashlib import sha256

from bench.training.token_papers import AskedPaper


class Folds:
    """Which fold a paper is in, the same for all sets that have it; what is no paper goes by a hash of its name."""

    def __init__(self, papers: Sequence[AskedPaper], *, count: int, deal: int = 0) -> None:
        """Deal each set's papers, in an order that `deal` decides, to the fold with the fewest of its questions."""
        self.count = count
        self._deal = deal
        self._folds: dict[str, int] = {}
        asked: Counter[tuple[str, int]] = Counter()
        for paper in sorted(papers, key=lambda one: self._number(one.paper_id)):
            least = min(range(count), key=lambda fold: asked[paper.set_name, fold])
            fold = self._folds.setdefault(paper.paper_id, least)
            asked[paper.set_name, fold] += len(paper.questions)

    def of(self, name: str) -> int:
        """Return the fold, from 0, of a paper or of a question that is asked of all."""
        fold = self._folds.get(name)
        return self._number(name) % self.count if fold is None else fold

    def _number(self, name: str) -> int:
        return int.from_bytes(sha256(f"{self._deal}\0{name}".encode()).digest()[:4], "big")
