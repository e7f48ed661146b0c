"""Which passages of an ingested paper answer a question, from evidence given as offsets into the corpus text.

A passage is a slice of the text as the parser joined it: spaces may differ. Letters and digits do not, so a passage is
placed by them alone.
"""

from __future__ import annotations

from collections.abc import Sequence

from indexes.records import Passage

Stretch = tuple[int, int]
"""Characters `start` to `end` (excluded) of the corpus text."""


def placed(passages: Sequence[Passage], text: str) -> list[list[Stretch]]:
    """Return, for each passage, where its lines stand in `text`; a line that is not there is left out."""
    letters, offsets = _letters(text)
    places: list[list[Stretch]] = []
    last = 0
    for passage in passages:
        stretches: list[Stretch] = []
        for line in passage.text.split("\n"):
            wanted, _ = _letters(line)
            at = letters.find(wanted, last) if wanted else -1
            at = letters.find(wanted) if wanted and at < 0 else at
            if at >= 0:
                stretches.append((offsets[at], offsets[at + len(wanted) - 1] + 1))
                last = at
        places.append(stretches)
    return places


def overlapping(places: Sequence[Sequence[Stretch]], evidence: Sequence[Stretch]) -> set[int]:
    """Return the numbers of the passages that share a character with the evidence."""
    return {
        number
        for number, stretches in enumerate(places)
        if any(start < last and first < end for start, end in stretches for first, last in evidence)
    }


def _letters(text: str) -> tuple[str, list[int]]:
    offsets = [offset for offset, character in enumerate(text) if character.isalnum()]
    return "".join(text[offset] for offset in offsets), offsets
