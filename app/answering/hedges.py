"""The bounds that stand around numbers: up to, at least, about; 最大, 以上, 約. Lost or turned, they change a claim."""

from __future__ import annotations

import re
from enum import StrEnum

from app.answering.numbers import Number


class Bound(StrEnum):
    """What is said of a number besides its value."""

    EXACT = "exact"
    UPPER = "upper"
    LOWER = "lower"
    ABOUT = "about"


_BEFORE = (
    (Bound.UPPER, r"up to|at most|as (?:much|many|high|large) as|no (?:more|greater|higher|larger) than|not exceeding|"
     r"a maximum of|maximum of|(?:fewer|less|lower|smaller) than|below|under|within|最大で?|最高で?|最長で?|高々|"
     r"[<≤]=?"),
    (Bound.LOWER, r"at least|no (?:less|fewer|lower) than|more than|greater than|higher than|larger than|over|above|"
     r"exceed(?:s|ed|ing)?|a minimum of|minimum of|as (?:few|little|low) as|少なくとも|最低で?|最小で?|[>≥]=?"),
    (Bound.ABOUT, r"about|approximately|approx\.?|around|roughly|nearly|almost|some|circa|ca\.?|close to|約|"
     r"およそ|ほぼ|おおよそ|"
     r"[~〜≈∼]"),
)  # fmt: skip
_AFTER = (
    (Bound.UPPER, r"or (?:less|fewer|lower)|at most|以下|未満|以内|まで|を下回"),
    (Bound.LOWER, r"or (?:more|greater|higher|above)|and above|at least|以上|超|を上回|を超え"),
    (Bound.ABOUT, r"or so|前後|程度|ほど|近く"),
)
_BEFORE_PATTERNS = tuple(
    (bound, re.compile(rf"(?:{words})\s?(?:the |a |an )?[$€£¥]?$", re.IGNORECASE)) for bound, words in _BEFORE
)
_AFTER_PATTERNS = tuple((bound, re.compile(rf"\s?(?:{words})", re.IGNORECASE)) for bound, words in _AFTER)
_REACH = 32
_COUNTER = re.compile(r"(?:羽|匹|頭|人|件|個|回|本|枚|種類?|点|年|名|台|語|文)")


def bound_of(number: Number, text: str) -> Bound:
    """Return the bound that stands directly before or after a number of `text`."""
    before = text[max(0, number.start - _REACH) : number.start]
    for bound, pattern in _BEFORE_PATTERNS:
        if pattern.search(before):
            return bound
    end = number.end
    counter = _COUNTER.match(text, end)
    end = counter.end() if counter else end
    after = text[end : end + _REACH]
    for bound, pattern in _AFTER_PATTERNS:
        if pattern.match(after):
            return bound
    return Bound.EXACT
