"""Whether the numbers of a claim, their units and their bounds are those of the text it cites."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal

from app.answering.evidence_text import EvidenceText
from app.answering.hedges import Bound, bound_of
from app.answering.numbers import Number, folded, numbers_in
from app.answering.records import Check, Verdict

SURE_COVERAGE = 0.75
"""From this share of the claim's terms in one sentence on, another number there is a contradiction."""

_COUNTS_OF_A_LIST = frozenset(("two", "three", "二", "三"))
"""A writer counts what a text lists ("two data sets, A and B"); such a count fails only against another one."""

_HUNDRED = Decimal(100)


def check_numbers(claim: str, evidence: EvidenceText) -> tuple[Check, Verdict]:
    """Check that every number of the claim occurs with its unit; where the nearest sentence has another, contradict."""
    text = folded(claim)
    numbers = numbers_in(text)
    absent = [number for number in numbers if not matching(number, text, evidence.numbers)]
    if not absent:
        found = ", ".join(number.text for number in numbers[:6])
        return Check("numbers", True, f"found {found}" if numbers else "no numbers"), Verdict.SUPPORTED
    rival = _rival(absent[0], text, evidence)
    if rival is not None:
        detail = f"the claim says {absent[0].text.strip()}, the cited text {rival.text.strip()}"
        return Check("numbers", False, detail), Verdict.CONTRADICTED
    absent = [number for number in absent if number.text.strip().lower() not in _COUNTS_OF_A_LIST]
    if not absent:
        return Check("numbers", True, "only counts of what is listed"), Verdict.SUPPORTED
    listed = ", ".join(number.text.strip() for number in absent[:5])
    return Check("numbers", False, f"{listed} not in the cited text"), Verdict.NOT_FOUND


def check_bounds(claim: str, evidence: EvidenceText) -> tuple[Check, Verdict]:
    """Check that "up to" and "at least" neither vanish nor turn; "about" may go."""
    text = folded(claim)
    for number in numbers_in(text):
        places = matching(number, text, evidence.numbers)
        bounds = {bound_of(place, evidence.joined) for place in places}
        own = bound_of(number, text)
        if not bounds or own in bounds or Bound.EXACT in bounds or Bound.ABOUT in bounds:
            continue
        stated = " / ".join(sorted(bounds))
        if own in (Bound.UPPER, Bound.LOWER):
            detail = f"{number.text.strip()} is an {own} bound in the claim, {stated} in the cited text"
            return Check("bounds", False, detail), Verdict.CONTRADICTED
        return Check("bounds", False, f"{number.text.strip()} lost its {stated} bound"), Verdict.NOT_FOUND
    return Check("bounds", True, "no bound lost"), Verdict.SUPPORTED


def matching(number: Number, text: str, others: Sequence[Number]) -> list[Number]:
    """Return the numbers among `others` that state the same as `number` of `text`."""
    is_rough = bound_of(number, text) is Bound.ABOUT
    return [other for other in others if _is_same(number, other, is_rough=is_rough)]


def _is_same(number: Number, other: Number, *, is_rough: bool) -> bool:
    if number.unit and other.unit and number.unit.base != other.unit.base:
        return False
    value, stated = abs(number.value), abs(other.value)
    if value == stated or (is_rough and _rounded(stated, like=value) == value):
        return True
    if number.unit and other.unit is None and number.unit.base == "%":
        return value == stated * _HUNDRED and stated <= 1
    if number.unit and other.unit is None:
        return value == stated * number.unit.factor
    return number.unit is None and other.unit is not None and value * other.unit.factor == stated


def _rounded(value: Decimal, *, like: Decimal) -> Decimal:
    exponent = like.normalize().as_tuple().exponent
    return (
        value.quantize(Decimal(1).scaleb(int(exponent)), rounding=ROUND_HALF_UP) if value < Decimal(10) ** 20 else value
    )


def _rival(number: Number, text: str, evidence: EvidenceText) -> Number | None:
    """Return the one number of the same unit in the nearest sentence, where that sentence says the same otherwise."""
    if not evidence.is_same_language or evidence.window_coverage < SURE_COVERAGE:
        return None
    window = folded(evidence.window)
    base = number.unit.base if number.unit else None
    alike = [other for other in numbers_in(window) if (other.unit.base if other.unit else None) == base]
    own = [other for other in numbers_in(text) if (other.unit.base if other.unit else None) == base]
    rivals = [other for other in alike if not matching(other, window, own)]
    return rivals[0] if len(rivals) == 1 and len(alike) == len(own) else None
