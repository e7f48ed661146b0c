"""What a passage is, apart from the query: its place in the paper, its section, its kind, its length."""

from __future__ import annotations

import re
from collections.abc import Sequence
from functools import lru_cache

import numpy as np

from indexes.analysis import terms_of
from indexes.arrays import Scores
from indexes.records import Passage, PassageKind
from indexes.rerank.lexicon import WordKind
from indexes.rerank.matches import Matches
from indexes.rerank.query_words import Mask
from indexes.rerank.wording import Columns

SHORT_WORDS = 50

SECTIONS = {
    "abstract": r"abstract|summary",
    "introduction": r"introduction|background",
    "related work": r"related|previous work|prior",
    "method": r"method|material|model|approach|experiment|data|setup|architecture|procedure|analysis|design",
    "results": r"result|finding|evaluation|performance",
    "discussion": r"discussion|conclusion|limitation|future",
}
"""Sections by what their headings say, in English; other headings are of no kind."""
_SECTIONS = {name: re.compile(pattern, re.IGNORECASE) for name, pattern in SECTIONS.items()}


def places(passages: Sequence[Passage], query: str, found: Matches) -> Columns:
    """Return the features of each passage's place and shape; `found` are the matches in these passages' texts."""
    n = len(passages)
    ordinal = np.array([passage.ordinal for passage in passages], dtype=np.float32)
    begins = np.ones(len(found.sentence), dtype=bool)
    begins[1:] = found.sentence[1:] != found.sentence[:-1]
    names = found.is_kind(WordKind.CAPITAL) & ~begins
    asked = frozenset(terms_of(query))
    shares = [len(asked & _section_terms(passage.section)) / max(len(asked), 1) for passage in passages]
    columns = {
        "length": np.log(found.lengths),
        "is short": (found.lengths < SHORT_WORDS).astype(np.float32),
        "numbers": _share(found.is_kind(WordKind.NUMBER), found, n),
        "names": _share(names, found, n),
        "place in paper": np.log1p(ordinal),
        "opens paper": (ordinal == 0).astype(np.float32),
        "near opening": (ordinal <= 2).astype(np.float32),
        "is abstract": np.array([passage.kind is PassageKind.ABSTRACT for passage in passages], dtype=np.float32),
        "is beside text": np.array([passage.kind not in _TEXT for passage in passages], dtype=np.float32),
        "query in section": np.array(shares, dtype=np.float32),
    }
    kinds = [_section_kinds(passage.section) for passage in passages]
    for name in SECTIONS:
        columns[f"section: {name}"] = np.array([name in kind for kind in kinds], dtype=np.float32)
    return columns


_TEXT = frozenset({PassageKind.ABSTRACT, PassageKind.BODY})


def _share(is_counted: Mask, found: Matches, n: int) -> Scores:
    return np.asarray(np.bincount(found.passage[is_counted], minlength=n) / found.lengths, dtype=np.float32)


@lru_cache(maxsize=4096)
def _section_kinds(section: str) -> frozenset[str]:
    heading = section.split(" > ")[-1]
    return frozenset(name for name, pattern in _SECTIONS.items() if pattern.search(heading))


@lru_cache(maxsize=4096)
def _section_terms(section: str) -> frozenset[str]:
    return frozenset(terms_of(section))
