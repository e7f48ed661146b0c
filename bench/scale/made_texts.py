"""Made passages: words of a made vocabulary, as frequent as Zipf's law has them, with the spans that a PDF gives."""

from __future__ import annotations

from itertools import islice, product

import numpy as np

from indexes.records import Box, Language, Paper, Passage, PassageKind, SourceKind, Span

WORDS_A_PASSAGE = 110
QUERY_WORDS = 10
LINE_CHARACTERS = 80
VOCABULARY = 100_000
ZIPF_EXPONENT = 1.07
"""The most frequent word then makes 8 % of the text and stands in nearly every passage, as "the" does."""

_SYLLABLES = tuple(a + b for a, b in product("bdfgklmnprtvz", ("a", "e", "i", "o", "u", "ai", "or")))


class MadeTexts:
    """Draws texts from one vocabulary, the same ones for the same seed."""

    def __init__(self, *, seed: int) -> None:
        self._generator = np.random.default_rng(seed)
        self._words = ["".join(syllables) for syllables in islice(product(_SYLLABLES, repeat=3), VOCABULARY)]
        self._generator.shuffle(self._words)
        frequencies = np.arange(1, VOCABULARY + 1, dtype=np.float64) ** -ZIPF_EXPONENT
        self._reach = np.cumsum(frequencies / frequencies.sum())

    def words(self, count: int) -> list[str]:
        """Return `count` words drawn by their frequency."""
        places = np.searchsorted(self._reach, self._generator.random(count))
        return [self._words[place] for place in np.minimum(places, VOCABULARY - 1).tolist()]

    def paper(self, number: int, passages: int) -> tuple[Paper, list[Passage]]:
        """Return the paper with this number and its passages."""
        paper_id = f"{number:012x}"
        texts = [" ".join(self.words(WORDS_A_PASSAGE)) for _ in range(passages)]
        sections = [" ".join(self.words(3)) for _ in range(1 + passages // 5)]
        made = [_passage(paper_id, ordinal, text, sections[ordinal // 5]) for ordinal, text in enumerate(texts)]
        return _paper(paper_id, " ".join(self.words(8)), page_count=1 + passages // 4), made

    def query_of(self, passage: Passage) -> str:
        """Return some words of the passage, in its order: short ones and rare ones, as in a question."""
        words = passage.text.split()
        places = np.sort(self._generator.choice(len(words), min(QUERY_WORDS, len(words)), replace=False))
        return " ".join(words[place] for place in places)


def _passage(paper_id: str, ordinal: int, text: str, section: str) -> Passage:
    spans = tuple(
        Span(start, min(start + LINE_CHARACTERS, len(text)), 1 + ordinal // 4, Box(72.0, 90.5, 310.25, 102.75))
        for start in range(0, len(text), LINE_CHARACTERS)
    )
    return Passage(f"{paper_id}-{ordinal:04d}", paper_id, ordinal, text, section, PassageKind.BODY, spans)


def _paper(paper_id: str, title: str, *, page_count: int) -> Paper:
    return Paper(
        paper_id=paper_id,
        title=title,
        authors=("Made Author",),
        published="2026-01-01",
        updated=None,
        url=None,
        arxiv_id=None,
        doi=None,
        categories=(),
        language=Language.ENGLISH,
        abstract="",
        source=f"made:{paper_id}",
        source_kind=SourceKind.JSONL,
        content_sha256=paper_id.rjust(64, "0"),
        page_count=page_count,
    )
