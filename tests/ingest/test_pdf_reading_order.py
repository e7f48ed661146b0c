"""Sidebars, boxes that push a column aside, first lines of columns, running heads and line numbers, placed by hand."""

from fragments_by_hand import make_fragment

from ingest.pdf.columns import find_gutter, reading_order
from ingest.pdf.fragments import Fragment
from ingest.pdf.furniture import furniture_of
from ingest.pdf.line_numbers import line_numbers
from ingest.pdf.lines import lines_of
from ingest.pdf.running_heads import running_heads
from ingest.pdf.sidebars import find_sidebar, information_of

HEIGHT = 792.0
WORDS = ("cranes", "drones", "marshes", "wings", "cameras", "winters", "heights")
INFORMATION = ["Received", "1 May 2019", "Accepted", "3 June 2019", "Edited by", "A. Heron", "DOI", "10.1000/birds.7"]


def wide_lines(name: str, *, x0: float, x1: float, first: float, count: int, leading: float = 12) -> list[Fragment]:
    return [make_fragment(f"{name} {n}", x0=x0, x1=x1, baseline=first + leading * n) for n in range(count)]


def sidebar_page(texts: list[str]) -> list[Fragment]:
    side = [make_fragment(text, x0=40, x1=120, baseline=205 + 9.5 * n, size=8) for n, text in enumerate(texts)]
    title = make_fragment("Counting Cranes from Quiet Drones over Wetlands", x0=40, x1=500, baseline=150, size=18)
    main = wide_lines("main", x0=160, x1=550, first=200, count=14)
    return [*side, title, *main, *wide_lines("below", x0=40, x1=550, first=420, count=20)]


def read(fragments: list[Fragment]) -> list[str]:
    return [line.text for line in lines_of(reading_order(fragments, gutter=find_gutter(fragments)), page=1)]


def test_article_information_beside_the_abstract_is_furniture():
    page = sidebar_page(INFORMATION)
    (found,) = furniture_of([(page, HEIGHT)])
    assert [page[place].text for place in sorted(found)] == INFORMATION


def test_information_that_runs_past_a_heading_in_the_margin_is_held_whole():
    page = [part for part in sidebar_page(INFORMATION) if not part.text.startswith("below")]
    page.append(make_fragment("1 A heading that hangs into the margin", x0=110, x1=400, baseline=229))
    sidebar = find_sidebar(page)
    assert {page[place].text for place in information_of(sidebar, page, page=1)} == set(INFORMATION)


def test_margin_note_is_read_after_the_text_beside_it():
    notes = ["cranes sleep", "standing in", "shallow water", "until the ice", "drives them on"]
    texts = read(sidebar_page(notes))
    main = [f"main {n}" for n in range(14)]
    assert texts == [
        "Counting Cranes from Quiet Drones over Wetlands",
        *main,
        *notes,
        *[f"below {n}" for n in range(20)],
    ]


def test_terms_of_a_list_are_no_sidebar():
    terms = [make_fragment(f"term {n} of it", x0=40, x1=120, baseline=200 + 24 * n) for n in range(7)]
    page = [*terms, *wide_lines("main", x0=160, x1=550, first=200, count=14)]
    page += wide_lines("below", x0=40, x1=550, first=420, count=20)
    assert find_sidebar(page) is None


def test_column_beside_a_boxed_abstract_goes_on_below_it():
    box = wide_lines("abstract", x0=50, x1=370, first=150, count=15, leading=14)
    top = wide_lines("right top", x0=385, x1=550, first=150, count=18)
    left = wide_lines("left", x0=50, x1=290, first=390, count=25)
    right = wide_lines("right", x0=308, x1=550, first=366, count=27)
    texts = read([*box, *top, *left, *right])
    order = [
        texts.index(text) for text in ("abstract 14", "left 0", "left 24", "right top 0", "right top 17", "right 0")
    ]
    assert order == sorted(order)


def test_first_lines_of_columns_stay_in_them_where_most_lines_are_set_in():
    left = [make_fragment("left first", x0=67, x1=290, baseline=60), *entries("left", 60)]
    right = [make_fragment("right first", x0=328, x1=550, baseline=60), *entries("right", 320)]
    texts = read([*left, *right])
    assert texts.index("left second 9") < texts.index("right first")


def entries(name: str, x0: float) -> list[Fragment]:
    found = []
    for n in range(10):
        found.append(make_fragment(f"{name} one {n}", x0=x0, x1=x0 + 228, baseline=80 + 60 * n))
        found += [
            make_fragment(f"{name} {word} {n}", x0=x0 + 12, x1=x0 + 228, baseline=92 + 60 * n + 12 * at)
            for at, word in enumerate(("first", "second", "third", "fourth"))
        ]
    return found


def page_of(head: str, foot: str, *, number: int) -> tuple[list[Fragment], float]:
    body = [make_fragment(f"words {number} {n} of this page", x0=60, x1=550, baseline=100 + 12 * n) for n in range(50)]
    rows = [make_fragment(head, x0=60, x1=250, baseline=50, size=9), *body]
    return [*rows, make_fragment(foot, x0=280, x1=330, baseline=760, size=9)], HEIGHT


def test_heads_that_change_on_every_page_are_furniture_by_their_place():
    heads = ["A. Heron", "Wings and water", "Counting", "Cameras", "On the marsh", "Results of winter", "Heights"]
    pages = [page_of(head, str(41 + n), number=n) for n, head in enumerate(heads)]
    assert running_heads(pages) == [frozenset({0, 51})] * len(heads)


def test_first_lines_of_the_text_are_no_running_heads():
    pages = []
    for n, word in enumerate(WORDS):
        rows, height = page_of("x", "1", number=n)
        pages.append(([make_fragment(f"on {word} they rest", x0=60, x1=550, baseline=88), *rows[1:-1]], height))
    assert running_heads(pages) == [frozenset()] * 7


def test_first_lines_of_a_manuscript_in_double_spacing_are_no_running_heads():
    pages = []
    for word in WORDS:
        lines = [make_fragment(f"{word} rest {n * n}", x0=60, x1=550, baseline=72 + 24 * n) for n in range(28)]
        pages.append((lines, HEIGHT))
    assert running_heads(pages) == [frozenset()] * len(pages)


def test_first_rows_of_dense_tables_are_no_running_heads():
    pages = []
    for word in WORDS:
        first = make_fragment(f"{word} counted", x0=60, x1=250, baseline=60, size=9)
        rows = [make_fragment(f"{word} {n}", x0=60, x1=250, baseline=74 + 8 * n, size=9) for n in range(80)]
        pages.append(([first, *rows], HEIGHT))
    assert running_heads(pages) == [frozenset()] * len(pages)


def test_titles_of_slides_are_no_running_heads():
    pages = []
    for n, title in enumerate(["Cranes", "Drones at dusk", "Marshes", "Counting", "Wings"]):
        rows, height = page_of("x", str(n + 1), number=n)
        pages.append(([make_fragment(title, x0=60, x1=250, baseline=60, size=20), *rows[1:-1]], height))
    assert running_heads(pages) == [frozenset()] * 5


def test_address_with_the_page_number_on_either_side_recurs():
    pages = []
    for n, foot in enumerate(
        ["www.birds.example 11", "12 www.birds.example", "www.birds.example 13", "14 birds.example"]
    ):
        rows, height = page_of("x", "1", number=n)
        pages.append(([*rows[1:-1], make_fragment(foot, x0=60, x1=170, baseline=760)], height))
    assert running_heads(pages) == [frozenset({50})] * 3 + [frozenset()]


def manuscript(step: int, *, first: int, rows: int = 30) -> list[Fragment]:
    lines = [make_fragment("a line of the manuscript's text", x0=80, x1=550, baseline=60 + 22 * n) for n in range(rows)]
    counted = [n for n in range(rows) if (first + n) % step == 0]
    return lines + [make_fragment(str(first + n), x0=40, x1=52, baseline=60 + 22 * n, size=7) for n in counted]


def test_every_fifth_line_is_numbered_on_through_the_pages():
    pages = [manuscript(5, first=1 + 30 * n) for n in range(4)]
    assert [len(found) for found in line_numbers(pages)] == [6, 6, 6, 6]


def test_numbered_rows_of_one_table_are_kept():
    rows = [make_fragment(str(n + 1), x0=60, x1=70, baseline=100 + 12 * n) for n in range(40)]
    rows += [make_fragment("a compound with a long name", x0=90, x1=300, baseline=100 + 12 * n) for n in range(40)]
    plain = [make_fragment("a line of the paper's own text", x0=60, x1=550, baseline=60 + 12 * n) for n in range(50)]
    assert line_numbers([plain, rows, plain, plain]) == [frozenset()] * 4


def small_page_on_a_large_sheet(head: str, *, number: int, last: str = "") -> tuple[list[Fragment], float]:
    lines = [
        make_fragment(f"{WORDS[number]} over {word} {n}", x0=118, x1=476, baseline=156 + 12 * n)
        for n, word in enumerate(WORDS * 6)
    ]
    foot = [make_fragment(last, x0=450, x1=476, baseline=lines[-1].baseline)] if last else []
    return [make_fragment(head, x0=118, x1=300, baseline=126, size=9), *lines, *foot], HEIGHT


def test_heads_of_small_pages_on_large_sheets_are_found_below_the_margin():
    pages = [small_page_on_a_large_sheet(f"{210 + n} M. HERON AND S. STORK", number=n) for n in range(6)]
    assert running_heads(pages) == [frozenset({0})] * 6


def test_number_of_a_formula_on_the_last_line_is_no_page_number():
    pages = [small_page_on_a_large_sheet("M. HERON", number=n, last=f"({3 * n + 5})") for n in range(6)]
    assert running_heads(pages) == [frozenset({0})] * 6


def test_numbered_headings_at_one_height_under_a_head_are_no_running_heads():
    pages = []
    for n in range(6):
        rows, height = page_of("Silent flight", "x", number=n)
        title = make_fragment(f"{n + 2} Reproduction of Figure {n}", x0=60, x1=250, baseline=80, size=14)
        pages.append(([rows[0], title, *rows[1:-1]], height))
    assert running_heads(pages) == [frozenset({0})] * 6


def test_feet_of_slides_two_to_a_page_are_furniture_in_the_middle_too():
    pages = []
    for n, word in enumerate(WORDS):
        words = [make_fragment(f"{word} rest {k * k}", x0=60, x1=550, baseline=100 + 12 * k) for k in range(20)]
        foot = [
            make_fragment("Copyright of the Marsh Institute", x0=60, x1=250, baseline=400, size=8),
            make_fragment(f"Counting Birds: Slide {2 * n + 1}", x0=400, x1=500, baseline=400, size=8),
        ]
        pages.append(([*words, *foot], HEIGHT))
    assert running_heads(pages) == [frozenset({20, 21})] * len(WORDS)


def test_columns_of_many_formulas_are_read_one_after_the_other():
    left = wide_lines("left", x0=60, x1=290, first=100, count=20)
    right = wide_lines("right", x0=320, x1=550, first=100, count=6)
    signs = [
        make_fragment(sign, x0=330 + 12 * at, x1=335 + 12 * at, baseline=180 + 3 * row)
        for row in range(50)
        for at, sign in enumerate("abcde")
    ]
    regions = reading_order([*left, *right, *signs], gutter=305)
    assert [region.column for region in regions] == ["l", "r"]


def test_numbers_that_count_the_pages_on_their_last_lines_are_furniture_above_the_margin():
    pages = []
    for n in range(6):
        lines = [
            make_fragment(f"{WORDS[n]} over {k * k} {word}", x0=60, x1=550, baseline=200 + 12 * k)
            for k, word in enumerate(WORDS)
        ]
        number = make_fragment(str(n + 3), x0=300, x1=310, baseline=300)
        pages.append(([*lines, number], HEIGHT))
    assert running_heads(pages) == [frozenset({7})] * 6
