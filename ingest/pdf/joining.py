"""Lines into the text of a block: hyphens mended, Japanese joined without spaces, and every line's place kept."""

from __future__ import annotations

from collections.abc import Sequence

from ingest.document import Line
from ingest.pdf.geometry import Frame
from ingest.pdf.hyphenation import HYPHENS, Vocabulary, keeps_hyphen
from ingest.pdf.lettering import HYPHEN_AT_LINE_END, is_cjk
from ingest.pdf.lines import TextLine


def join_lines(
    lines: Sequence[TextLine], *, vocabulary: Vocabulary, frames: Sequence[Frame]
) -> tuple[str, tuple[Line, ...]]:
    """Return the block's text and where each line stands in it.

    Args:
        lines: in reading order.
        vocabulary: the document's; decides between "wellknown" and "well-known" at a line's end.
        frames: one a page, to place boxes on the pages as shown.
    """
    text = ""
    placed: list[Line] = []
    for position, line in enumerate(lines):
        following = lines[position + 1].text if position + 1 < len(lines) else ""
        words, separator = _line_end(line.text, following, vocabulary)
        if words:
            start = len(text)
            text += words
            placed.append(Line(start, len(text), line.page, frames[line.page - 1].show(line.box)))
        if following:
            text += separator
    return text, tuple(placed)


def plain_text(texts: Sequence[str], *, vocabulary: Vocabulary) -> str:
    """Return the lines' texts as one line, for a title or heading."""
    joined = ""
    for position, text in enumerate(texts):
        following = texts[position + 1] if position + 1 < len(texts) else ""
        words, separator = _line_end(text, following, vocabulary)
        joined += words + (separator if following else "")
    return joined


def _line_end(text: str, following: str, vocabulary: Vocabulary) -> tuple[str, str]:
    """Return the line's text as it stands inside the block, and what separates it from the next line."""
    if text.endswith(HYPHENS) and len(text) > 1 and following:
        stem = text[:-1]
        keeps = keeps_hyphen(stem, following, vocabulary)
        if keeps is not None:
            return (stem + "-" if keeps else stem), ""
        if stem[-1:].isalnum() and following[0].isalnum():
            return stem + "-", ""
    text = text.replace(HYPHEN_AT_LINE_END, "-")
    if text and following and is_cjk(text[-1]) and is_cjk(following[0]):
        return text, ""
    return text, " "
