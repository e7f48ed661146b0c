"""A query and an instruction beside it to what they ask: filters, parts wanted and unwanted, the query that is left.

In the query's own words only what is unmistakable is an instruction: "Which models do not use attention?" asks about
models, "papers since 2023, not surveys" gives orders. The separate instruction is read freely, for nothing else can be
meant by it. Sections become wants, not filters: headings are too unlike each other for a hard rule.
"""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import date

from indexes.analysis import CJK_CHARACTERS, in_one_width
from indexes.errors import BadInput, TooLarge
from indexes.query.asides import Stretch, stretches_of
from indexes.query.clauses import Clause, clauses_of, subjects_of
from indexes.query.document_types import document_type
from indexes.query.filters import Filters, merged
from indexes.query.naming import KnowsAuthor, names_in
from indexes.query.parts import Instruction, Part, PartKind
from indexes.query.periods import Period, periods_in
from indexes.query.ruled_out import is_ruled_out

MAX_INSTRUCTION_CHARACTERS = 1_000
"""Longer instructions are refused: what people want of hits is said in a few sentences."""

MAX_QUERY_READ_CHARACTERS = 500
"""Longer queries are pasted text, and searched as they stand."""

MAX_WORD_CHARACTERS = 40
"""Of longer runs without a space or a Japanese character the rest is not read: no name is so long, and patterns of
names would take seconds over them. In what is searched the whole word stays."""

MAX_PARTS = 12
"""Parts read of each kind; a page of text given as an instruction would otherwise cost a vector for each clause."""


def read_instruction(
    query: str, *, instruction: str = "", today: date | None = None, knows_author: KnowsAuthor | None = None
) -> Instruction:
    """Read what stands in the query and in the instruction, in English or Japanese.

    Args:
        query: as it was asked.
        instruction: what the reader says besides about the hits that are wanted.
        today: what "the last three years" counts from; None leaves such words unread.
        knows_author: whether the library has a paper by somebody; a name in the query counts only then. None trusts
            names.

    Raises:
        TooLarge: the instruction is over `MAX_INSTRUCTION_CHARACTERS`.

    Returns:
        filters, parts, and the query without the words that became one; a query of nothing else stays as it is.
    """
    if len(instruction) > MAX_INSTRUCTION_CHARACTERS:
        raise TooLarge(
            f"the instruction has {len(instruction):,} characters, the limit is {MAX_INSTRUCTION_CHARACTERS:,}",
            hint="Say in a few sentences what is wanted and what is not.",
        )
    reader = _Reader(today, knows_author)
    plain = _plain(query)
    readable = _readable(plain)
    if len(plain) > MAX_QUERY_READ_CHARACTERS:
        return Instruction(query.strip()) if not instruction else replace(_read_beside(reader, instruction), text=plain)
    taken: list[tuple[int, int]] = []
    for stretch in stretches_of(readable):
        taken += reader.read_stretch(readable, stretch)
    text = without(plain, taken) if taken else plain
    return replace(_read_beside(reader, instruction), text=text or plain)


def _read_beside(reader: _Reader, instruction: str) -> Instruction:
    for clause in clauses_of(_readable(_plain(instruction)).replace(_UNREAD, "")):
        reader.read_clause(clause)
    return reader.read


def _plain(text: str) -> str:
    """Return text in one width, with single spaces."""
    return " ".join(in_one_width(text).split())


def _readable(plain: str) -> str:
    """Return text of the same length in which no word is longer than any name: what is beyond stands as `_UNREAD`."""
    return _LONG_WORD.sub(
        lambda found: found[0][:MAX_WORD_CHARACTERS].ljust(len(found[0]), _UNREAD), plain.replace(_UNREAD, " ")
    )


_UNREAD = "\x01"
_LONG_WORD = re.compile(rf"[^\s{CJK_CHARACTERS}]{{{MAX_WORD_CHARACTERS + 1},}}")


class _Reader:
    """Gathers what one query and its instruction say."""

    def __init__(self, today: date | None, knows_author: KnowsAuthor | None) -> None:
        self.read = Instruction("")
        self._today = today
        self._knows_author = knows_author

    def read_stretch(self, query: str, stretch: Stretch) -> list[tuple[int, int]]:
        """Read a stretch of the query and return the places of the words that it used up."""
        words = query[stretch.start : stretch.end]
        if stretch.is_order:
            for clause in clauses_of(words.replace(_UNREAD, "")):
                self.read_clause(clause)
            return [(stretch.start, stretch.end)]
        names = list(names_in(words, is_strict=True, knows_author=self._knows_author))
        periods = list(periods_in(words, today=self._today))
        places = [(named.start, named.end) for named in names] + [(period.start, period.end) for period in periods]
        if any(is_ruled_out(words, start, end) for start, end in places):
            return []
        taken = [(named.start, named.end) for named in names if self._add(named.wanted)]
        for period in periods:
            if stretch.ties(words, period) and self._add(_dated(period)):
                taken.append((_with_published(words, period.start), period.end))
        return [(stretch.start + start, stretch.start + end) for start, end in taken]

    def read_clause(self, clause: Clause) -> None:
        """Read a clause that is known to be an instruction."""
        words = clause.text
        spans = [
            (named.start, named.end)
            for named in names_in(words, is_strict=False, knows_author=self._knows_author)
            if self._add(named.wanted if clause.is_wanted else named.unwanted)
        ]
        periods = list(periods_in(words, today=self._today))
        places = [(_with_published(words, period.start), period.end) for period in periods]
        subjects = subjects_of(replace(clause, text=without(words, [*spans, *places])))
        for period in periods:
            is_wanted = clause.is_wanted or bool(subjects and not period.is_tied)  # "rather than radar since 2020"
            filters = _dated(period) if is_wanted else _undated(period)
            if filters is not None:
                self._add(filters)
        for subject in subjects:
            self._add_part(_part(subject), is_wanted=clause.is_wanted)

    def _add(self, filters: Filters) -> bool:
        """Take filters in; return False where they contradict what was read before."""
        for name in filters.sections:
            self._add_part(Part(name, PartKind.SECTION), is_wanted=True)
        for name in filters.sections_excluded:
            self._add_part(Part(name, PartKind.SECTION), is_wanted=False)
        try:
            both = merged(self.read.filters, replace(filters, sections=(), sections_excluded=()))
        except BadInput:
            return False
        self.read = replace(self.read, filters=both)
        return True

    def _add_part(self, part: Part, *, is_wanted: bool) -> None:
        held = self.read.wanted if is_wanted else self.read.unwanted
        if part in held or len(held) >= MAX_PARTS:
            return
        held = (*held, part)
        self.read = replace(self.read, wanted=held) if is_wanted else replace(self.read, unwanted=held)


def without(text: str, spans: list[tuple[int, int]]) -> str:
    """Return the text with the places taken out, and with the spaces and marks mended that this leaves behind."""
    letters = list(text)
    for start, end in spans:
        letters[start:end] = ["\0"] * (end - start)
        if _MARK.fullmatch(text[end - 1 : end]):
            letters[end - 1] = " "
    text = re.sub(r"[(\[（][\s\0]*[)\]）]", "\0", "".join(letters))
    text = _AFTER_WHAT_STOOD_FIRST.sub("", text)
    text = re.sub(r"[\s\0]+", " ", text)
    text = re.sub(r"\s+([,.;:?!、。])", r"\1", text)
    text = re.sub(r"([,;、])(?:\s*[,;、])+", r"\1", text)
    text = re.sub(r"(?:^|\s)(?:and|but|or)\s*$|[\s,;:、]+$", "", text)
    return re.sub(r"[,、]\s*([.?!。])", r"\1", text).strip()


_MARK = re.compile(r"[\s,;:、。.]")

_AFTER_WHAT_STOOD_FIRST = re.compile(r"^(?:[\s,;:、。.]*\0)+[のにを]*(?:[\s,;:、。]|\.(?![A-Za-z]))*(?=[^\s\0])")
"""Particles count only right behind the words taken out, and only these at the beginning: にきび is a word."""


def _part(subject: str) -> Part:
    name = document_type(subject)
    return Part(subject) if name is None else Part(name, PartKind.TYPE)


def _dated(period: Period) -> Filters:
    return Filters(published_from=period.first, published_to=period.last)


def _undated(period: Period) -> Filters | None:
    """Return the filter that rules the period out; None where two stretches would be left."""
    opposite = period.opposite()
    return None if opposite is None else Filters(published_from=opposite[0], published_to=opposite[1])


def _with_published(text: str, start: int) -> int:
    """Return where the words begin that go with a date: "published", "that were released"."""
    before = re.search(
        r"(?:(?:that |which )?(?:were |was |are )?(?:published|released|written|dated|appearing|"
        r"appeared)\s+)?(?:only\s+)?$",
        text[:start],
        re.IGNORECASE,
    )
    return before.start() if before else start
