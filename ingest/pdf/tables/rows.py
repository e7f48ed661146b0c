"""A table's lines to its rows: which of them are its header, and which go on with the row above."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from ingest.pdf.tables.columns import PieceOfLine
from ingest.pdf.tables.rulings import Rule
from ingest.pdf.tables.words import Word

FULL_SHARE = 0.94
"""Share of the widest rule's length; one that leaves out the first column stands under a cell that spans the rest."""
MOST_HEADER_LINES = 8
LONGEST_LEADER_CELL = 10
"""Characters; a shorter run of dots or dashes may be a cell."""
MOST_LINES_UNRULED = 3
"""Lines; a longer body without a rule inside is not one row."""
TIGHT = 1.18
"""Lines whose step is at most this much of the smallest usual one are set as tight as one cell's lines are."""
NUMBER = re.compile(
    r"[(\[]?[<>≤≥~≈±+−–-]?\s?[$€£¥]?\d[\d.,/:×x ±()%‰\[\]–−+-]*[%‰]?[a-zA-Z*†‡]?[)\]]?|"
    r"[-–—]+|n\.?[ad]\.?|N/?A|✓|✗|×"
)
_FIGURE = re.compile(r"[(\[<>~≈≤≥±+−–-]{0,2}\s?[$€£¥]?\.?\d|[-–—]+$|n/?a$|✓|✗", re.IGNORECASE)
LONGEST_FIGURE = 24
LEAST_STEP = 0.8
"""In ems: lines closer than this and in other columns are one row, some of its cells set in its middle."""
_UNFINISHED = ("-", ",", "and", "of", "for", "the", "with", "in", "to", "or", "&", "(", "/")


@dataclass(frozen=True, slots=True)
class LineOfTable:
    """One line of a table cut into pieces.

    `group` is the number of rules through the whole table above it; `band` counts those that leave out the first
    column, too, where such rules part rows.
    """

    pieces: tuple[PieceOfLine, ...]
    baseline: float
    size: float
    band: int
    group: int


def is_number(text: str) -> bool:
    """Return whether a cell holds a number, a range or a sign that stands for none."""
    return NUMBER.fullmatch(text.strip()) is not None


def is_figure(text: str) -> bool:
    """Return whether a cell begins with a number and holds little more: "72 TB", "583 MB/s", "—"."""
    return len(text) <= LONGEST_FIGURE and _FIGURE.match(text) is not None


def bands_of(lines: Sequence[Sequence[Word]], rules: Sequence[Rule], *, share: float) -> list[int]:
    """Return for each line how many rules over the given share of the widest one's length stand above it."""
    width = max((rule.length for rule in rules), default=0.0)
    places = sorted(rule.at for rule in rules if rule.length >= share * width)
    return [sum(place < _middle(line) for place in places) for line in lines]


def _middle(line: Sequence[Word]) -> float:
    word = max(line, key=lambda one: one.size)
    return word.baseline - 0.3 * word.size


def is_leader(line: Sequence[Word]) -> bool:
    """Return whether a line is a rule made of dots or dashes."""
    text = "".join(word.text for word in line)
    return len(text) >= LONGEST_LEADER_CELL and not text.strip("._-–—=·‐―…*")


def header_count(lines: Sequence[Sequence[Word]], bands: Sequence[int]) -> int:
    """Return how many leading lines are the header: those above the first rule that parts lines.

    Where no rule does, the first line is, when it holds no numbers and the lines under it do, or it alone is bold.
    """
    count = sum(band == bands[0] for band in bands)
    if count < len(lines):
        return _with_second_level(lines, bands, count) if count <= MOST_HEADER_LINES else 0
    head, rest = lines[0], lines[1:]
    if not rest:
        return 0
    bold = [all(word.bold for word in line) for line in rest]
    is_bold = all(word.bold for word in head) and sum(bold) < 0.3 * len(rest)
    numbers = [sum(is_number(word.text) for word in line) / len(line) for line in lines]
    is_text = numbers[0] < 0.25 and median(numbers[1:]) >= 0.3
    return 1 if is_bold or is_text else 0


def _with_second_level(lines: Sequence[Sequence[Word]], bands: Sequence[int], count: int) -> int:
    """Return the header's lines with those of the next band, where it names columns under a shorter first one."""
    second = [line for line, band in zip(lines, bands, strict=True) if band == bands[count]]
    is_alone = len(second) <= 2
    second = second if is_alone else second[:1]
    rest = lines[count + len(second) :]
    if not rest or count > 2:
        return count
    has_numbers = any(is_number(word.text) for line in second for word in line)
    left, right = (edge(word.box.x0 for line in lines for word in line) for edge in (min, max))
    has_no_stub = min(word.box.x0 for line in second for word in line) > left + 0.1 * (right - left)
    share = median(sum(is_number(word.text) for word in line) / len(line) for line in rest)
    widest = max(map(_cells, second))
    is_wider = is_alone and widest > max(map(_cells, lines[:count]))
    if is_alone and not has_numbers and widest >= 2 and max(map(_cells, lines[:count])) == 1:
        return count + len(second)
    is_level = not has_numbers and share >= 0.3 and widest >= 2 and (has_no_stub or is_wider)
    return count + len(second) if is_level else count


def _cells(line: Sequence[Word]) -> int:
    return 1 + sum(after.box.x0 - word.box.x1 > 0.8 * word.size for word, after in itertools.pairwise(line))


def rows_of(lines: Sequence[LineOfTable], *, columns: int, is_grid: bool) -> list[list[LineOfTable]]:
    """Group the body's lines into rows."""
    steps = [after.baseline - before.baseline for before, after in itertools.pairwise(lines)]
    tight = _tight_step(lines, steps, columns)
    one_row_bands = _one_row_bands(lines, columns) if is_grid else frozenset()
    is_wrapped = _wraps(lines)
    rows: list[list[LineOfTable]] = []
    for place, line in enumerate(lines):
        if (
            rows
            and line.band == rows[-1][-1].band
            and (
                line.band in one_row_bands
                or _goes_on(rows[-1], line, steps[place - 1], tight, columns)
                or (is_wrapped and _is_wrapped(rows[-1], line, columns))
            )
        ):
            rows[-1].append(line)
        else:
            rows.append([line])
    return rows


def _wraps(lines: Sequence[LineOfTable]) -> bool:
    """Return whether cells of prose run over several lines: lines begin in lower case under filled cells."""
    lower = 0
    for before, line in itertools.pairwise(lines):
        above = {piece.first for piece in before.pieces}
        lower += any(piece.text[0].islower() and piece.first in above and len(piece.words) > 1 for piece in line.pieces)
    figures = sum(is_figure(piece.text) for line in lines for piece in line.pieces)
    return lower >= max(2, 0.15 * len(lines)) and figures <= 0.25 * sum(len(line.pieces) for line in lines)


def _is_wrapped(row: Sequence[LineOfTable], line: LineOfTable, columns: int) -> bool:
    """Return whether a line of a table of prose goes on with its row: a row begins with all its cells at once."""
    filled = {piece.first for part in row for piece in part.pieces}
    own = {piece.first for piece in line.pieces}
    if not own <= filled:
        return False
    return len(own) < columns or any(piece.text[0].islower() for piece in line.pieces)


def _tight_step(lines: Sequence[LineOfTable], steps: Sequence[float], columns: int) -> float | None:
    """Return the step up to which lines belong to one row, where rows stand visibly farther apart than their lines."""
    if len(steps) < 3:
        return None
    smallest = sorted(steps)[len(steps) // 10]
    near = [place for place, step in enumerate(steps) if step <= TIGHT * smallest]
    if len(steps) - len(near) < 2 or len(near) < 2:
        return None
    partial = sum(len(lines[place + 1].pieces) < columns for place in near)
    return TIGHT * smallest if partial >= 0.7 * len(near) else None


def _one_row_bands(lines: Sequence[LineOfTable], columns: int) -> frozenset[int]:
    """Return the bands between rules that are one row each: not those whose every line holds numbers in its cells."""
    found = set()
    for band in {line.band for line in lines}:
        inside = [line for line in lines if line.band == band]
        full = [line for line in inside if len(line.pieces) >= 0.6 * columns]
        numeric = [line for line in full if _number_share(line) >= 0.4]
        is_whole_body = len(inside) == len(lines) and len(inside) > MOST_LINES_UNRULED
        if len(inside) == 1 or (len(numeric) <= 1 and not is_whole_body):
            found.add(band)
    return frozenset(found)


def _number_share(line: LineOfTable) -> float:
    cells = line.pieces[1:] or line.pieces
    return sum(is_figure(piece.text) for piece in cells) / len(cells)


def _goes_on(row: Sequence[LineOfTable], line: LineOfTable, step: float, tight: float | None, columns: int) -> bool:
    last = row[-1]
    if tight is not None:
        return step <= tight
    if step > 1.6 * line.size or any(piece.first != piece.last for piece in (*line.pieces, *last.pieces)):
        return False
    filled = {piece.first for part in row for piece in part.pieces}
    own = {piece.first for piece in line.pieces}
    begins = {piece.first: piece.text for piece in line.pieces}
    for piece in last.pieces:
        following = begins.get(piece.first, "")
        if piece.text.endswith("-") and len(piece.text) > 2 and following[:1].islower():
            return True
    if step < LEAST_STEP * line.size and not own & {piece.first for piece in last.pieces}:
        return True
    if 0 not in own:
        has_numbers = any(is_number(piece.text) for piece in line.pieces)
        words = {piece.first for part in row for piece in part.pieces if not is_figure(piece.text)}
        return len(own) < max(1.5, 0.5 * columns) and own <= words and not has_numbers
    if own == {0} and 0 in filled:
        before = next((piece for piece in last.pieces if piece.first == 0), None)
        if before is None:
            return False
        text = line.pieces[0].text
        return text[0].islower() or text[0] in "([" or before.text.endswith(_UNFINISHED)
    return False
