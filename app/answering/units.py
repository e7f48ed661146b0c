"""The words and signs that stand for units, scales and numbers, and what each is worth in its base unit."""

from __future__ import annotations

import re
from dataclasses import dataclass
from decimal import Decimal


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit's base (two units compare when it is equal) and how many of the base one of it makes."""

    base: str
    factor: Decimal = Decimal(1)


def _unit_table() -> dict[str, Unit]:
    rows = {
        "%": ("%", "1"),
        "second": ("s", "1"),
        "millisecond": ("s", "0.001"),
        "minute": ("s", "60"),
        "hour": ("s", "3600"),
        "day": ("day", "1"),
        "week": ("day", "7"),
        "month": ("month", "1"),
        "year": ("month", "12"),
        "point": ("point", "1"),
        "times": ("times", "1"),
        "kilogram": ("g", "1000"),
        "gram": ("g", "1"),
        "milligram": ("g", "0.001"),
        "microgram": ("g", "0.000001"),
        "kilometre": ("m", "1000"),
        "metre": ("m", "1"),
        "centimetre": ("m", "0.01"),
        "millimetre": ("m", "0.001"),
        "micrometre": ("m", "0.000001"),
        "nanometre": ("m", "0.000000001"),
        "litre": ("l", "1"),
        "millilitre": ("l", "0.001"),
        "microlitre": ("l", "0.000001"),
        "kilobyte": ("byte", "1000"),
        "megabyte": ("byte", "1000000"),
        "gigabyte": ("byte", "1000000000"),
        "terabyte": ("byte", "1000000000000"),
        "hertz": ("Hz", "1"),
        "kilohertz": ("Hz", "1000"),
        "megahertz": ("Hz", "1000000"),
        "gigahertz": ("Hz", "1000000000"),
        "celsius": ("°C", "1"),
        "volt": ("V", "1"),
        "watt": ("W", "1"),
        "kilowatt": ("W", "1000"),
    }
    return {name: Unit(base, Decimal(factor)) for name, (base, factor) in rows.items()}


_UNITS = _unit_table()

_SIGNS = {
    "%": "%", "percent": "%", "per cent": "%", "パーセント": "%", "割": "tenth",
    "ms": "millisecond", "msec": "millisecond", "ミリ秒": "millisecond", "millisecond": "millisecond",
    "s": "second", "sec": "second", "secs": "second", "second": "second", "秒": "second",
    "min": "minute", "mins": "minute", "minute": "minute", "分間": "minute", "分": "minute",
    "h": "hour", "hr": "hour", "hrs": "hour", "hour": "hour", "時間": "hour",
    "d": "day", "day": "day", "日間": "day", "week": "week", "wk": "week", "週間": "week", "週": "week",
    "month": "month", "か月": "month", "ヶ月": "month", "カ月": "month", "ヵ月": "month",
    "year": "year", "年間": "year",
    "point": "point", "pp": "point", "pt": "point", "ポイント": "point",
    "times": "times", "fold": "times", "x": "times", "×": "times", "倍": "times",
    "kg": "kilogram", "kilogram": "kilogram", "g": "gram", "gram": "gram", "グラム": "gram", "mg": "milligram",
    "μg": "microgram", "ug": "microgram",
    "km": "kilometre", "m": "metre", "meter": "metre", "metre": "metre", "メートル": "metre", "cm": "centimetre",
    "mm": "millimetre", "μm": "micrometre", "um": "micrometre", "nm": "nanometre",
    "l": "litre", "L": "litre", "ml": "millilitre", "mL": "millilitre", "μl": "microlitre", "μL": "microlitre",
    "KB": "kilobyte", "kB": "kilobyte", "MB": "megabyte", "GB": "gigabyte", "TB": "terabyte",
    "Hz": "hertz", "kHz": "kilohertz", "MHz": "megahertz", "GHz": "gigahertz",
    "°C": "celsius", "℃": "celsius", "V": "volt", "W": "watt", "kW": "kilowatt",
}  # fmt: skip
_UNITS["tenth"] = Unit("%", Decimal(10))

_SIGN = re.compile(
    r"[\s-]?(?P<latin>"
    + "|".join(sorted((re.escape(s) for s in _SIGNS if s.isascii() and s.isalpha()), key=len, reverse=True))
    + r")s?(?![A-Za-z])|[\s-]?(?P<other>"
    + "|".join(sorted((re.escape(s) for s in _SIGNS if not (s.isascii() and s.isalpha())), key=len, reverse=True))
    + r")"
)

SCALES = {
    "": Decimal(1), "千": Decimal(10**3), "万": Decimal(10**4), "億": Decimal(10**8), "兆": Decimal(10**12),
    "thousand": Decimal(10**3), "million": Decimal(10**6), "billion": Decimal(10**9), "trillion": Decimal(10**12),
    "K": Decimal(10**3), "M": Decimal(10**6), "B": Decimal(10**9), "T": Decimal(10**12),
}  # fmt: skip

_UP_TO_NINETEEN = (
    "zero", "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve",
    "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip

WORD_NUMBERS = {word: Decimal(value) for value, word in enumerate(_UP_TO_NINETEEN)} | {
    "twenty": Decimal(20), "thirty": Decimal(30), "forty": Decimal(40), "fifty": Decimal(50), "sixty": Decimal(60),
    "seventy": Decimal(70), "eighty": Decimal(80), "ninety": Decimal(90), "hundred": Decimal(100),
    "thousand": Decimal(1000), "million": Decimal(10**6), "billion": Decimal(10**9),
}  # fmt: skip

MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip


def read_unit(text: str, at: int) -> tuple[Unit, int] | None:
    """Return the unit that stands at `at` and where it ends, or None where what follows is no unit."""
    sign = _SIGN.match(text, at)
    if sign is None:
        return None
    name = sign["latin"] or sign["other"]
    if name in ("d", "g", "m", "s", "h", "l", "x", "V", "W", "L") and text[at] == "-":
        return None
    return _UNITS[_SIGNS[name]], sign.end()
