"""Furniture, columns and tables over both columns, on fragments placed by hand."""

from fragments_by_hand import make_fragment

from ingest.pdf.columns import find_gutter, reading_order
from ingest.pdf.fragments import Fragment
from ingest.pdf.furniture import furniture_of
from ingest.pdf.lines import lines_of


def columns(first: float, last: float) -> list[Fragment]:
    found = []
    baseline = first
    while baseline <= last:
        found.append(make_fragment(f"left {baseline:.0f}", x0=60, x1=290, baseline=baseline))
        found.append(make_fragment(f"right {baseline:.0f}", x0=320, x1=550, baseline=baseline))
        baseline += 12
    return found


def read(fragments: list[Fragment]) -> list[str]:
    return [line.text for line in lines_of(reading_order(fragments, gutter=find_gutter(fragments)), page=1)]


def test_gutter_lies_between_the_columns():
    assert 290 <= find_gutter(columns(100, 700)) <= 320


def test_one_column_has_no_gutter():
    lines = [make_fragment("a line of one column", x0=60, x1=550, baseline=100 + 12 * n) for n in range(40)]
    assert find_gutter(lines) is None


def test_full_width_line_parts_the_columns_above_from_those_below():
    across = make_fragment("a caption across the page", x0=60, x1=550, baseline=400)
    texts = read([*columns(100, 380), across, *columns(430, 700)])
    at = texts.index("a caption across the page")
    assert "right 376" in texts[:at]
    assert "left 430" in texts[at:]


def test_table_over_both_columns_is_read_by_rows():
    table = [
        make_fragment(f"{name}{row}", x0=x, x1=x + 30, baseline=100 + 12 * row)
        for row in range(6)
        for name, x in (("a", 80), ("b", 200), ("c", 350), ("d", 480))
    ]
    texts = read([*table, *columns(220, 700)])
    assert texts[:2] == ["a0 b0 c0 d0", "a1 b1 c1 d1"]


def test_numbers_of_lines_are_furniture():
    numbers = [make_fragment(str(n + 1), x0=30, x1=40, baseline=100 + 12 * n) for n in range(30)]
    lines = [make_fragment("a line of the manuscript's text", x0=60, x1=550, baseline=100 + 12 * n) for n in range(30)]
    (found,) = furniture_of([(numbers + lines, 792.0)])
    assert found == frozenset(range(30))


def test_running_heads_recur_with_other_numbers():
    def page(number: int) -> list[Fragment]:
        head = make_fragment(f"Cranes and Drones {number}", x0=60, x1=200, baseline=40)
        return [head, make_fragment(f"a first line of page {number}", x0=60, x1=550, baseline=100)]

    found = furniture_of([(page(number), 792.0) for number in range(1, 7)])
    assert found == [frozenset({0})] * 6
