"""What a table's cell says, as a sentence: its row, its column and its value, each as the paper has them.

One place for the form, so that what writes statements and what finds them in a text agree.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_NAME_CHARACTERS = 120
"""A row's or column's name is cut at the last space before; it is repeated for each of its cells."""

_SPACES = re.compile(r"\s+")
_LABEL = r"(?:(?:Supplementary |Extended Data )?Table(?: [^\s,]{1,12})?|表[^\s、]{0,12})"
_LINE = re.compile(
    rf"^(?P<label>{_LABEL})(?:, row |、行「)(?P<row>[^\n]*?)"
    r"(?:(?:, column |」、列「)(?P<column>[^\n]*?))?(?:: |」：)(?P<value>\S[^\n]*)$",
    re.MULTILINE,
)


@dataclass(frozen=True, slots=True)
class Statement:
    """A cell's statement as read from a text: `text[start:end]`. `column` is "" where it is of a whole row."""

    start: int
    end: int
    label: str
    row: str
    column: str
    value: str


def cell_statement(label: str, *, row: str, column: str, value: str) -> str:
    """Return "Table 2, row GPT-4, column Accuracy: 24.2 %"; a Japanese label gives the Japanese form."""
    if _is_japanese(label):
        return f"{label}、行「{name_of(row)}」、列「{name_of(column)}」：{one_line(value)}"
    return f"{label or 'Table'}, row {name_of(row)}, column {name_of(column)}: {one_line(value)}"


def row_opening(label: str, *, row: str) -> str:
    """Return what a whole row's statement opens with: "Table 2, row GPT-4:"."""
    if _is_japanese(label):
        return f"{label}、行「{name_of(row)}」："
    return f"{label or 'Table'}, row {name_of(row)}:"


def _is_japanese(label: str) -> bool:
    return label.startswith("表")


def one_line(text: str) -> str:
    """Return the text with every run of white space as one space."""
    return _SPACES.sub(" ", text).strip()


def name_of(text: str) -> str:
    """Return a row's or column's name on one line, cut where it is too long to be repeated."""
    text = one_line(text)
    if len(text) <= MOST_NAME_CHARACTERS:
        return text
    cut = text[:MOST_NAME_CHARACTERS]
    return cut.rsplit(" ", 1)[0] if " " in cut else cut


def statements_in(text: str) -> tuple[Statement, ...]:
    """Return the statements of cells and rows among the text's lines, in order."""
    if ", row " not in text and "、行「" not in text:
        return ()
    return tuple(
        Statement(found.start(), found.end(), found["label"], found["row"], found["column"] or "", found["value"])
        for found in _LINE.finditer(text)
    )
