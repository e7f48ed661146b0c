from collections.abc import Sequence
from dataclasses import dataclass, field

import pytest

from indexes.japanese.glossary import Alternative, Translation
from indexes.keywords.weights import FIELD_BOOSTS, rarity, term_weights


@dataclass
class FakeCounts:
    """Counts over made passages: each is its terms; the scope is the first `held` of them."""

    passages: list[set[str]]
    is_scoped: bool = False
    held: int = 0
    asked: list[tuple[str, ...]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.held = self.held or len(self.passages)

    @property
    def documents(self) -> int:
        return len(self.passages)

    def everywhere(self, field: str, term: str) -> int:
        return sum(term in passage for passage in self.passages) if field == "text" else 0

    def here(self, field: str, terms: Sequence[str]) -> int:
        self.asked.append(tuple(terms))
        scope = self.passages[: self.held]
        return sum(any(term in passage for term in terms) for passage in scope) if field == "text" else 0


INFECTION = Translation("感染", (Alternative(("infect",), 1.0), Alternative(("transmiss",), 0.5)))
PASSAGES = [{"infect", "crane"}, {"infect"}, {"transmiss"}, {"crane"}, {"drone"}, {"drone"}, {"field"}, {"field"}]


def test_own_terms_have_the_weight_of_their_field() -> None:
    weights = term_weights(["crane", "drone", "crane"], [], counts=FakeCounts(PASSAGES))
    assert weights["text", "crane"] == FIELD_BOOSTS["text"]
    assert weights["title", "drone"] == FIELD_BOOSTS["title"]
    assert weights["pairs", "crane_drone"] == FIELD_BOOSTS["pairs"]


def test_term_common_in_scope_and_rare_elsewhere_counts_less() -> None:
    counts = FakeCounts(PASSAGES, is_scoped=True, held=2)
    weights = term_weights(["infect", "drone"], [], counts=counts)
    assert weights["text", "infect"] == pytest.approx(rarity(2, 2) / rarity(2, 8))
    assert ("text", "drone") not in weights  # nothing in scope has it


def test_translations_share_the_rarity_of_all_together() -> None:
    weights = term_weights([], [INFECTION], counts=FakeCounts(PASSAGES))
    together = rarity(3, 8)
    assert weights["text", "infect"] == pytest.approx(together / rarity(2, 8))
    assert weights["text", "transmiss"] == pytest.approx(0.5 * together / rarity(1, 8))
    assert weights["section", "transmiss"] == pytest.approx(0.5 * FIELD_BOOSTS["section"])


def test_word_whose_translations_occur_nowhere_gives_nothing() -> None:
    unknown = Translation("鶴", (Alternative(("heron",), 1.0),))
    assert term_weights([], [unknown], counts=FakeCounts(PASSAGES)) == {}


def test_term_that_is_there_in_both_ways_counts_once_with_the_higher_weight() -> None:
    weights = term_weights(["transmiss"], [INFECTION], counts=FakeCounts(PASSAGES))
    assert weights["text", "transmiss"] == 1.0
    assert weights["text", "infect"] == pytest.approx(rarity(3, 8) / rarity(2, 8))
