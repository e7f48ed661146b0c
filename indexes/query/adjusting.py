"""Parts wanted and unwanted to changes of scores: pure arithmetic on what each candidate says and means.

A part is found in a candidate by its words and by its meaning. By words: the share of the part's terms that the passage
or its title has, where no negation stands before them ("without images" says nothing of images). By meaning: how much
nearer the candidate is to the query with the part than to the query alone, compared with the other candidates, so that
what all of them share (the subject) counts for nothing.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from indexes.arrays import Scores
from indexes.query.document_types import is_of_type
from indexes.query.mentions import Mentions
from indexes.query.parts import Instruction, Part, PartKind, part_in_words
from indexes.query.sections import is_in_section
from indexes.records import Contribution, PassageKind

WORDS_WEIGHT = 1.0
"""What a candidate loses that has all words of an unwanted part, in shares of the candidates' range of scores.

The weights are flat around the choice (bench.instructions, 83 pairs, 2026-11; p-MRR and R-precision over all): as
chosen 78.8 and .746; words at .5 or 2: 73.6, .723 and 80.1, .729; no meaning or four times as much: 78.0, .752 and
79.9, .731; meaning alone 63.8, .717; wanted parts at 0 or 1: 78.1, .741 and 79.0, .734 (with meaning .5); certain
parts at half: 76.0, .737. No parts at all, filters alone: 33.0, .685.
"""

MEANING_WEIGHT = 0.25
"""What the candidate nearest in meaning to an unwanted part loses, likewise."""

WANTED_SHARE = 0.6
"""What a wanted topic raises, as a share of what it would lower if unwanted: lacking a word is weaker evidence."""

CERTAIN_WEIGHT = 1.2
"""What a kind of text or a section changes: it is told by headings and titles, not by mentions."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """What is known of a passage that may become a hit."""

    text: str
    title: str
    section: str
    kind: PassageKind


@dataclass(frozen=True, slots=True)
class Meanings:
    """How near the candidates are in meaning, cosines in the order of the candidates.

    Attributes:
        query: (n,), to the query's text.
        parts: (p, n), to the texts of `texts_to_encode` after the first, one a topic.
    """

    query: Scores
    parts: Scores


@dataclass(frozen=True, slots=True)
class Adjustment:
    """What to add to each candidate's score, and what each part gave or took."""

    changes: Scores
    contributions: tuple[tuple[Contribution, ...], ...]


def topics_of(instruction: Instruction) -> tuple[Part, ...]:
    """Return the parts whose meaning counts, unwanted before wanted, in the order that `Meanings.parts` has."""
    return tuple(part for part in (*instruction.unwanted, *instruction.wanted) if part.kind is PartKind.TOPIC)


def texts_to_encode(instruction: Instruction) -> list[str]:
    """Return what to encode for `Meanings`: the query's text, and after it the query with each topic."""
    return [instruction.text, *(f"{instruction.text}, {part.text}" for part in topics_of(instruction))]


def adjust(
    candidates: Sequence[Candidate], instruction: Instruction, *, spread: float, meanings: Meanings | None = None
) -> Adjustment:
    """Return what the instruction's parts change in the candidates' scores.

    Args:
        candidates: in the order of their scores' array.
        instruction: as it was read.
        spread: the range of the candidates' scores, highest less lowest; changes are shares of it.
        meanings: None judges by words alone, as for Japanese text under an English-only encoder.

    Returns:
        changes (n,), and for each candidate its contributions, none where there is no part.
    """
    changes = np.zeros(len(candidates), dtype=np.float32)
    told: list[list[Contribution]] = [[] for _ in candidates]
    nearness = _nearness(instruction, meanings)
    for part, is_wanted in _signed(instruction):
        values = _strengths(part, _held(candidates, part), nearness.get(part))
        amounts = values * spread * _direction(part, is_wanted)
        changes += amounts
        name = part_in_words(part, is_wanted=is_wanted)
        for place, (value, amount) in enumerate(zip(values.tolist(), amounts.tolist(), strict=True)):
            told[place].append(Contribution(name, value, amount))
    return Adjustment(changes, tuple(tuple(each) for each in told))


def _signed(instruction: Instruction) -> list[tuple[Part, bool]]:
    return [(part, False) for part in instruction.unwanted] + [(part, True) for part in instruction.wanted]


def _direction(part: Part, is_wanted: bool) -> float:
    if not is_wanted:
        return -1.0
    return WANTED_SHARE if part.kind is PartKind.TOPIC else 1.0


def _held(candidates: Sequence[Candidate], part: Part) -> Scores:
    """Return how surely each candidate has the part, 0 to 1, by its words, type or section."""
    if part.kind is PartKind.SECTION:
        found = [float(is_in_section(one.section, one.kind, part.text)) for one in candidates]
    elif part.kind is PartKind.TYPE:
        found = [is_of_type(part.text, title=one.title, text=one.text) for one in candidates]
    else:
        mentions = Mentions.of(part.text)
        found = [mentions.share_in(f"{one.title}\n{one.text}") for one in candidates]
    return np.array(found, dtype=np.float32)


def _strengths(part: Part, values: Scores, nearness: Scores | None) -> Scores:
    """Return how strongly each candidate has the part, in shares of the range of scores."""
    if part.kind is not PartKind.TOPIC:
        return CERTAIN_WEIGHT * values
    meaning = np.zeros_like(values) if nearness is None else nearness
    return np.asarray(WORDS_WEIGHT * values + MEANING_WEIGHT * meaning, dtype=np.float32)


def _nearness(instruction: Instruction, meanings: Meanings | None) -> dict[Part, Scores]:
    """Return for each topic how much nearer each candidate is with it than without, 0 to 1 among the candidates."""
    if meanings is None or not len(meanings.query):
        return {}
    gained = meanings.parts - meanings.query
    return {part: _above_middle(row) for part, row in zip(topics_of(instruction), gained, strict=True)}


def _above_middle(gained: Scores) -> Scores:
    """Return how far each value is above the median, as a share of the highest; 0 for the lower half."""
    above = np.maximum(gained - np.median(gained), 0.0)
    highest = float(above.max())
    return np.asarray(above / highest if highest > 0 else above, dtype=np.float32)
