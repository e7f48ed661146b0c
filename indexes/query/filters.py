"""What every hit must meet, by the metadata of its paper and by the place in it: the record, its checks, its wording.

Filters of one kind are alternatives (one of the authors, one of the venues); kinds of filter must all hold.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, fields
from datetime import date
from typing import Any

from indexes.errors import BadInput
from indexes.query.sections import is_in_section, section_in_words
from indexes.records import Language, PaperRole, Passage, PassageKind
from indexes.storage.rows import earliest_day, latest_day

MAX_NAMES = 100
MAX_NAME_CHARACTERS = 200

_ISO_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?")
LANGUAGE_NAMES = {Language.ENGLISH: "English", Language.JAPANESE: "Japanese"}


@dataclass(frozen=True, slots=True)
class Filters:
    """What a hit must meet. Empty fields ask nothing.

    Attributes:
        published_from, published_to: ISO dates of any exactness, both included; a paper without a date passes neither.
        authors: surnames or full names, in either order; case, accents and initials do not matter.
        categories: "cs.CL" is itself, "cs" stands for all that begin with "cs.".
        venues: words that the venue's name holds, one after another.
        language: of the paper.
        roles: papers, notes, or (empty) both.
        text: words; each must occur in title, authors, arXiv id or DOI.
        sections: parts of a paper ("methods") or words of a heading; `sections_excluded` likewise.
        kinds: kinds of passage; `kinds_excluded` likewise.
        papers_excluded, authors_excluded, categories_excluded, venues_excluded: what a hit's paper must not be.
    """

    published_from: str | None = None
    published_to: str | None = None
    authors: tuple[str, ...] = ()
    authors_excluded: tuple[str, ...] = ()
    categories: tuple[str, ...] = ()
    categories_excluded: tuple[str, ...] = ()
    venues: tuple[str, ...] = ()
    venues_excluded: tuple[str, ...] = ()
    language: Language | None = None
    roles: tuple[PaperRole, ...] = ()
    text: str | None = None
    papers_excluded: tuple[str, ...] = ()
    sections: tuple[str, ...] = ()
    sections_excluded: tuple[str, ...] = ()
    kinds: tuple[PassageKind, ...] = ()
    kinds_excluded: tuple[PassageKind, ...] = ()

    def __post_init__(self) -> None:
        """Refuse what no paper could meet.

        Raises:
            BadInput: a date is none, the range is turned round, a name is empty or too long, there are too many, or the
                text holds half a character.
        """
        for name in ("published_from", "published_to"):
            _check_date(name, getattr(self, name))
        first, last = self.published_from, self.published_to
        if first and last and earliest_day(first) > latest_day(last):
            raise BadInput(
                f"published_from {first} is after published_to {last}", hint="Give the earlier date as published_from."
            )
        _check_text(self.text or "")
        for field in fields(self):
            value = getattr(self, field.name)
            if isinstance(value, tuple):
                _check_names(field.name, value)

    @property
    def is_about_papers(self) -> bool:
        """Whether anything is asked of papers, so that some of them may not be searched."""
        return any(getattr(self, name) not in (None, ()) for name in _ABOUT_PAPERS)

    @property
    def is_about_passages(self) -> bool:
        """Whether anything is asked of the place in a paper."""
        return bool(self.sections or self.sections_excluded or self.kinds or self.kinds_excluded)


_ABOUT_PAPERS = tuple(field.name for field in fields(Filters) if not field.name.startswith(("sections", "kinds")))


def merged(first: Filters, second: Filters) -> Filters:
    """Return filters that join what one reader says in two places.

    Ranges of dates are cut to what they share, alternatives of one kind come together ("by Mori", "by Field": either);
    where both give one value (a language, a text), the first's counts. What two parties demand is `intersected`.

    Raises:
        BadInput: the ranges share no day.
    """
    values: dict[str, Any] = {}
    for field in fields(Filters):
        ours, theirs = getattr(first, field.name), getattr(second, field.name)
        is_several = isinstance(ours, tuple)
        values[field.name] = tuple(dict.fromkeys((*ours, *theirs))) if is_several else ours or theirs
    values["published_from"] = max(_given(first.published_from, second.published_from), key=earliest_day, default=None)
    values["published_to"] = min(_given(first.published_to, second.published_to), key=latest_day, default=None)
    return Filters(**values)


def passes(passage: Passage, filters: Filters) -> bool:
    """Return whether the passage stands where the filters want it; what they ask of its paper is not looked at."""
    section, kind = passage.section, passage.kind
    is_wanted = not filters.sections or any(is_in_section(section, kind, name) for name in filters.sections)
    is_unwanted = any(is_in_section(section, kind, name) for name in filters.sections_excluded)
    is_of_kind = not filters.kinds or kind in filters.kinds
    return is_wanted and not is_unwanted and is_of_kind and kind not in filters.kinds_excluded


def filters_in_words(filters: Filters) -> tuple[str, ...]:
    """Return each filter as a reader is told of it: "published since 2023", "by Mori or Field"."""
    words = [_period_in_words(filters.published_from, filters.published_to)]
    words += _either("by", filters.authors, filters.authors_excluded)
    words += _either("in category", filters.categories, filters.categories_excluded)
    words += _either("from", filters.venues, filters.venues_excluded)
    words.append(f"in {LANGUAGE_NAMES[filters.language]}" if filters.language else "")
    words.append(f"{' or '.join(role.value for role in filters.roles)}s only" if filters.roles else "")
    words.append(f"title or authors with “{filters.text}”" if filters.text else "")
    left_out = len(filters.papers_excluded)
    words.append(f"without {left_out} {'paper' if left_out == 1 else 'papers'} named" if left_out else "")
    words += _either("in", *(tuple(map(section_in_words, names)) for names in _sections(filters)))
    words += _either("of kind", *(tuple(kind.value for kind in kinds) for kinds in _kinds(filters)))
    return tuple(word for word in words if word)


def _sections(filters: Filters) -> tuple[tuple[str, ...], tuple[str, ...]]:
    return filters.sections, filters.sections_excluded


def _kinds(filters: Filters) -> tuple[tuple[PassageKind, ...], tuple[PassageKind, ...]]:
    return filters.kinds, filters.kinds_excluded


def _either(preposition: str, wanted: tuple[str, ...], excluded: tuple[str, ...]) -> list[str]:
    parts = [f"{preposition} {' or '.join(wanted)}"] if wanted else []
    return parts + ([f"not {preposition} {' or '.join(excluded)}"] if excluded else [])


def _period_in_words(first: str | None, last: str | None) -> str:
    if first and last:
        return f"published in {first}" if first == last else f"published {first} to {last}"
    if first:
        return f"published since {first}"
    return f"published until {last}" if last else ""


def _given(*values: str | None) -> list[str]:
    return [value for value in values if value]


def _check_date(name: str, value: str | None) -> None:
    if value is None:
        return
    found = _ISO_DATE.fullmatch(value)
    try:
        if found is None:
            raise ValueError
        date(int(found[1]), int(found[2] or 1), int(found[3] or 1))
    except ValueError:
        raise BadInput(
            f"{name} is {value[:40]!r}, which is no date", hint="Write 2023, 2023-04 or 2023-04-30."
        ) from None


def _check_text(text: str) -> None:
    try:
        text.encode()
    except UnicodeEncodeError:
        raise BadInput(f"text is {text[:40]!r}, which holds half a character", hint="Give whole characters.") from None


def _check_names(name: str, values: tuple[str, ...]) -> None:
    if len(values) > MAX_NAMES and name != "papers_excluded":
        raise BadInput(f"{name} has {len(values)} entries, the limit is {MAX_NAMES}", hint="Give fewer.")
    for value in values:
        if not value.strip() or len(value) > MAX_NAME_CHARACTERS:
            raise BadInput(
                f"{name} holds {value[:40]!r}",
                hint=f"Each is 1 to {MAX_NAME_CHARACTERS} characters that say something.",
            )
