"""Markdown notes to a ParsedDocument, through markdown-it: what a reader would see, as text."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from importlib.metadata import version

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from indexes.records import SourceKind
from ingest.assembly import Metadata, Origin, Piece, assemble
from ingest.characters import as_text, storable, unseen_findings
from ingest.document import BlockKind, Finding, FindingKind, ParsedDocument
from ingest.front_matter import metadata_from, pairs_in
from ingest.identity import sha256_of_bytes
from ingest.table_text import GivenCell, table_text

_FRONT_MATTER = re.compile(r"\A---[ \t]*\n(?P<yaml>.*?)\n(?:---|\.\.\.)[ \t]*(?:\n|\Z)", re.DOTALL)
_DISPLAY_MATH = re.compile(r"\$\$.*\$\$|\\\[.*\\\]", re.DOTALL)
_HEADER_PIECES = 8
_MAX_TITLE_CHARS = 200
_MAX_NESTING = 50


def parse_markdown(content: bytes, *, source: str) -> ParsedDocument:
    """Read a Markdown file; raw HTML in it gives no text, a front matter of "key: value" lines gives metadata.

    Raises:
        UnreadableSource: it is empty or not text.
    """
    raw = as_text(content, source=source)
    text, pairs = _front_matter_apart(storable(raw))
    tokens = _tokens(text)
    pieces, header = _header_apart(list(_pieces(SyntaxTreeNode(tokens).children)))
    metadata = metadata_from([*pairs, *header])
    if not metadata.title:
        metadata = replace(metadata, title=_title(pieces))
    origin = Origin(source=source, kind=SourceKind.MARKDOWN, content_sha256=sha256_of_bytes(content))
    return assemble(
        _title_first(pieces, metadata),
        metadata,
        origin=origin,
        parser=f"markdown-it-py/{version('markdown-it-py')}",
        findings=[*unseen_findings(raw), *_cut_findings(tokens)],
    )


def _cut_findings(tokens: Sequence[Token]) -> list[Finding]:
    """Return the finding that says so where lists or quotes are nested deeper than is read."""
    deepest = max((token.level for token in tokens), default=0)
    if deepest < _MAX_NESTING - 1:
        return []
    return [Finding(FindingKind.TRUNCATED, 1, f"what is nested deeper than {_MAX_NESTING} levels is left out")]


def body_of(text: str) -> tuple[str, str]:
    """Return a file's text without its front matter, and the title that this gives ("" if none)."""
    body, pairs = _front_matter_apart(text)
    return body, metadata_from(pairs).title


def pieces_of(text: str, *, before_tree: Callable[[Sequence[Token]], None] | None = None) -> Iterator[Piece]:
    """Yield the pieces of a Markdown text without front matter; `before_tree` may change its tokens first."""
    tokens = _tokens(text)
    if before_tree is not None:
        before_tree(tokens)
    return _pieces(SyntaxTreeNode(tokens).children)


def _tokens(text: str) -> list[Token]:
    return MarkdownIt("commonmark", {"maxNesting": _MAX_NESTING}).enable("table").parse(text)


def _front_matter_apart(text: str) -> tuple[str, list[tuple[str, str]]]:
    front = _FRONT_MATTER.match(text)
    return (text, []) if front is None else (text[front.end() :], _front_matter_pairs(front["yaml"]))


def _front_matter_pairs(yaml: str) -> list[tuple[str, str]]:
    """Return the known pairs of a front matter: plain values, "[a, b]" and "- a" lists; not the rest of YAML."""
    joined = re.sub(r":[ \t]*\n[ \t]*-[ \t]+", ": ", yaml)
    joined = re.sub(r"\n[ \t]*-[ \t]+", "; ", joined)
    found = []
    for line in joined.splitlines():
        key, _, value = line.partition(":")
        found.extend(pairs_in(f"{key.strip()}: {value.strip().strip('[]').strip(_QUOTES)}") or [])
    return [(name, value.replace('"', "")) for name, value in found]


_QUOTES = "\"' "


def _header_apart(pieces: list[Piece]) -> tuple[list[Piece], list[tuple[str, str]]]:
    """Return the pieces with "Authors: …" paragraphs near the top marked as no evidence, and their pairs."""
    marked, pairs = list(pieces), []
    for place, piece in enumerate(pieces[:_HEADER_PIECES]):
        if piece.kind not in (BlockKind.PARAGRAPH, BlockKind.LIST):
            continue
        lines = "\n".join(line.removeprefix("- ") for line in piece.text.splitlines())
        found = pairs_in(lines)
        if found is None:
            continue
        pairs.extend(found)
        has_authors = any(name == "authors" for name, _ in found)
        marked[place] = replace(piece, kind=BlockKind.AUTHORS if has_authors else BlockKind.FURNITURE)
    return marked, pairs


def _title(pieces: Sequence[Piece]) -> str:
    """Return the one top heading that opens the file; where several stand at that level, none is the title.

    A file without any heading, as weekly notes often are, has the short line that it begins with as its title.
    """
    headings = [piece for piece in pieces if piece.kind is BlockKind.HEADING]
    if not headings and len(pieces) > 1 and _is_title_line(pieces[0]):
        return pieces[0].text
    if not headings or headings[0].level != 1 or sum(piece.level == 1 for piece in headings) > 1:
        return ""
    return headings[0].text


def _is_title_line(piece: Piece) -> bool:
    return (
        piece.kind is BlockKind.PARAGRAPH
        and len(piece.text) <= _MAX_TITLE_CHARS
        and "\n" not in piece.text
        and piece.text[-1] not in ".。．,;；、"
    )


def _title_first(pieces: Sequence[Piece], metadata: Metadata) -> Iterator[Piece]:
    """Make the heading or first line that is the title a title, so that it opens no section and is no evidence."""
    has_title = False
    for place, piece in enumerate(pieces):
        is_place = piece.kind is BlockKind.HEADING or place == 0
        is_title = not has_title and is_place and piece.text == metadata.title
        has_title = has_title or is_title
        yield replace(piece, kind=BlockKind.TITLE) if is_title else piece


def _pieces(nodes: Sequence[SyntaxTreeNode]) -> Iterator[Piece]:
    for node in nodes:
        if node.type == "heading":
            yield Piece(BlockKind.HEADING, _text(node), int(node.tag[1]))
        elif node.type == "paragraph":
            text = _text(node)
            yield Piece(BlockKind.EQUATION if _DISPLAY_MATH.fullmatch(text.strip()) else BlockKind.PARAGRAPH, text)
        elif node.type in ("bullet_list", "ordered_list"):
            yield Piece(BlockKind.LIST, "\n".join(_list_lines(node, depth=0)))
        elif node.type == "table":
            rows = _table_rows(node)
            yield Piece(BlockKind.TABLE, table_text(rows)[0], rows=rows)
        elif node.type in ("fence", "code_block"):
            yield Piece(BlockKind.PARAGRAPH, node.content)
        elif node.type == "blockquote":
            yield from _pieces(node.children)


def _list_lines(node: SyntaxTreeNode, *, depth: int) -> Iterator[str]:
    first = int(node.attrs.get("start", 1)) if node.type == "ordered_list" else None
    for place, entry in enumerate(node.children):
        marker = "- " if first is None else f"{first + place}. "
        for child in entry.children:
            if child.type in ("bullet_list", "ordered_list"):
                yield from _list_lines(child, depth=depth + 1)
            else:
                text = child.content if child.type in ("fence", "code_block") else _text(child)
                yield "  " * depth + marker + text
                marker = " " * len(marker)


def _table_rows(node: SyntaxTreeNode) -> tuple[tuple[GivenCell, ...], ...]:
    rows = (row for part in node.children for row in part.children)
    return tuple(tuple(GivenCell(_text(cell), is_header=cell.tag == "th") for cell in row.children) for row in rows)


def _text(node: SyntaxTreeNode) -> str:
    """Return what the node shows: text, code and image descriptions, never raw HTML."""
    if node.type in ("text", "code_inline"):
        return node.content
    if node.type in ("softbreak", "hardbreak"):
        return "\n"
    if node.type in ("html_inline", "html_block"):
        return ""
    return "".join(_text(child) for child in node.children)
