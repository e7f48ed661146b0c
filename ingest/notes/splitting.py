"""Rows of a page to the entries that it holds about papers, or none where it is one text.

Looks for the shape that begins every entry: a heading level, an enumeration, emphasised or bracketed lines, table
rows, or the line before a cycle of labels ("著者: … 発行日: … URL: …"). A shape counts only where what it divides is
each about a paper of its own, by fields and links that stand apart from prose: links inside sentences, reference
lists and sections of one paper divide nothing.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from ingest.notes.cycles import cycle_heads, end_of_last
from ingest.notes.heads import head_of, identity_of, is_paper_address, is_paper_link, is_title_like
from ingest.notes.labels import ADDRESS_FIELDS, BIBLIOGRAPHIC_FIELDS, Field
from ingest.notes.rows import ENUMERATION, Row, RowShape, letters_beside_links

MIN_ENTRIES_BY_ONE_SIGN = 3
"""Entries told by one sign alone (a link, say); two entries suffice where each has two signs."""

MIN_SHARE_OF_HEADS = 0.5
"""At least this share of what a shape divides must be about a paper; the rest are the page's own sections."""

MIN_SHARE_OF_PAGE = 0.4
"""Entries hold at least this share of the page's letters; a text with a list of papers at its end stays one text."""

MIN_DISTINCT_IDENTITIES = 0.8
"""Share of the entries' addresses that differ: sections that all link one repository are one text's."""

MIN_BODY_LETTERS = 60
"""Letters (a Chinese or Japanese one counts two) beside title, fields and links; a bare list of links is not notes."""

MAX_LETTERS_BESIDE_LINKS = 30
"""A line of links ("Paper: … | code by the authors") holds no more; a link inside a sentence says nothing."""

MAX_SHAPES = 16
"""Shapes tried, the most frequent first: a page can hold any number of headings' levels and indentations."""

_CUE = re.compile(r"論文|文献|\bpapers?\b|\barxiv\b|\bpreprints?\b|\bpublications?\b", re.IGNORECASE)
_WIDE = re.compile("[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7a3]")


@dataclass(frozen=True, slots=True)
class Entry:
    """Rows `start` to `end` (the end excluded) are about the paper called `title`; `identity` is its address's."""

    start: int
    end: int
    title: str
    identity: str
    signs: int


def split(rows: Sequence[Row]) -> tuple[Entry, ...]:
    """Return the page's entries in order, without overlap; () where it is no page of notes."""
    best: tuple[Entry, ...] = ()
    best_key = (0, 0)
    letters = [_letters(row.text) for row in rows]
    for heads in _candidates(rows):
        entries = _entries(rows, heads)
        if not _is_valid(rows, entries, heads, letters):
            continue
        key = (len(entries), sum(sum(letters[entry.start : entry.end]) for entry in entries))
        if key > best_key:
            best, best_key = _entries(rows, heads, is_known=True), key
    return best


def _candidates(rows: Sequence[Row]) -> Iterator[list[int]]:
    """Yield, for each shape that repeats, the rows that have it."""
    shapes: dict[tuple[RowShape, int], list[int]] = {}
    for place, row in enumerate(rows):
        if row.shape is RowShape.LINE or row.is_reference or (row.label and row.label.field is not Field.TITLE):
            continue
        level = row.level if row.shape in (RowShape.HEADING, RowShape.NUMBERED, RowShape.BULLET) else 0
        shapes.setdefault((row.shape, level), []).append(place)
    for heads in sorted(shapes.values(), key=len, reverse=True)[:MAX_SHAPES]:
        if len(heads) > 1:
            yield heads
    heads = cycle_heads(rows)
    if len(heads) > 1:
        yield heads


def _entries(rows: Sequence[Row], heads: Sequence[int], *, is_known: bool = False) -> tuple[Entry, ...]:
    """Return what the heads divide the rows into, as far as it is about papers; a paper told twice counts once.

    Where the page is known to be notes, a numbered part without link or with a few words only is an entry as well.
    """
    ends = [_end(rows, head, after) for head, after in zip(heads, [*heads[1:], len(rows)], strict=True)]
    if len(heads) > 1:
        ends[-1] = end_of_last(rows, list(zip(heads, ends, strict=True)))
    found = [
        entry
        for start, end in zip(heads, ends, strict=True)
        if (entry := _entry(rows, start, end, is_known=is_known)) is not None
    ]  # fmt: skip
    return tuple(_each_paper_once(found))


def _end(rows: Sequence[Row], head: int, after: int) -> int:
    """Return where the entry ends: at the next head, or a heading above it; a row of a table is an entry by itself."""
    if rows[head].shape is RowShape.TABLE:
        return head + 1
    for place in range(head + 1, after):
        row = rows[place]
        if row.is_reference:
            return place
        if row.shape is RowShape.HEADING and row.label is None:
            is_inside = rows[head].shape is RowShape.HEADING and row.level > rows[head].level
            if not is_inside:
                return place
    return after


def _entry(rows: Sequence[Row], start: int, end: int, *, is_known: bool) -> Entry | None:
    head = rows[start]
    title, body_start = head_of(head)
    if head.label is not None and head.label.field is Field.TITLE:
        title, body_start = head.text[head.label.value_start :].strip(), len(head.text)
    if not is_title_like(title):
        return None
    fields: set[Field] = set()
    links: list[str] = []
    body = _letters(head.text[body_start:])
    for row in rows[start:end]:
        field = row.label.field if row.label else None
        if field is not None:
            fields.add(field)
        if field in ADDRESS_FIELDS or row.is_links_only:
            links += [link.url for link in row.links]
        elif row is head or letters_beside_links(row.text, row.links) <= MAX_LETTERS_BESIDE_LINKS:
            links += [link.url for link in row.links if is_paper_link(link)]
        if row is not head and field not in BIBLIOGRAPHIC_FIELDS and not row.is_links_only:
            body += _letters(row.text[row.label.value_start if row.label else 0 :])
    links += [link.url for link in head.links if is_paper_address(link.url)]
    signs = _signs(fields, has_link=bool(links))
    is_numbered = is_known and ENUMERATION.match(head.text.lstrip(" -*")) is not None
    if not (body and is_numbered) and (not signs or body < MIN_BODY_LETTERS):
        return None
    paper_links = [url for url in links if is_paper_address(url)]
    return Entry(start, end, title, identity_of((paper_links or links or [""])[0]), signs)


def _signs(fields: set[Field], *, has_link: bool) -> int:
    """Count what says that a part is about a paper; a date alone does not, beside neither summary nor questions."""
    known = fields & (BIBLIOGRAPHIC_FIELDS - ADDRESS_FIELDS)
    told = fields & {Field.SUMMARY, Field.INTRODUCTION, Field.QUESTION, Field.QUESTIONS}
    return len(known) + bool(has_link or fields & ADDRESS_FIELDS) + bool(told and (known or has_link))


def _each_paper_once(entries: Sequence[Entry]) -> Iterator[Entry]:
    """Yield the entries in order; where two have one title, as in a list above the notes, the longer is the entry."""
    longest: dict[str, Entry] = {}
    for entry in entries:
        key = re.sub(r"\W+", "", entry.title).casefold()
        if key not in longest or entry.end - entry.start > longest[key].end - longest[key].start:
            longest[key] = entry
    yield from sorted(longest.values(), key=lambda entry: entry.start)


def _is_valid(rows: Sequence[Row], entries: Sequence[Entry], heads: Sequence[int], letters: Sequence[int]) -> bool:
    if len(entries) < 2 or not _has_enough_signs(entries):
        return False
    if len(entries) < MIN_SHARE_OF_HEADS * _heads_of_own(rows, heads, entries):
        return False
    if sum(sum(letters[entry.start : entry.end]) for entry in entries) < MIN_SHARE_OF_PAGE * sum(letters):
        return False
    addresses = Counter(entry.identity for entry in entries if entry.identity)
    if addresses and len(addresses) < MIN_DISTINCT_IDENTITIES * sum(addresses.values()):
        return False
    return _is_about_papers(rows, entries)


def _has_enough_signs(entries: Sequence[Entry]) -> bool:
    return len(entries) >= MIN_ENTRIES_BY_ONE_SIGN or all(entry.signs > 1 for entry in entries)


def _heads_of_own(rows: Sequence[Row], heads: Sequence[int], entries: Sequence[Entry]) -> int:
    """Count the heads that are not told again by an entry (a list of the titles above the notes is no second text)."""
    titles = {entry.title for entry in entries}
    starts = {entry.start for entry in entries}
    return sum(head in starts or head_of(rows[head]).title not in titles for head in heads)


def _is_about_papers(rows: Sequence[Row], entries: Sequence[Entry]) -> bool:
    """Say whether the page speaks of papers: by addresses where papers are, or the word itself."""
    addressed = sum(
        any(is_paper_address(link.url) for row in rows[e.start : e.end] for link in row.links) for e in entries
    )
    if addressed * 3 >= len(entries):
        return True
    return any(_CUE.search(row.text) for row in rows if row.label is not None or row.shape is not RowShape.LINE) or any(
        _CUE.search(row.text) for row in rows[:3]
    )


def _letters(text: str) -> int:
    return sum(character.isalnum() for character in text) + len(_WIDE.findall(text))
