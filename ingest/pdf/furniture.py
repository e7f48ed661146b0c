"""What a page carries besides its text: running heads and feet, line numbers, stamps, ruby, what a journal says of an
article in its sidebar.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence

from ingest.pdf.fragments import Fragment
from ingest.pdf.line_numbers import line_numbers
from ingest.pdf.running_heads import running_heads
from ingest.pdf.sidebars import INFORMATION_PAGES, find_sidebar, information_of

RUBY_RATIO = 1.7
"""The type under small kana is at least this much larger."""
_KANA = re.compile(r"^[\u3040-\u30ff ]{1,20}$")


def furniture_of(pages: Sequence[tuple[Sequence[Fragment], float]]) -> list[frozenset[int]]:
    """Return for each page (fragments, height) the positions of the fragments that are furniture."""
    heads = running_heads(pages)
    numbers = line_numbers([fragments for fragments, _ in pages])
    found = []
    for number, ((fragments, _), head, counts) in enumerate(zip(pages, heads, numbers, strict=True), start=1):
        turned = frozenset(position for position, part in enumerate(fragments) if not part.is_upright)
        found.append(turned | head | counts | _ruby(fragments) | _information(fragments, head, number))
    return found


def _information(fragments: Sequence[Fragment], heads: frozenset[int], number: int) -> frozenset[int]:
    """Return the positions of a journal's sidebar on a paper's first pages."""
    if number > INFORMATION_PAGES:
        return frozenset()
    places = [place for place in range(len(fragments)) if place not in heads]
    rest = [fragments[place] for place in places]
    sidebar = find_sidebar(rest)
    if sidebar is None:
        return frozenset()
    return frozenset(places[place] for place in information_of(sidebar, rest, page=number))


def _ruby(fragments: Sequence[Fragment]) -> frozenset[int]:
    """Return the small kana set over kanji to say how they are read."""
    small = [(position, part) for position, part in enumerate(fragments) if _KANA.match(part.text)]
    if not small:
        return frozenset()
    ordered = sorted(fragments, key=lambda part: part.box.y0)
    tops = [part.box.y0 for part in ordered]
    reach = max(part.size for part in ordered)
    return frozenset(
        position
        for position, part in small
        if any(
            other.size >= RUBY_RATIO * part.size
            and -0.2 * other.size < other.box.y0 - part.box.y1 < 0.5 * other.size
            and other.box.x0 < part.box.x1
            and part.box.x0 < other.box.x1
            for other in ordered[
                bisect_left(tops, part.box.y1 - 0.2 * reach) : bisect_right(tops, part.box.y1 + 0.5 * reach)
            ]
        )
    )
