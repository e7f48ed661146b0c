"""An HTML page to a ParsedDocument: what it shows, without its navigation; hidden text is reported and left out.

The page's own `<article>` or `<main>` is taken as its content; where it has none, trafilatura finds the content.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from importlib.metadata import version

from lxml import etree
from lxml import html as lxml_html

from indexes.errors import NoTextInSource, UnreadableSource
from indexes.records import SourceKind
from ingest.assembly import Origin, Piece, assemble
from ingest.characters import as_text
from ingest.document import BlockKind, Finding, ParsedDocument
from ingest.hidden_elements import comment_text, hidden_findings, is_hidden
from ingest.html_content import MIN_CONTENT_CHARS, content_of, is_app_shell
from ingest.html_metadata import page_metadata
from ingest.identity import sha256_of_bytes
from ingest.table_text import GivenCell, table_text

_SKIPPED_TAGS = (
    "script style noscript template nav aside footer form button select option textarea iframe object svg head "
    "title canvas audio video input menu dialog"
)
_BLOCK_TAGS = (
    "p div section article main header figure figcaption blockquote pre li ul ol dl dt dd table tr td th thead tbody "
    "caption h1 h2 h3 h4 h5 h6 hr body address center details summary fieldset"
)
_SKIPPED = frozenset(_SKIPPED_TAGS.split())
_BLOCKS = frozenset(_BLOCK_TAGS.split())
_HEADINGS = {f"h{level}": level for level in range(1, 7)}
_ENCODING = re.compile(rb"<\?xml[^>]*encoding=[\"']([\w-]+)|<meta[^>]*charset=[\"']?([\w-]+)", re.IGNORECASE)


def parse_html(content: bytes, *, source: str) -> ParsedDocument:
    """Read an HTML page.

    Raises:
        UnreadableSource: it is empty or has no body.
        NoTextInSource: it has none, or its text would come by a script.
    """
    page = open_page(content, source=source)
    metadata = page_metadata(page)
    needs_script = is_app_shell(page)
    hidden = _without_hidden(page)
    pieces = _title_marked(list(_pieces(content_of(page))), metadata.title)
    if needs_script and sum(len(piece.text) for piece in pieces) < MIN_CONTENT_CHARS:
        raise NoTextInSource(
            f"{source} holds no text: a script would fetch it in a browser",
            hint="Save the page from a browser once it shows its text, then ingest that file.",
        )
    if not pieces:
        raise NoTextInSource(
            f"{source} holds no text that could be read", hint="Open it in a browser: is it empty there?"
        )
    origin = Origin(source=source, kind=SourceKind.HTML, content_sha256=sha256_of_bytes(content))
    return assemble(pieces, metadata, origin=origin, parser=f"lxml/{version('lxml')}", findings=hidden_findings(hidden))


def page_pieces(
    content: bytes, *, source: str, before_reading: Callable[[lxml_html.HtmlElement], None]
) -> tuple[list[Piece], str, list[Finding]]:
    """Return a page's pieces as they stand, its title and its findings; `before_reading` may change the tree first.

    Raises:
        UnreadableSource: as `parse_html`.
    """
    page = open_page(content, source=source)
    title = page_metadata(page).title
    hidden = _without_hidden(page)
    before_reading(page)
    return list(_pieces(content_of(page))), title, hidden_findings(hidden)


def _without_hidden(page: lxml_html.HtmlElement) -> list[str]:
    """Take what a reader does not see out of the page, and return its text."""
    hidden: list[str] = []
    for element in list(page.iter(etree.Comment, etree.ProcessingInstruction)):
        hidden.append(comment_text(element) if element.tag is etree.Comment else "")
        _drop(element)
    for element in [element for element in page.iter(etree.Element) if _is_hidden(element)]:
        hidden.append(" ".join(element.text_content().split()))
        _drop(element)
    return hidden


def open_page(content: bytes, *, source: str) -> lxml_html.HtmlElement:
    """Return a page's tree, as a browser would mend it.

    Raises:
        UnreadableSource: it is empty or has no element.
    """
    return _parsed(_decoded(content, source=source), source=source)


def _parsed(text: str, *, source: str) -> lxml_html.HtmlElement:
    reader = lxml_html.HTMLParser(encoding="utf-8", huge_tree=False)
    try:
        return lxml_html.document_fromstring(text.encode(), parser=reader)
    except etree.XMLSyntaxError as error:  # no syntax is an error in HTML: this is how lxml says that memory ran out
        raise MemoryError from error
    except etree.LxmlError as error:
        raise UnreadableSource(f"{source} is no HTML that can be read: {error}", hint="Check the file.") from error


def _decoded(content: bytes, *, source: str) -> str:
    named = _ENCODING.search(content[:2048])
    if named is not None:
        try:
            return content.decode((named[1] or named[2]).decode("ascii")).replace("\x00", "")
        except (LookupError, UnicodeDecodeError):
            return as_text(content, source=source)
    return as_text(content, source=source)


def _is_hidden(element: lxml_html.HtmlElement) -> bool:
    if element.tag in ("html", "body") or element.tag in _SKIPPED:
        return False
    return is_hidden(element)


def _drop(element: etree._Element) -> None:
    """Take the element out, keeping the text that follows it."""
    parent = element.getparent()
    if parent is None:
        return
    tail = element.tail
    if tail:
        before = element.getprevious()
        if before is None:
            parent.text = (parent.text or "") + tail
        else:
            before.tail = (before.tail or "") + tail
    parent.remove(element)


def _title_marked(pieces: list[Piece], title: str) -> list[Piece]:
    """Make the first top heading a title, where it is the page's title or the only one at its level."""
    tops = [place for place, piece in enumerate(pieces) if piece.kind is BlockKind.HEADING and piece.level == 1]
    if not tops:
        return pieces
    text = " ".join(pieces[tops[0]].text.split())
    if len(tops) == 1 or text == title:
        pieces[tops[0]] = Piece(BlockKind.TITLE, text)
    return pieces


def _pieces(element: lxml_html.HtmlElement) -> Iterator[Piece]:
    """Walk the tree in reading order; text between blocks is a paragraph. No recursion: pages nest without end."""
    loose: list[str] = [element.text or ""]
    stack: list[Iterator[lxml_html.HtmlElement]] = [iter(element)]
    parents: list[lxml_html.HtmlElement] = [element]
    while stack:
        child = next(stack[-1], None)
        if child is None:
            stack.pop()
            done = parents.pop()
            if done.tag in _BLOCKS:
                yield from _flush(loose)
            loose.append((done.tail or "") if parents else "")
            continue
        kind = _leaf_kind(child)
        if kind is not None:
            yield from _flush(loose)
            yield from _leaf_pieces(child, kind)
            loose.append(child.tail or "")
        elif child.tag in _SKIPPED:
            loose.append(child.tail or "")
        else:
            if child.tag in _BLOCKS:
                yield from _flush(loose)
            loose.append("\n" if child.tag == "br" else "")
            loose.append(_inline_text(child) if child.tag == "math" else child.text or "")
            stack.append(iter(()) if child.tag == "math" else iter(child))
            parents.append(child)
    yield from _flush(loose)


def _flush(loose: list[str]) -> Iterator[Piece]:
    text = _tidied("".join(loose))
    loose.clear()
    if text:
        yield Piece(BlockKind.PARAGRAPH, text)


def _leaf_kind(element: lxml_html.HtmlElement) -> BlockKind | None:
    tag = str(element.tag)
    if tag in _HEADINGS:
        return BlockKind.HEADING
    if tag in ("figcaption", "caption"):
        return BlockKind.CAPTION
    if tag == "table" and element.find(".//table") is None and len(element.findall(".//tr")) > 1:
        return BlockKind.TABLE
    if tag in ("ul", "ol", "dl") and not any(True for _ in element.iter("p", "div", "table", *_HEADINGS)):
        return BlockKind.LIST
    return BlockKind.PARAGRAPH if tag == "pre" else None


def _leaf_pieces(element: lxml_html.HtmlElement, kind: BlockKind) -> Iterator[Piece]:
    if kind is not BlockKind.TABLE:
        yield Piece(kind, _leaf_text(element, kind), _HEADINGS.get(str(element.tag), 1))
        return
    for caption in element.iterchildren("caption"):
        yield Piece(BlockKind.CAPTION, _tidied(_inline_text(caption)).replace("\n", " "))
    rows = tuple(_row(row) for row in element.iter("tr"))
    yield Piece(kind, table_text(rows)[0], rows=rows)


def _leaf_text(element: lxml_html.HtmlElement, kind: BlockKind) -> str:
    if kind is BlockKind.LIST:
        return "\n".join(f"- {text}" for entry in element.iter("li", "dt", "dd") if (text := _own_text(entry)))
    if element.tag == "pre":
        return str(element.text_content()).strip("\n")
    return _tidied(_inline_text(element)).replace("\n", " ")


def _row(row: lxml_html.HtmlElement) -> tuple[GivenCell, ...]:
    return tuple(
        GivenCell(
            _tidied(_inline_text(cell)).replace("\n", " "),
            row_span=_span(cell, "rowspan"),
            column_span=_span(cell, "colspan"),
            is_header=cell.tag == "th",
        )
        for cell in row.iterchildren("td", "th")
    )


def _span(cell: lxml_html.HtmlElement, name: str) -> int:
    value = (cell.get(name) or "").strip()
    return int(value) if value.isascii() and value.isdigit() and len(value) <= 4 else 1


def _own_text(entry: lxml_html.HtmlElement) -> str:
    """Return a list entry's text without the lists inside it, which have lines of their own."""
    parts = [entry.text or ""]
    for child in entry.iterchildren():
        if child.tag not in ("ul", "ol", "dl") and child.tag not in _SKIPPED:
            parts.append(_inline_text(child))
        parts.append(child.tail or "")
    return _tidied("".join(parts)).replace("\n", " ")


def _inline_text(element: lxml_html.HtmlElement) -> str:
    """Return an element's text; MathML gives its TeX annotation where it has one, not both forms."""
    annotation = element.find(".//annotation[@encoding='application/x-tex']") if element.tag == "math" else None
    return str((element if annotation is None else annotation).text_content())


def _tidied(text: str) -> str:
    return re.sub(r"\s+", " ", text).strip()
