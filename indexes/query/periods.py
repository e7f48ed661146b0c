"""Dates that a reader writes ("after March 2022", 「2023年以降」) to stretches of ISO dates, and where they stand.

Whether a stretch is meant as a filter is not decided here: `Period.is_tied` says only whether the words themselves tie
it to when papers appeared ("published in", 「2021年の論文」).
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from indexes.storage.rows import earliest_day, latest_day

EARLIEST_YEAR, LATEST_YEAR = 1900, 2100

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    r"(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|"
    r"nov(?:ember)?|dec(?:ember)?)\.?"
)
_YEAR = r"(?:19|20)\d{2}"
_DATE = (
    rf"(?:(?:\d{{1,2}}(?:st|nd|rd|th)?\s+)?{_MONTH}\s+(?:\d{{1,2}}(?:st|nd|rd|th)?,?\s+)?{_YEAR}|"
    rf"{_YEAR}[-/](?:0[1-9]|1[0-2])(?:[-/](?:0[1-9]|[12]\d|3[01]))?|(?:the (?:year|end of|beginning of|"
    rf"start of) )?{_YEAR}s?)"
)
_ENDS = (
    r"(?![\w-]|[.,]\d|\s*(?:%|epochs?|steps?|iterations?|words?|tokens?|images?|samples?|users?|examples?|"
    r"participants?|patients?|m|ms|kg|km)\b)"
)
_JAPANESE_DATE = rf"(?:西暦)?{_YEAR}(?:年(?:\s*\d{{1,2}}月(?:\s*\d{{1,2}}日)?)?|[-/]\d{{1,2}}(?:[-/]\d{{1,2}})?)"
_PAPERS_JA = r"(?:論文|研究|文献|もの|発表|出版|公開|刊行|報告|記事|ノート)"
_NUMBERS = {
    "one": 1,
    "two": 2,
    "three": 3,
    "four": 4,
    "five": 5,
    "six": 6,
    "seven": 7,
    "eight": 8,
    "nine": 9,
    "ten": 10,
}
_COUNT = rf"(?P<count>\d{{1,2}}|{'|'.join(_NUMBERS)}|couple of|few)"


@dataclass(frozen=True, slots=True)
class Period:
    """A stretch of dates that stands at `text[start:end]`; `first` or `last` is None where it is open.

    `is_open_end` says that it begins somewhere and goes on ("since"), the form that is hardly ever about anything
    but the time of publication when it ends a phrase. `is_tied` says that its own words speak of publication.
    """

    start: int
    end: int
    first: str | None
    last: str | None
    is_tied: bool = False

    @property
    def is_open_end(self) -> bool:
        """Whether it begins somewhere and goes on."""
        return self.last is None

    @property
    def is_turned_round(self) -> bool:
        """Whether it ends before it begins, so that nothing can be meant by it."""
        return bool(self.first and self.last and earliest_day(self.first) > latest_day(self.last))

    def opposite(self) -> tuple[str | None, str | None] | None:
        """Return the stretch that is left when this one is ruled out; None where two would be."""
        if self.first is None and self.last is not None:
            return following(self.last), None
        return (None, preceding(self.first)) if self.last is None and self.first is not None else None


Reading = Callable[[re.Match[str]], tuple[str | None, str | None]]


def _at(group: str) -> Callable[[re.Match[str]], str]:
    return lambda found: iso_date(found[group])


_a, _b = _at("a"), _at("b")

_RULES: tuple[tuple[str, Reading], ...] = (
    (
        r"(?:not before|no earlier than|not earlier than|not older than|no older than) (?P<a>{D}){E}",
        lambda f: (_a(f), None),
    ),
    (r"(?:not after|no later than|not later than|not newer than) (?P<a>{D}){E}", lambda f: (None, _a(f))),
    (r"between (?P<a>{D}) and (?P<b>{D}){E}", lambda f: (_a(f), _b(f))),
    (r"from (?P<a>{D}) (?:to|until|till|through|up to) (?P<b>{D}){E}", lambda f: (_a(f), _b(f))),
    (r"(?:(?:from|in|during|of) )?(?P<a>{Y})\s?(?:-|–|—|to)\s?(?P<b>{Y}){E}", lambda f: (_a(f), _b(f))),
    (
        r"(?:from |in )?(?P<a>{D}) (?:onwards?|or later|and later|or newer|and newer|or after|and after)\b",
        lambda f: (_a(f), None),
    ),
    (
        r"(?:from |in )?(?P<a>{D}) (?:or earlier|and earlier|or before|and before|or older)\b",
        lambda f: (None, _a(f)),
    ),
    (r"(?:starting (?:from|in)|since) ?(?P<a>{D}){E}", lambda f: (_a(f), None)),
    (r"from (?P<a>{D}) on(?=\s*(?:[,.;:!?)]|$|(?:and|about|that)\b))", lambda f: (_a(f), None)),
    (
        r"(?:after|later than|newer than|more recent than|younger than|past) (?P<a>{D}){E}",
        lambda f: (following(_a(f)), None),
    ),
    (r"(?:before|prior to|older than|earlier than|pre-) ?(?P<a>{D}){E}", lambda f: (None, preceding(_a(f)))),
    (r"(?:until|till|up to(?: and including)?|through) (?P<a>{D}){E}", lambda f: (None, _a(f))),
    (r"(?:in|during|from|of|dated) (?P<a>{D}){E}", lambda f: (_a(f), _a(f))),
)
_JAPANESE_RULES: tuple[tuple[str, Reading], ...] = (
    (r"(?P<a>{J})\s*(?:から|[〜~\-ー–—])\s*(?P<b>{J})(?:まで|の間)?", lambda f: (_a(f), _b(f))),
    (r"(?P<a>{Y})\s*(?:[〜~\-ー–—]|から)\s*(?P<b>{J})(?:まで|の間)?", lambda f: (_a(f), _b(f))),
    (r"(?P<a>{J})\s*(?:より後|よりあと|より新しい)", lambda f: (following(_a(f)), None)),
    (r"(?P<a>{J})\s*(?:より前|よりまえ|より古い|未満)", lambda f: (None, preceding(_a(f)))),
    (r"(?P<a>{J})\s*(?:以降|以後|から)", lambda f: (_a(f), None)),
    (r"(?P<a>{J})\s*(?:以前|まで)", lambda f: (None, _a(f))),
    (r"(?P<a>{J})(?=\s*(?:の{P}|に(?:発表|公開|出版|刊行|出た|書かれた|掲載)))", lambda f: (_a(f), _a(f))),
)
_DOCUMENTS = r"(?:papers?|articles?|studies|works?|publications?|preprints?|research|literature|notes?)"
_PUBLISHED = r"(?:published|released|appear(?:ed|ing)|dated|posted)"
_TIED_BEFORE = re.compile(
    rf"(?:{_DOCUMENTS}(?: (?:that|which) (?:were|are|was))?(?: {_PUBLISHED}| written)?|{_PUBLISHED})\s*(?:only\s*)?$",
    re.IGNORECASE,
)
_TIED_AFTER = re.compile(
    rf"\s*の?(?:論文|研究|文献)|\s*に(?:発表|公開|出版|刊行|書か|掲載)された.{{0,20}}?(?:論文|研究|文献)|\s+{_DOCUMENTS}\b",
    re.IGNORECASE,
)
_ABOUT_DOCUMENTS = re.compile(rf"\b{_DOCUMENTS}\b|論文|研究|文献", re.IGNORECASE)


def speaks_of_documents(text: str) -> bool:
    """Return whether the text names papers at all, so that "published in 2021" can be about them."""
    return _ABOUT_DOCUMENTS.search(text) is not None


def _compiled(rules: tuple[tuple[str, Reading], ...]) -> tuple[tuple[re.Pattern[str], Reading], ...]:
    parts = {"{D}": _DATE, "{E}": _ENDS, "{Y}": _YEAR, "{J}": _JAPANESE_DATE, "{P}": _PAPERS_JA}
    made = []
    for pattern, reading in rules:
        for name, part in parts.items():
            pattern = pattern.replace(name, part)
        edge = "" if rules is _JAPANESE_RULES else r"(?<![\w-])"
        made.append((re.compile(edge + pattern, re.IGNORECASE), reading))
    return tuple(made)


_COMPILED = (*_compiled(_RULES), *_compiled(_JAPANESE_RULES))
_LAST_YEARS = re.compile(
    rf"(?:\b(?:in|from|of|within|over)\s+)?\b(?:the )?(?:last|past|previous|recent) {_COUNT} years\b", re.IGNORECASE
)
_LAST_YEARS_JA = re.compile(r"(?:過去|直近|ここ|最近)(?:の)?(?P<count>\d{1,2})年(?:間|以内)?")


_MAY_NAME_DATE = re.compile(rf"{_YEAR}|years|年", re.IGNORECASE)
"""A quick look that spares most queries the long patterns."""


def periods_in(text: str, *, today: date | None = None) -> Iterator[Period]:
    """Yield the stretches of dates that the text names, in order, none overlapping another and none turned round.

    Args:
        text: NFKC-normalised.
        today: what "the last three years" counts from; None leaves such words unread.
    """
    found: list[Period] = []
    if not _MAY_NAME_DATE.search(text):
        return
    for pattern, reading in _COMPILED:
        for match in pattern.finditer(text):
            period = _period(match, reading, text)
            if period is not None and not any(_overlap(period, other) for other in found):
                found.append(period)
    if today is not None:
        found += [period for period in _relative(text, today) if not any(_overlap(period, other) for other in found)]
    yield from sorted((period for period in found if not period.is_turned_round), key=lambda period: period.start)


def iso_date(words: str) -> str:
    """Return the ISO date, as exact as it is written, of "12 March 2022", "2022/3", 「2022年3月」; "" for none."""
    year = re.search(_YEAR, words)
    if year is None:
        return ""
    named = re.search(_MONTH, words, re.IGNORECASE)
    if named:
        month = _MONTHS.index(named[0][:3].lower()) + 1
        day = re.search(r"(?<!\d)(\d{1,2})(?!\d)", words.replace(year[0], " ", 1))
        parts = [year[0], f"{month:02d}", *([f"{int(day[1]):02d}"] if day else [])]
    else:
        rest = re.findall(r"\d{1,2}", words[year.end() :])
        parts = [year[0], *(f"{int(number):02d}" for number in rest[:2])]
    return "-".join(parts) if _is_date(parts) else ""


def following(day: str) -> str:
    """Return the date after, of the same exactness: 2022 → 2023, 2022-12 → 2023-01."""
    return _shifted(day, 1)


def preceding(day: str) -> str:
    """Return the date before, of the same exactness: 2022-01 → 2021-12."""
    return _shifted(day, -1)


def _shifted(day: str, step: int) -> str:
    numbers = [int(part) for part in day.split("-")] if day else []
    if len(numbers) == 3:
        return (date(*numbers) + timedelta(days=step)).isoformat()
    if len(numbers) == 2:
        months = numbers[0] * 12 + numbers[1] - 1 + step
        return f"{months // 12:04d}-{months % 12 + 1:02d}"
    return f"{numbers[0] + step:04d}" if numbers else ""


def _period(match: re.Match[str], reading: Reading, text: str) -> Period | None:
    first, last = reading(match)
    if "" in (first, last):
        return None
    is_tied = _TIED_BEFORE.search(text[: match.start()]) is not None or _TIED_AFTER.match(text, match.end()) is not None
    return Period(match.start(), match.end(), first, last, is_tied)


def _relative(text: str, today: date) -> Iterator[Period]:
    for pattern in (_LAST_YEARS, _LAST_YEARS_JA):
        for match in pattern.finditer(text):
            word = match["count"].lower()
            count = int(word) if word.isdigit() else _NUMBERS.get(word, 2 if word == "couple of" else 3)
            is_tied = _TIED_BEFORE.search(text[: match.start()]) is not None or bool(
                _TIED_AFTER.match(text, match.end())
            )
            start = match.start() + len(match[0]) - len(match[0].lstrip())
            yield Period(start, match.end(), f"{today.year - count:04d}", None, is_tied)


def _is_date(parts: list[str]) -> bool:
    numbers = [int(part) for part in parts]
    try:
        date(*[*numbers, 1, 1][:3])
    except ValueError:
        return False
    return EARLIEST_YEAR <= numbers[0] <= LATEST_YEAR


def _overlap(one: Period, other: Period) -> bool:
    return one.start < other.end and other.start < one.end
