"""Where the words of a query stand in passages: one flat array over the words of all of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from indexes.arrays import Scores
from indexes.rerank.lexicon import Codes, Lexicon, WordKind
from indexes.rerank.query_words import Mask, QueryWords, read_query

Ints = npt.NDArray[np.int64]
ABSENT = -1
NEAR_SPELLING = 0.7
"""What a word that only begins like the query's counts for, beside 1 for the word itself."""


@dataclass(frozen=True, slots=True)
class Matches:
    """The words of n passages, in order, and what they match.

    Attributes:
        query: the words looked for, t of them.
        term: (w,) place in the query of the word's term, ABSENT where it is not the query's.
        alike: (w,) the same for words that only begin alike.
        kinds: (w,) bits of `WordKind`.
        passage: (w,) number of the passage, from 0; sentence: (w,) number of the sentence over all passages.
        sentence_passage: (s,) passage of each sentence.
        lengths: (n,) words of each passage; starts: (n,) where each begins.
        weight: (t,) rarity of each term of content among these passages; 0 where it is in none, or has no content.
        holds: (n, t) whether a passage holds a term, 1 or 0; counts: (n, t) how often.
        says: (s, t) what a sentence says of the term: 1, `NEAR_SPELLING` or 0.
    """

    query: QueryWords
    term: Ints
    alike: Ints
    kinds: Ints
    passage: Ints
    sentence: Ints
    sentence_passage: Ints
    lengths: Ints
    starts: Ints
    weight: Scores
    holds: Scores
    counts: Scores
    says: Scores
    is_alike: Scores

    def is_kind(self, kind: WordKind) -> Mask:
        """Return for each word whether it is of one of these kinds."""
        return np.asarray((self.kinds & int(kind)) > 0)

    @property
    def total(self) -> float:
        """Weight of all terms together, above 0."""
        return max(float(self.weight.sum()), 1e-6)


def matches(query: str, texts: Sequence[str], lexicon: Lexicon) -> Matches:
    """Return where the words of `query` stand in `texts`, of which there is at least one."""
    codes = lexicon.codes([query, *texts])
    asked = read_query(query, codes[0])
    blank: Codes = np.array([[0, 0, int(WordKind.BREAK)]], dtype=np.int32)
    streams = [stream if len(stream) else blank for stream in codes[1:]]
    lengths = np.array([len(stream) for stream in streams])
    flat = np.concatenate(streams)
    passage = np.repeat(np.arange(len(streams)), lengths)
    term, alike = _looked_up(flat, asked)
    sentence, sentence_passage = _sentences((flat[:, 2] & int(WordKind.BREAK)) > 0, passage)
    terms = len(asked.codes)
    counts = _counted(passage, term, (len(streams), terms))
    holds = np.minimum(counts, 1.0)
    says = np.minimum(_counted(sentence, term, (len(sentence_passage), terms)), 1.0)
    near = np.minimum(_counted(sentence, alike, (len(sentence_passage), terms)), 1.0)
    return Matches(
        query=asked,
        term=term,
        alike=alike,
        kinds=flat[:, 2].astype(np.int64),
        passage=passage,
        sentence=sentence,
        sentence_passage=sentence_passage,
        lengths=lengths,
        starts=np.concatenate([[0], np.cumsum(lengths)[:-1]]),
        weight=_rarity(holds) * asked.has_content,
        holds=holds,
        counts=counts,
        says=np.maximum(says, NEAR_SPELLING * near),
        is_alike=np.minimum(_counted(passage, alike, (len(streams), terms)), 1.0),
    )


def best_in_passage(values: Scores, owner: Ints, n: int) -> Scores:
    """Return for each of n passages the highest value among those that it owns, 0 where none is above."""
    best = np.zeros(n, dtype=np.float32)
    np.maximum.at(best, owner, values)
    return best


def _looked_up(flat: Codes, asked: QueryWords) -> tuple[Ints, Ints]:
    """Return the place of each word's term in the query, and of the term that it begins like."""
    by_term = np.full(int(max(flat[:, 0].max(), asked.codes[:, 0].max(initial=0))) + 1, ABSENT)
    by_term[asked.codes[:, 0]] = np.arange(len(asked.codes))
    by_term[0] = ABSENT
    by_opening = np.full(int(max(flat[:, 1].max(), asked.codes[:, 1].max(initial=0))) + 1, ABSENT)
    by_opening[asked.codes[asked.has_content, 1]] = np.flatnonzero(asked.has_content)
    by_opening[0] = ABSENT
    term = by_term[flat[:, 0]]
    return term, np.where(term == ABSENT, by_opening[flat[:, 1]], ABSENT)


def _sentences(is_break: Mask, passage: Ints) -> tuple[Ints, Ints]:
    """Return the sentence of each word, and the passage of each sentence; the mark that ends one belongs to it."""
    begins = np.ones(len(passage), dtype=bool)
    begins[1:] = is_break[:-1] | (passage[1:] != passage[:-1])
    return np.cumsum(begins) - 1, passage[begins]


def _counted(owner: Ints, term: Ints, shape: tuple[int, int]) -> Scores:
    found = term >= 0
    flat = np.bincount(owner[found] * shape[1] + term[found], minlength=shape[0] * shape[1])
    return flat.reshape(shape).astype(np.float32)


def _rarity(holds: Scores) -> Scores:
    """Return BM25's inverse document frequency among these passages, 0 for a term that none of them holds."""
    frequency = holds.sum(axis=0)
    rarity = np.log1p((len(holds) - frequency + 0.5) / (frequency + 0.5))
    return np.asarray(np.where(frequency > 0, rarity, 0.0), dtype=np.float32)
