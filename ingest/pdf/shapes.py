"""What a line's own shape says of it: caption, list item, equation, table row, footnote mark."""

from __future__ import annotations

import re
from itertools import pairwise

from ingest.pdf.lettering import HYPHEN_AT_LINE_END
from ingest.pdf.lines import TextLine

CAPTION = re.compile(
    r"^(?i:supplementary\s+|extended data\s+)?"
    r"(?P<label>(?i:figure|fig\.?|table|tab\.|algorithm|listing|scheme|chart|plate|box)|図表?|表|アルゴリズム)\s*"
    r"(?P<number>\d+(?:[.\-]\d+)*[a-z]?|[IVX]+|S\d+|[A-Z]\.?\d+)"
    r"(?P<mark>\s*[.:：|—–]|\s*$|\s+(?=[A-Z(])|\s*(?=[\u3040-\u9fff]))"
)
LIST_ITEM = re.compile(
    r"^(?:[•◦▪■□●○‣∙·⋄★➢✓–—*-]|\(?(?:\d{1,2}|[a-zA-Z]|[ivx]{1,4})[.)](?!\d)|\[\d{1,2}\]|・|（\d+）|[①-⑳])\s*(?=\S)"
)
BULLET = re.compile(r"^[•◦▪■□●○‣∙·⋄★➢✓・①-⑳]")
FOOTNOTE_MARK = re.compile(r"^(?:\d{1,2}(?![\d.,])\s?(?=[^\s\d])|[∗*†‡§¶‖♠♣])")
EQUATION_NUMBER = re.compile(r"^\(\s*[A-Z]?\.?\d+(?:\.\d+)*[a-z]?\s*\)$")
_WORDS = re.compile(r"[^\W\d_]{3,}")
_FUNCTIONS = frozenset(
    {"log", "exp", "max", "min", "argmax", "argmin", "arg", "sin", "cos", "tan", "tanh", "softmax", "relu", "var",
     "cov", "lim", "sup", "inf", "det", "diag", "sign", "mod", "where", "for", "and", "otherwise"}
)  # fmt: skip
DEEPEST_INDENT = 2.5
"""Ems that a justified line may be set in, as a paragraph's first is."""
FULL_SHORTFALL = 0.5
"""Ems that it may end before its column's edge."""
_SENTENCE_END = re.compile(r"[a-z]{2}[.?!:][”’)]?$")
MATH_SHARE = 0.25
"""Share of a line's characters in mathematical type or symbols from which few words leave it an equation."""


def caption_label(text: str) -> str | None:
    """Return "figure", "table" … when the text begins as a caption does."""
    found = CAPTION.match(text)
    return found["label"].casefold().rstrip(".") if found else None


def is_list_item(line: TextLine) -> bool:
    """Return whether the line begins an item of a list."""
    return LIST_ITEM.match(line.text) is not None


def is_equation(line: TextLine) -> bool:
    """Return whether the line is display mathematics and not prose with symbols in it."""
    if line.math < MATH_SHARE and len(line.cells) == 1 and line.text[0] != "(":
        return False
    words = [word for word in _WORDS.findall(line.text) if word.casefold() not in _FUNCTIONS]
    letters = sum(map(len, words))
    solid = max(len(line.text.replace(" ", "")), 1)
    if len(line.cells) > 1 and EQUATION_NUMBER.match(line.cells[-1].text) and letters < 0.5 * solid:
        return True
    if EQUATION_NUMBER.match(line.text) and line.indent > 3:
        return True
    return line.math >= MATH_SHARE and letters < 0.35 * solid and (line.indent > 0.8 or letters < 0.15 * solid)


def is_row(line: TextLine) -> bool:
    """Return whether the line has cells apart as a table's row has, or stands for a whole table."""
    return is_stand_in(line) or (len(line.cells) >= 2 and not is_equation(line) and not _is_stretched(line))


def _is_stretched(line: TextLine) -> bool:
    """Return whether a line of prose is set wide to fill its column: its last word is broken, or its gaps part
    sentences.
    """
    if line.indent > DEEPEST_INDENT or line.shortfall > FULL_SHORTFALL:
        return False
    return line.text.endswith((HYPHEN_AT_LINE_END, "-")) or all(
        _SENTENCE_END.search(before.text) and after.text[:1].isupper() for before, after in pairwise(line.cells)
    )


def is_stand_in(line: TextLine) -> bool:
    """Return whether the line stands for a table (`table_places`) and has no text of its own."""
    return line.cells[0].order < 0


def word_count(text: str) -> int:
    """Return the number of words of three letters or more."""
    return len(_WORDS.findall(text))
