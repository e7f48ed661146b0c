"""Which English words stand for a Japanese word, learned from sentence pairs: IBM's first model (Brown et al., 1993).

Word order is not looked at: p(english | japanese) is raised by expectation-maximisation wherever two words share a
pair. A word without counterpart is explained by the null word.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

ROUNDS = 6
MIN_COUNT = 2
MAX_WORDS = 45
"""Words read of one sentence; longer ones are cut, since links grow with the square."""
MIN_PROBABILITY = 0.04
NULL = ""

Words = Sequence[str]


@dataclass(frozen=True, slots=True)
class Link:
    """One English word for a Japanese one: p(english | japanese), its share of all uses of the English word, and
    count."""

    english: str
    probability: float
    share: float
    count: float


def align(pairs: Sequence[tuple[Words, Words]]) -> dict[str, list[Link]]:
    """Return Japanese word -> English words, likeliest first, from pairs (Japanese words, English words)."""
    japanese = _numbered(words for words, _ in pairs)
    english = _numbered(words for _, words in pairs)
    sources, targets, slots = _links(pairs, japanese, english)
    keys, kinds = np.unique(sources * len(english) + targets, return_inverse=True)
    key_sources, key_targets = keys // len(english), keys % len(english)
    probability: Any = np.ones(len(keys), dtype=np.float32)
    counts: Any = probability
    for _ in range(ROUNDS):
        weights = probability[kinds]
        weights /= np.bincount(slots, weights)[slots]
        counts = np.bincount(kinds, weights, len(keys))
        probability = (counts / np.bincount(key_sources, counts)[key_sources]).astype(np.float32)
    shares = counts / np.bincount(key_targets, counts)[key_targets]
    return _table(list(japanese), list(english), (key_sources, key_targets), (probability, shares, counts))


def _numbered(sentences: Any) -> dict[str, int]:
    counts: Counter[str] = Counter(word for words in sentences for word in set(words))
    return {word: number for number, word in enumerate([NULL, *(w for w, n in counts.items() if n >= MIN_COUNT)])}


def _links(pairs: Sequence[tuple[Words, Words]], japanese: dict[str, int], english: dict[str, int]) -> tuple[Any, ...]:
    """Return three arrays, one entry a possible link: Japanese word, English word, and the English word's own slot."""
    sources, targets, slots, used = [], [], [], 0
    for left, right in pairs:
        a = np.array([0, *sorted({japanese[word] for word in left if word in japanese})[:MAX_WORDS]])
        b = np.array(sorted({english[word] for word in right if word in english})[:MAX_WORDS], dtype=np.int64)
        sources.append(np.tile(a, len(b)))
        targets.append(np.repeat(b, len(a)))
        slots.append(np.repeat(np.arange(used, used + len(b)), len(a)))
        used += len(b)
    return np.concatenate(sources), np.concatenate(targets), np.concatenate(slots)


def _table(
    japanese: list[str], english: list[str], keys: tuple[Any, Any], figures: tuple[Any, Any, Any]
) -> dict[str, list[Link]]:
    probability, shares, counts = figures
    table: dict[str, list[Link]] = {}
    for key in np.flatnonzero((probability > MIN_PROBABILITY) & (counts > 0.8)):
        link = Link(english[keys[1][key]], float(probability[key]), float(shares[key]), float(counts[key]))
        table.setdefault(japanese[keys[0][key]], []).append(link)
    for links in table.values():
        links.sort(key=lambda link: (-link.probability, link.english))
    return table
