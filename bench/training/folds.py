"""Papers dealt into folds, evenly by the questions asked about them; several deals tell what a deal decides."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from hashlib import sha256


class Folds:
    """Which fold a paper is in, the same for all sets that have it; what is no paper goes by a hash of its name."""

    def __init__(self, questions: Mapping[tuple[str, str], int], *, count: int, deal: int = 0) -> None:
        """Deal each set's papers, in an order that `deal` decides, to the fold with the fewest of its questions.

        Args:
            questions: how many there are by set and paper.
            count: folds.
            deal: which deal.
        """
        self.count = count
        self._deal = deal
        self._folds: dict[str, int] = {}
        asked: Counter[tuple[str, int]] = Counter()
        for set_name, paper_id in sorted(questions, key=lambda one: (self._number(one[1]), one)):
            least = min(range(count), key=lambda fold: asked[set_name, fold])
            fold = self._folds.setdefault(paper_id, least)
            asked[set_name, fold] += questions[set_name, paper_id]

    def of(self, name: str) -> int:
        """Return the fold, from 0, of a paper or of a question that is asked of all."""
        fold = self._folds.get(name)
        return self._number(name) % self.count if fold is None else fold

    def _number(self, name: str) -> int:
        return int.from_bytes(sha256(f"{self._deal}\0{name}".encode()).digest()[:4], "big")
