"""Labels that come round again ("著者 … 発行日 … URL …") to the lines that begin each round; where the last ends."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from ingest.notes.heads import head_of, is_title_like
from ingest.notes.labels import Field
from ingest.notes.rows import Row, RowShape

MIN_SHARE_UNDER_TITLES = 0.5
"""A label begins entries where at least this share of its places has a title before it; in the pages that this was
made with, the first label of an entry has all, and any other none."""

_INNER = frozenset({Field.QUESTION, Field.ANSWER, Field.MORE})
"""Labels that one entry may hold many of, wherever."""


def cycle_heads(rows: Sequence[Row]) -> list[int]:
    """Return the rows that begin a round of labels: the title before its first label, or a label "Title: …" itself."""
    places: Counter[Field] = Counter()
    heads: dict[Field, list[int]] = {}
    for place, row in enumerate(rows):
        if row.label is None or row.label.field in _INNER or row.is_reference:
            continue
        places[row.label.field] += 1
        head = _head_before(rows, place)
        if head is not None:
            heads.setdefault(row.label.field, []).append(head)
    openers = [
        field
        for field, found in heads.items()
        if len(found) > 1 and len(found) >= MIN_SHARE_UNDER_TITLES * places[field]
    ]
    return sorted({head for field in openers for head in heads[field]})


def _head_before(rows: Sequence[Row], place: int) -> int | None:
    """Return the row that is the title above the label at `place`, over other labels in a row; None if there is none.

    A list's entries hold their labels on lines of their own, without a title between them and the next entry.
    """
    before = place
    for _ in Field:
        label = rows[before].label
        if label is not None and label.field is Field.TITLE:
            return before
        before -= 1
        if before < 0 or rows[before].label is None:
            break
    if before < 0 or rows[before].label is not None:
        return None
    head = rows[before]
    if head.is_links_only or head.shape in (RowShape.TABLE, RowShape.BULLET) or head.is_reference:
        return None
    title = head_of(head).title
    return before if is_title_like(title) and not title.endswith((".", "!")) else None


def end_of_last(rows: Sequence[Row], parts: Sequence[tuple[int, int]]) -> int:
    """Return where the last part ends, which nothing follows that would end it.

    It spans no more blocks of the page than the longest of the others; and after its last label it holds no more rows
    than they do, of the same kinds (links or prose). What follows is the page's own end.
    """
    (start, end), others = parts[-1], parts[:-1]
    most_pieces = max(rows[e - 1].piece - rows[s].piece for s, e in others)
    end = next((place for place in range(start, end) if rows[place].piece - rows[start].piece > most_pieces), end)
    tails = [range(_last_label(rows, s, e) + 1, e) for s, e in others]
    longest = max(map(len, tails))
    has_prose = any(not rows[place].is_links_only for tail in tails for place in tail)
    after = _last_label(rows, start, end) + 1
    for place in range(after, end):
        if place - after >= longest or (not has_prose and not rows[place].is_links_only):
            return place
    return end


def _last_label(rows: Sequence[Row], start: int, end: int) -> int:
    """Return the place of the part's last label, or of its first row where it has none."""
    return next((place for place in range(end - 1, start, -1) if rows[place].label is not None), start)
