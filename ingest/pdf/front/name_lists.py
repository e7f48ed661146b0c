"""Which names a line lists, and the place that follows them on it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from ingest.pdf.front.names import (
    GROUP_NAME,
    MarkedName,
    Segment,
    is_name,
    run_together,
    segments_of,
    surnames_last,
    tidy,
)
from ingest.pdf.front.places import INSTITUTION, names_place
from ingest.pdf.lettering import cjk_share

SHARE_OF_NAMES = 0.6
"""Share of a list's parts that must read as names for the rest, broken accents and all, to be taken for names."""
_TOKENS = re.compile(r"[^\W\d_]{3,}")


def names_in(text: str, *, common: frozenset[str], is_first: bool = True) -> tuple[tuple[MarkedName, ...], str]:
    """Return the names that a text lists, and the place that follows them on the line ("Aya Mori, Crane University").

    Nothing where the text reads as an address, or as words that the document also writes in small letters.
    """
    segments = surnames_last(_parted(segments_of(text)))
    names: list[MarkedName] = []
    is_mostly_names = sum(is_name(tidy(segment.text)) for segment in segments) >= max(2, SHARE_OF_NAMES * len(segments))
    for place, segment in enumerate(segments):
        name = tidy(segment.text)
        if is_name(name) or GROUP_NAME.match(name):
            names.append(MarkedName(name, segment.marks))
            continue
        if names and len(name) == 1 and name.islower():  # a mark that a comma parts from its name
            names[-1] = MarkedName(names[-1].name, (*names[-1].marks, name, *segment.marks))
            continue
        if segment.marks and names and _is_mononym(name):
            names.append(MarkedName(name, segment.marks))
            continue
        if is_mostly_names and _may_be_name(name):
            names.append(MarkedName(name, segment.marks))
            continue
        head, _, _ = name.partition(found[0]) if (found := INSTITUTION.search(name)) else ("", "", "")
        if names and is_name(head.strip()) and "." in head:  # "Ada Crane and W. Ibis Department of Birds"
            names.append(MarkedName(head.strip()))
            return tuple(names), text[text.find(name) + len(head) :]
        rest = segments[place:]
        if not names or any(part.marks for part in segments[: place - 1]):
            return (), ""
        is_work = any(INSTITUTION.search(part.text) for part in rest)
        tail = text[text.find(rest[0].text) :] if is_work else ""
        if not is_work or (len(names) > 1 and not any(name.marks for name in names) and not is_first):
            return (), ""
        return (tuple(names), tail) if not _all_common(names, common) else ((), "")
    has_marks = any(name.marks for name in names)
    if len(names) == 1 and not has_marks and _all_common(names, common):
        return (), ""
    return tuple(names), ""


def _parted(segments: Sequence[Segment]) -> list[Segment]:
    parted: list[Segment] = []
    for segment in segments:
        names = _parted_cjk(segment.text) if cjk_share(segment.text) > 0.5 else run_together(segment.text)
        parted.extend(replace(segment, text=name, marks=()) for name in names[:-1])
        parted.append(replace(segment, text=names[-1]))
    return parted


def _parted_cjk(text: str) -> list[str]:
    """Part Japanese names between spaces: each of three letters or more is whole, shorter ones pair up."""
    parts = text.split()
    if len(parts) < 2 or names_place(text):
        return [text]
    if all(len(part) >= 3 for part in parts):
        return parts
    if len(parts) % 2 == 0 and all(len(part) <= 4 for part in parts):
        return [" ".join(parts[place : place + 2]) for place in range(0, len(parts), 2)]
    return [text]


def _may_be_name(text: str) -> bool:
    words = text.split()
    return 2 <= len(words) <= 4 and words[0][0].isupper() and not names_place(text) and not any(map(str.isdigit, text))


def _is_mononym(text: str) -> bool:
    return text.isalpha() and text[0].isupper() and len(text) >= 3 and not names_place(text)


def _all_common(names: Sequence[MarkedName], common: frozenset[str]) -> bool:
    words = [word for name in names for word in _TOKENS.findall(name.name)]
    return bool(words) and all(word.casefold() in common for word in words)
