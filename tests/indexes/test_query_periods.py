from datetime import date

import pytest

from indexes.query.periods import Period, following, iso_date, periods_in, preceding


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("since 2023", "2023", None),
        ("after March 2022", "2022-04", None),
        ("after 31 December 2021", "2022-01-01", None),
        ("between 2019 and 2021", "2019", "2021"),
        ("from May 2019 to June 2020", "2019-05", "2020-06"),
        ("2019-2021", "2019", "2021"),
        ("2020 or later", "2020", None),
        ("before 2020", None, "2019"),
        ("before 2020-03-01", None, "2020-02-29"),
        ("no later than 2018", None, "2018"),
        ("in the last five years", "2021", None),
        ("2023年以降", "2023", None),
        ("2020年1月から2022年3月まで", "2020-01", "2022-03"),
        ("2022年12月より後", "2023-01", None),
        ("2018年以前", None, "2018"),
        ("直近3年", "2023", None),
    ],
)
def test_stretch_of_dates_is_read(text: str, first: str | None, last: str | None) -> None:
    (period,) = periods_in(text, today=date(2026, 11, 22))
    assert (period.first, period.last) == (first, last)


@pytest.mark.parametrize(
    "text",
    ["after 2000 steps", "since 2019-nCoV", "since 3023", "2,020", "version 2.2020", "after 2022-13", "in 20201"],
)
def test_numbers_that_are_no_dates_are_left(text: str) -> None:
    assert list(periods_in(text)) == []


def test_words_that_count_from_today_need_a_today() -> None:
    assert list(periods_in("in the last five years")) == []


@pytest.mark.parametrize(
    ("words", "iso"),
    [("12 March 2022", "2022-03-12"), ("Sept. 2021", "2021-09"), ("2022年3月5日", "2022-03-05"), ("31 June 2020", "")],
)
def test_date_is_as_exact_as_it_is_written(words: str, iso: str) -> None:
    assert iso_date(words) == iso


def test_neighbours_of_a_date_are_as_exact_as_it_is() -> None:
    assert (following("2022"), following("2022-12"), following("2024-02-28")) == ("2023", "2023-01", "2024-02-29")
    assert (preceding("2022"), preceding("2022-01"), preceding("2022-03-01")) == ("2021", "2021-12", "2022-02-28")


def test_a_stretch_is_turned_round_where_one_stretch_is_left() -> None:
    assert Period(0, 1, "2020", None).opposite() == (None, "2019")
    assert Period(0, 1, None, "2020-05").opposite() == ("2020-06", None)
    assert Period(0, 1, "2019", "2021").opposite() is None
