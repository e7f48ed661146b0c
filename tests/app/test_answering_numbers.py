from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.answering.hedges import Bound, bound_of
from app.answering.numbers import folded, numbers_in


def values(text: str) -> list[tuple[str, str | None]]:
    numbers = numbers_in(folded(text))
    return [(format(number.value.normalize(), "f"), number.unit.base if number.unit else None) for number in numbers]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("1,000 cranes", [("1000", None)]),
        ("24.2 % of nests", [("24.2", "%")]),
        ("24.2 percent", [("24.2", "%")]),
        ("２４．２％", [("24.2", "%")]),
        ("seven nests", [("7", None)]),
        ("one hundred and five nests", [("105", None)]),
        ("twenty-five", [("25", None)]),
        ("3 million", [("3000000", None)]),
        ("125M parameters", [("125000000", None)]),
        ("3万羽", [("30000", None)]),
        ("1億2000万件", [("120000000", None)]),
        ("三種類", [("3", None)]),
        ("10⁻⁵ and 3×10^-4", [("0.00001", None), ("0.0003", None)]),
        ("1e-5", [("0.00001", None)]),
        ("3–5 kg", [("3000", "g"), ("5000", "g")]),
        ("90 minutes", [("5400", "s")]),
        ("1.5 時間", [("5400", "s")]),
        ("48·0%", [("48", "%")]),
        ("2019年3月", [("2019", None), ("3", "month of the year")]),
        ("March 2019", [("3", "month of the year"), ("2019", None)]),
        ("3.5x faster", [("3.5", "times")]),
        ("-0.5", [("-0.5", None)]),
        ("cited [12] [3, 4]", []),
        ("GPT-4, H1N1, IFITM5 and 2BP", []),
        ("one of them", []),
    ],
)
def test_numbers_in_reads_value_and_unit(text: str, expected: list[tuple[str, str | None]]) -> None:
    assert values(text) == expected


@given(st.integers(0, 10**9))
def test_numbers_in_reads_thousands_with_and_without_commas(value: int) -> None:
    assert [number.value for number in numbers_in(f"x {value:,} y {value}")] == [Decimal(value)] * 2


@given(st.text(max_size=80))
def test_numbers_in_places_are_in_order_and_hold_what_they_say(text: str) -> None:
    text = folded(text)
    position = 0
    for number in numbers_in(text):
        assert position <= number.start < number.end <= len(text)
        position = number.end


@pytest.mark.parametrize(
    ("text", "bound"),
    [
        ("up to 24 nests", Bound.UPPER),
        ("at most 24", Bound.UPPER),
        ("最大24羽", Bound.UPPER),
        ("24羽以下", Bound.UPPER),
        ("at least 24", Bound.LOWER),
        ("more than 24 birds", Bound.LOWER),
        ("24%以上", Bound.LOWER),
        ("about 24", Bound.ABOUT),
        ("約24", Bound.ABOUT),
        ("counted 24 birds", Bound.EXACT),
    ],
)
def test_bound_of_reads_what_stands_around_a_number(text: str, bound: Bound) -> None:
    (number,) = numbers_in(folded(text))
    assert bound_of(number, folded(text)) is bound


@pytest.mark.timeout(20)
@pytest.mark.parametrize("part", ["1,", "1 ", "[1", "1×10", "1万", "A-", "one hundred ", "10^"])
def test_numbers_in_reads_hostile_text_in_linear_time(part: str) -> None:
    text = folded(part * 20_000)
    for number in numbers_in(text):
        bound_of(number, text)
