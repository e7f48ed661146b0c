"""Numbers of headings against each other: a paper's headings count up, the numbers of lists and axes do not."""

from __future__ import annotations

import itertools
import re
from bisect import bisect_right
from collections.abc import Sequence

from ingest.pdf.headings import HeadingMark

FEWEST_NUMBERED = 4
"""Numbered headings from which their order says which are none."""
FEWEST_OF_PART = 3
"""Headings that count again from 1 where a document holds another part (a comment, a supplement)."""
LARGEST_SKIP = 2
"""Letters by which a heading may go beyond the one before it: one in between may have been missed."""
_ARABIC = re.compile(r"^(\d{1,2}(?:\.\d{1,2}){0,4})[.．:]?\s")
_LETTER = re.compile(r"^([A-Z])[.．:]?\s")


def numbers_of(title: str) -> tuple[int, ...] | None:
    """Return a heading's arabic number ("3.2.1" as 3, 2, 1), None where it has none."""
    found = _ARABIC.match(title)
    return tuple(int(part) for part in found[1].split(".")) if found else None


def follows(number: tuple[int, ...], last: tuple[int, ...]) -> bool:
    """Return whether a heading's number is the next after `last`: 3.4.6 or 3.5 or 4 after 3.4.5, or 3.4.5.1."""
    if number == (*last, 1):
        return True
    return any(number == (*last[:depth], last[depth] + 1) for depth in range(len(last)))


def out_of_order(marks: Sequence[HeadingMark | None]) -> set[int]:
    """Return the positions of marks whose numbers break the order that most numbered ones keep.

    The longest run of rising numbers is kept (patience sorting, n log n); so is what counts up from 1 again after it,
    where it does so over several pages. Letters count from A.
    """
    strays = _stray_letters(marks)
    numbered = [(at, key) for at, mark in enumerate(marks) if mark and (key := numbers_of(mark.title))]
    if len(numbered) < FEWEST_NUMBERED:
        return strays
    chain = [numbered[order] for order in _rising([key for _, key in numbered])]
    kept = {at for at, _ in chain} - _repeats(chain, marks)
    left = [(at, key) for at, key in numbered if at not in kept]
    return strays | ({at for at, _ in left} - _parts(left, marks))


def _repeats(chain: Sequence[tuple[int, tuple[int, ...]]], marks: Sequence[HeadingMark | None]) -> set[int]:
    """Return those that repeat a heading's number in another style: the items of a list under it."""
    repeats: set[int] = set()
    for (before, first), (at, second) in itertools.pairwise(chain):
        one, other = marks[before], marks[at]
        if first == second and one and other and one.style != other.style:
            repeats.add(at)
    return repeats


def _stray_letters(marks: Sequence[HeadingMark | None]) -> set[int]:
    """Return the marks whose letter ("N. Bayes") neither begins a row with A nor goes on with one."""
    strays: set[int] = set()
    last = None
    for at, mark in enumerate(marks):
        found = _LETTER.match(mark.title) if mark and mark.depth == 1 else None
        if found is None or found[1] in "IVX":
            continue
        if found[1] == "A" or (last and 0 < ord(found[1]) - ord(last) <= LARGEST_SKIP):
            last = found[1]
        else:
            strays.add(at)
    return strays


def _rising(keys: Sequence[tuple[int, ...]]) -> list[int]:
    """Return the positions of a longest subsequence that never falls."""
    tails: list[tuple[int, ...]] = []
    places: list[int] = []
    before: list[int] = []
    end = -1
    for place, key in enumerate(keys):
        at = bisect_right(tails, key)
        before.append(places[at - 1] if at else -1)
        if at == len(tails):
            tails.append(key)
            places.append(place)
            end = place  # of two as long the one that ends first is the paper's own
        else:
            tails[at], places[at] = key, place
    chain = []
    place = end
    while place >= 0:
        chain.append(place)
        place = before[place]
    return chain[::-1]


def _parts(left: Sequence[tuple[int, tuple[int, ...]]], marks: Sequence[HeadingMark | None]) -> set[int]:
    """Return those of the remaining that count 1, 2, 3 … over more than one page."""
    parts: set[int] = set()
    run: list[int] = []
    expected = 1
    for at, key in [*left, (-1, (0,))]:
        if key[0] == expected and len(key) == 1:
            run.append(at)
            expected += 1
        elif not run or len(key) == 1:
            pages = {mark.page for place in run if (mark := marks[place])}
            if len(run) >= FEWEST_OF_PART and len(pages) > 1:
                parts.update(run)
            run, expected = ([at], 2) if key == (1,) else ([], 1)
    return parts
