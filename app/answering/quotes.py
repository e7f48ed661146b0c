"""A drafted sentence and the passage it names to the places in that passage that bear it out, cited verbatim."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Sequence

from app.answering.numbers import folded, numbers_in
from app.answering.records import Citation, PlacedBox
from app.generators.extractive.terms import content_terms
from indexes.records import Passage, boxes_between, page_at, role_of
from indexes.sentences import sentence_spans

MAX_QUOTES_PER_PASSAGE = 2
MIN_GAIN = 0.2
"""A second sentence is quoted when it adds at least this share of the drafted sentence's terms, or a missing number."""

HINT_WEIGHT = 0.25
NUMBER_WEIGHT = 0.5

_NOT_LETTERS = re.compile(r"[\W_]+")
_CITATION_NUMBERS = re.compile(r"\[\s*\d+(?:\s*[,;–-]\s*\d+)*\s*\]")


def quote_spans(sentence: str, passage: Passage, *, hint: str) -> tuple[tuple[int, int], ...]:
    """Return where the passage bears the sentence out, best first; adjacent places are one.

    The place is the passage's sentence that is the given one, or else the one or two that share most of its terms and
    numbers. `hint` (what was searched for) decides where the sentence is in another language and shares nothing.
    """
    spans = sentence_spans(passage.text)
    same = [span for span in spans if passage.text[slice(*span)] == sentence]
    same = same or [span for span in spans if _is_same(sentence, passage.text[slice(*span)])]
    if same:
        return (same[0],)
    wanted, numbers = set(content_terms(sentence)), _values(sentence)
    hinted = set(content_terms(hint))
    chosen: list[tuple[int, int]] = []
    while len(chosen) < MAX_QUOTES_PER_PASSAGE and (rest := [span for span in spans if span not in chosen]):
        gains = [_gain(passage.text[slice(*span)], wanted, numbers, hinted) for span in rest]
        best = max(range(len(rest)), key=lambda index: gains[index])
        text = passage.text[slice(*rest[best])]
        found = wanted & set(content_terms(text))
        if chosen and len(found) < MIN_GAIN * max(1, len(set(content_terms(sentence)))) and not numbers & _values(text):
            break
        chosen.append(rest[best])
        wanted, numbers = wanted - found, numbers - _values(text)
    return _joined(chosen, spans)


def cite(span: tuple[int, int], passage: Passage, *, marker: int, title: str) -> Citation:
    """Return the citation of `passage.text[start:end]`, with its page and boxes."""
    start, end = span
    return Citation(
        marker=marker,
        passage_id=passage.passage_id,
        paper_id=passage.paper_id,
        title=title,
        section=passage.section,
        page=page_at(passage, start),
        boxes=tuple(PlacedBox(page=page, box=box) for page, box in boxes_between(passage, start, end)),
        quote=passage.text[start:end],
        start=start,
        end=end,
        role=role_of(passage),
    )


def _gain(text: str, wanted: set[str], numbers: frozenset[str], hinted: set[str]) -> float:
    terms = set(content_terms(text))
    gain = len(wanted & terms) / max(1, len(wanted))
    gain += NUMBER_WEIGHT * len(numbers & _values(text)) / max(1, len(numbers))
    return gain + HINT_WEIGHT * len(hinted & terms) / max(1, len(hinted))


def _values(text: str) -> frozenset[str]:
    return frozenset(str(number.value.normalize()) for number in numbers_in(folded(text)))


def _is_same(sentence: str, source: str) -> bool:
    """Say whether both have the same letters, citation numbers apart, or the drafted one is a clean cut of the "
    "other."""
    drafted, there = _letters(sentence), _letters(source)
    return bool(drafted) and (drafted == there or (drafted in there and len(drafted) >= 0.6 * len(there)))


def _letters(text: str) -> str:
    text = _CITATION_NUMBERS.sub("", unicodedata.normalize("NFKC", text))
    return _NOT_LETTERS.sub("", text).casefold()


def _joined(chosen: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]) -> tuple[tuple[int, int], ...]:
    places = [spans.index(span) for span in chosen]
    if len(places) == 2 and abs(places[0] - places[1]) == 1:
        first, last = sorted(chosen)
        return ((first[0], last[1]),)
    return tuple(chosen)
