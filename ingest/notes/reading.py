"""Markdown, HTML and text to rows, with their links: the same pieces that the readers make, marked."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import NamedTuple

from lxml import etree
from lxml import html as lxml_html
from markdown_it.token import Token

from indexes.records import SourceKind
from ingest.assembly import Piece
from ingest.characters import decode
from ingest.document import BlockKind, Finding
from ingest.html import page_pieces
from ingest.markdown import body_of, pieces_of
from ingest.notes.marks import Marks, marks_for
from ingest.notes.rows import Row, rows_of

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*?(?=[^\n])")


class NotesPage(NamedTuple):
    """A page's rows, the title that it gives itself ("" if none), and what was noticed while reading."""

    rows: list[Row]
    title: str
    findings: tuple[Finding, ...]


def read_page(content: bytes, *, source: str, kind: SourceKind) -> NotesPage:
    """Return the page of a Markdown, HTML or text file.

    Raises:
        UnreadableSource: as its kind's parser says.
    """
    if kind is SourceKind.HTML:
        return _html_page(content, source=source)
    text = decode(content, source=source)
    if kind is SourceKind.TEXT:
        paragraphs = [Piece(BlockKind.PARAGRAPH, part.strip("\n")) for part in _BLANK_LINE.split(text) if part.strip()]
        return NotesPage(rows_of(paragraphs, None), "", ())
    body, title = body_of(text)
    marks = marks_for(body)
    pieces = list(pieces_of(body, before_tree=None if marks is None else lambda tokens: _mark_tokens(tokens, marks)))
    return NotesPage(rows_of(pieces, marks), title, ())


def _mark_tokens(tokens: Sequence[Token], marks: Marks) -> None:
    """Put the marks into the text of every inline token."""
    for token in tokens:
        if not token.children:
            continue
        marked: list[Token] = []
        urls: list[str] = []
        for child in token.children:
            marked.append(child)
            if child.type == "link_open":
                urls.append(str(child.attrs.get("href", "")))
                marked.append(_text_token(marks.text_start))
            elif child.type == "link_close" and urls:
                marked.insert(-1, _text_token(marks.around_url(urls.pop())))
            elif child.type == "strong_open":
                marked.append(_text_token(marks.strong_start))
            elif child.type == "strong_close":
                marked.insert(-1, _text_token(marks.strong_end))
        token.children = marked


def _text_token(content: str) -> Token:
    return Token("text", "", 0, content=content)


def _html_page(content: bytes, *, source: str) -> NotesPage:
    marks: list[Marks | None] = []

    def mark(page: lxml_html.HtmlElement) -> None:
        marks.append(marks_for(str(page.text_content())))
        if marks[0] is not None:
            _mark_elements(page, marks[0])

    pieces, title, findings = page_pieces(content, source=source, before_reading=mark)
    return NotesPage(rows_of(pieces, marks[0]), title, tuple(findings))


def _mark_elements(page: lxml_html.HtmlElement, marks: Marks) -> None:
    """Put the marks into the text of every link and emphasised element."""
    for element in list(page.iter("a", "b", "strong", "br")):
        if element.tag == "br":
            element.tail = marks.line_end + (element.tail or "")
        elif element.tag == "a":
            url = element.get("href") or ""
            if url.startswith(("http://", "https://")):
                _surround(element, marks.text_start, marks.around_url(url))
        else:
            _surround(element, marks.strong_start, marks.strong_end)


def _surround(element: etree._Element, start: str, end: str) -> None:
    element.text = start + (element.text or "")
    if len(element):
        element[-1].tail = (element[-1].tail or "") + end
    else:
        element.text += end
