"""Text to the numbers it states, with unit and bound, so that 1,000 is 1000, 3万 is 30000 and seven is 7.

Digits inside names (GPT-4, H1N1) are no numbers here; `app.answering.names` reads those.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

from app.answering.units import MONTHS, SCALES, WORD_NUMBERS, Unit, read_unit

_SUPERSCRIPTS = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺", "0123456789-+")
_MARKER = re.compile(r"\[\s*\d+(?:\s*[,;–-]\s*\d+)*\s*\]")
_DIGITS = r"\d{1,3}(?:[,\u2009\u202f\u00a0]\d{3})+(?:\.\d+)?|\d+(?:[.·]\d+)?|\.\d+"
_NUMBER = re.compile(
    rf"(?P<sign>(?<![\w)\]])[-−])?(?<![\d.])(?P<digits>{_DIGITS})"
    rf"(?P<power>\s?[×x*·]\s?10\s?\^?\s?\{{?(?P<exponent>[-−–]?\d{{1,3}})\}}?|[eE](?P<e>[-−+]?\d{{1,3}})(?!\w))?"
)
_POWER_OF_TEN = re.compile(r"(?<![\w.])10\s?\^\s?\{?(?P<exponent>[-−–]?\d{1,3})\}?")
_KANJI_SCALED = re.compile(r"(?:\d+(?:,\d{3})*(?:\.\d+)?[千万億兆])+(?:\d+(?:,\d{3})*)?")
_KANJI_PART = re.compile(r"(?P<digits>[\d,.]+)(?P<scale>[千万億兆]?)")
_KANJI_COUNT = re.compile(r"(?<![一-龥])(?P<digit>[二三四五六七八九十])(?=つ|種|人|個|回|段階|倍|層|点|か所|年|件|名)")
_WORDS = re.compile(
    r"(?<![\w-])(?P<words>(?:" + "|".join(sorted(WORD_NUMBERS, key=len, reverse=True)) + r")"
    r"(?:(?:[\s-]|\sand\s)(?:" + "|".join(sorted(WORD_NUMBERS, key=len, reverse=True)) + r"))*)(?![\w])",
    re.IGNORECASE,
)
_SCALE_WORD = re.compile(r"[\s-]?(?P<word>thousand|million|billion|trillion)s?\b|(?P<letter>[KkMBT])(?![A-Za-z0-9])")
_MONTH = re.compile(r"\b(?P<name>" + "|".join(MONTHS) + r")\b|(?<!\d)(?P<number>1[0-2]|[1-9])月", re.IGNORECASE)
_ISO_DATE = re.compile(r"(?<!\d)(?P<year>[12]\d{3})-(?P<month>0[1-9]|1[0-2])-(?P<day>[0-3]\d)(?!\d)")
_MONTH_OF_YEAR = Unit("month of the year")
_RANGE_AFTER = re.compile(rf"\s?(?:-|–|—|~|〜|～|to|から)\s?(?:{_DIGITS})")
_GOES_ON = re.compile(r"\.\d")
_GOES_ON_BEFORE = re.compile(r"\d\.$")
_TIMES_BEFORE = re.compile(r"\d\s?[×x*·]\s?$")
_NAME_BEFORE = re.compile(r"[A-Za-zα-ωΑ-Ω_](?:[-‐‑])?$")
_KANJI_DIGITS = {character: value for value, character in enumerate("一二三四五六七八九十", start=1)}


@dataclass(frozen=True, slots=True)
class Number:
    """A number of a text: its value in the unit's base, what stands there, and where (offsets into the given text)."""

    value: Decimal
    unit: Unit | None
    text: str
    start: int
    end: int


def folded(text: str) -> str:
    """Return the text with full-width forms, superscript exponents and odd signs made plain, and markers blanked."""
    text = re.sub(r"(?<=10)[⁰¹²³⁴⁵⁶⁷⁸⁹⁻⁺]+", lambda found: "^" + found.group().translate(_SUPERSCRIPTS), text)
    text = re.sub(r"[⁰¹²³⁴⁵⁶⁷⁸⁹]+", " ", text)
    text = unicodedata.normalize("NFKC", text)
    return _MARKER.sub(lambda found: " " * len(found.group()), text)


def numbers_in(text: str) -> tuple[Number, ...]:
    """Return the numbers of a text that `folded` gave, in order of place, without overlap."""
    found: list[Number] = []
    taken = bytearray(len(text) + 1)
    for read in (_powers, _months, _kanji, _plain, _spelled):
        for number in read(text):
            if not any(taken[number.start : number.end]):
                taken[number.start : number.end] = b"\x01" * (number.end - number.start)
                found.append(number)
    return tuple(sorted(found, key=lambda number: number.start))


def _powers(text: str) -> list[Number]:
    powers = []
    for match in _POWER_OF_TEN.finditer(text):
        if _TIMES_BEFORE.search(text[max(0, match.start() - 4) : match.start()]):
            continue
        powers.append(Number(Decimal(1).scaleb(_integer(match["exponent"])), None, match.group(), *match.span()))
    return powers


def _months(text: str) -> list[Number]:
    months = []
    for date in _ISO_DATE.finditer(text):
        months.append(Number(Decimal(int(date["year"])), None, date["year"], *date.span("year")))
        months.append(Number(Decimal(int(date["month"])), _MONTH_OF_YEAR, date["month"], *date.span("month")))
        months.append(Number(Decimal(int(date["day"])), None, date["day"], *date.span("day")))
    for match in _MONTH.finditer(text):
        if match["name"] and not match["name"][0].isupper():
            continue
        value = MONTHS.index(match["name"].lower()) % 12 + 1 if match["name"] else int(match["number"])
        months.append(Number(Decimal(value), _MONTH_OF_YEAR, match.group(), *match.span()))
    return months


def _kanji(text: str) -> list[Number]:
    numbers = []
    for match in _KANJI_SCALED.finditer(text):
        value = Decimal(0)
        for part in _KANJI_PART.finditer(match.group()):
            digits = part["digits"].strip(",.")
            if digits:
                value += Decimal(digits.replace(",", "")) * SCALES[part["scale"]]
        numbers.append(_with_unit(text, value, match.start(), match.end()))
    for match in _KANJI_COUNT.finditer(text):
        numbers.append(Number(Decimal(_KANJI_DIGITS[match["digit"]]), None, match.group(), *match.span()))
    return numbers


def _plain(text: str) -> list[Number]:
    numbers = []
    for match in _NUMBER.finditer(text):
        start = match.start("digits")
        if match["sign"] is None and _NAME_BEFORE.search(text[max(0, start - 2) : start]):
            continue
        if _GOES_ON.match(text, match.end()) or _GOES_ON_BEFORE.search(text[max(0, start - 2) : start]):
            continue
        number = _read_plain(text, match)
        if number is not None:
            numbers.append(number)
    return numbers


def _read_plain(text: str, match: re.Match[str]) -> Number | None:
    try:
        value = Decimal(re.sub(r"[,\u2009\u202f\u00a0\s]", "", match["digits"]).replace("·", "."))
    except InvalidOperation:
        return None
    exponent = match["exponent"] or match["e"]
    if exponent:
        value = value.scaleb(_integer(exponent))
    if match["sign"]:
        value = -value
    end = match.end()
    scale = _SCALE_WORD.match(text, end)
    if scale:
        value *= SCALES[scale["word"] or scale["letter"].upper()]
        end = scale.end()
    number = _with_unit(text, value, match.start(), end)
    if number.unit is None and number.end == end and re.match(r"[A-Za-z]", text[end : end + 1]):
        return None
    return number


def _spelled(text: str) -> list[Number]:
    numbers = []
    for match in _WORDS.finditer(text):
        words = re.split(r"\sand\s|[\s-]", match["words"].lower())
        if words in (["one"], ["a"]):
            continue
        value, group = Decimal(0), Decimal(0)
        for word in words:
            amount = WORD_NUMBERS[word]
            if amount >= 1000:
                value, group = value + (group or 1) * amount, Decimal(0)
            elif amount == 100:
                group = (group or Decimal(1)) * 100
            else:
                group += amount
        numbers.append(_with_unit(text, value + group, *match.span()))
    return numbers


def _with_unit(text: str, value: Decimal, start: int, end: int) -> Number:
    read = read_unit(text, end)
    if read is None:
        upper = _RANGE_AFTER.match(text, end)
        shared = read_unit(text, upper.end()) if upper else None
        unit = shared[0] if shared else None
        return Number(value * (unit.factor if unit else 1), unit, text[start:end], start, end)
    unit, unit_end = read
    return Number(value * unit.factor, unit, text[start:unit_end], start, unit_end)


def _integer(text: str) -> int:
    return int(text.replace("−", "-").replace("–", "-"))
