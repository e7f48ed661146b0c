"""Sentence pairs, English and Japanese, from the files that the student may learn from.

Coursera's corpus (Apache-2.0) is aligned by machine and its training part is written with spaces between Japanese
words; the Tanaka corpus (CC BY) is everyday sentences; the project's own pairs lie beside this module as `pairs/*.tsv`.
"""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from indexes.japanese.words import folded

OWN_PAIRS = Path(__file__).parent / "pairs"
_LOOSE_SPACE = re.compile(r"(?<![0-9A-Za-z])\s+|\s+(?![0-9A-Za-z])")
_NOT_JAPANESE = re.compile(r"[0-9A-Za-z\s]")


@dataclass(frozen=True, slots=True)
class Pair:
    """One sentence in both languages, Japanese folded and without spaces between its words."""

    english: str
    japanese: str


def training_pairs(folder: Path) -> list[Pair]:
    """Return the pairs of Coursera's training part and of Tanaka, from the folder of Japanese evaluation data."""
    return [*_pairs(folder / "ja_parallel_coursera.jsonl", part="train"), *_pairs(folder / "ja_parallel_tanaka.jsonl")]


def measuring_pairs(folder: Path) -> dict[str, list[Pair]]:
    """Return the pairs that are never learned from: Coursera's two other parts, and BSD (whose licence forbids it)."""
    coursera = folder / "ja_parallel_coursera.jsonl"
    return {
        "coursera": [*_pairs(coursera, part="dev"), *_pairs(coursera, part="test")],
        "bsd": list(_pairs(folder / "ja_parallel_bsd.jsonl")),
    }


def own_pairs(folder: Path = OWN_PAIRS) -> list[Pair]:
    """Return the project's own pairs: lines `English<TAB>Japanese`."""
    pairs = []
    for path in sorted(folder.glob("*.tsv")):
        for line in path.read_text(encoding="utf-8").splitlines():
            cells = line.split("\t")
            if len(cells) >= 2 and not line.startswith("#"):
                pairs.append(Pair(cells[0].strip(), unspaced(cells[1])))
    return pairs


def word_counts(folder: Path) -> Counter[str]:
    """Return how often each Japanese word stands in Coursera's training part, as its spaces part them."""
    counts: Counter[str] = Counter()
    for line in _lines(folder / "ja_parallel_coursera.jsonl"):
        if line["part"] == "train":
            counts.update(word for word in folded(line["ja"]).split() if not _NOT_JAPANESE.search(word))
    return counts


def unspaced(text: str) -> str:
    """Return folded `text` without the spaces that stand beside Japanese characters."""
    return _LOOSE_SPACE.sub("", folded(text))


def _pairs(path: Path, *, part: str = "") -> Iterator[Pair]:
    for line in _lines(path):
        if line.get("part", "") == part:
            yield Pair(str(line["en"]), unspaced(str(line["ja"])))


def _lines(path: Path) -> Iterator[dict[str, str]]:
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)
