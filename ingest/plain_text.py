"""Plain text to a ParsedDocument: paragraphs at blank lines, headings by their look, the header's metadata."""

from __future__ import annotations

import re
from dataclasses import replace

from indexes.records import SourceKind
from ingest.assembly import Metadata, Origin, Piece, assemble, is_abstract_heading, is_references_heading
from ingest.characters import as_text, storable, unseen_findings
from ingest.document import BlockKind, ParsedDocument
from ingest.front_matter import metadata_from, pairs_in
from ingest.identity import sha256_of_bytes

PARSER = "ronbun-text/1"

_BLANK_LINE = re.compile(r"\n[^\S\n]*\n\s*")
_LABEL = re.compile(r"(?P<label>abstract|text|summary|概要|要旨|本文)\s*[:：]\s+(?=\S)", re.IGNORECASE)
_NUMBERED = re.compile(r"(?P<number>\d{1,2}(?:\.\d{1,2}){0,3})\.?\s+\S")
_BULLET = re.compile(r"\s*(?:[-*•‣・]|\d{1,2}[.)])\s+\S")
_PEOPLE = re.compile(r"(?:[^\W\d_][^\d;:.?!]{1,60}?,\s[^\d;:?!]{1,60})(?:;\s*[^\d;:?!]{1,60},\s[^\d;:?!]{1,60})*")
_MAX_HEADING_CHARS = 100
_MAX_HEADING_WORDS = 14
_MAX_TITLE_CHARS = 300
_HEADER_PARAGRAPHS = 8
_PROSE_ENDS = ".。．!！?？:：;；,，、"


def parse_text(content: bytes, *, source: str) -> ParsedDocument:
    """Read a plain text file.

    Raises:
        UnreadableSource: it is empty or not text.
    """
    raw = as_text(content, source=source)
    text = storable(raw)
    pieces, metadata = text_pieces(text, title="")
    origin = Origin(source=source, kind=SourceKind.TEXT, content_sha256=sha256_of_bytes(content))
    return assemble(pieces, metadata, origin=origin, parser=PARSER, findings=unseen_findings(raw))


def text_pieces(text: str, *, title: str) -> tuple[list[Piece], Metadata]:
    """Return the text's pieces and what its header says; `title`, where known, is looked for at the top."""
    paragraphs = [paragraph.strip("\n") for paragraph in _BLANK_LINE.split(text.strip()) if paragraph.strip()]
    header, pairs, rest = _header(paragraphs, title=title)
    metadata = metadata_from(pairs)
    found_title = next((piece.text for piece in header if piece.kind is BlockKind.TITLE), "")
    pieces = header + [piece for paragraph in rest for piece in _paragraph_pieces(paragraph)]
    return pieces, replace(metadata, title=title or metadata.title or found_title)


def _header(paragraphs: list[str], *, title: str) -> tuple[list[Piece], list[tuple[str, str]], list[str]]:
    """Split off the title, and the address, author and date lines that follow it."""
    header: list[Piece] = []
    pairs: list[tuple[str, str]] = []
    for taken, paragraph in enumerate(paragraphs):
        if taken == 0 and _is_title(paragraph, title=title, has_more=len(paragraphs) > 1):
            header.append(Piece(BlockKind.TITLE, paragraph))
            continue
        found = _header_pairs(paragraph)
        if found is None or taken >= _HEADER_PARAGRAPHS:
            return header, pairs, paragraphs[taken:]
        header.append(
            Piece(BlockKind.AUTHORS if any(k == "authors" for k, _ in found) else BlockKind.FURNITURE, paragraph)
        )
        pairs.extend(found)
    return header, pairs, []


def _header_pairs(paragraph: str) -> list[tuple[str, str]] | None:
    """Return a header paragraph's pairs, where its first line may be "Mori, Aya; Field, Jon" without a label."""
    first, _, others = paragraph.partition("\n")
    if others and _PEOPLE.fullmatch(first.strip()):
        rest = pairs_in(others)
        return None if rest is None else [("authors", first.strip()), *rest]
    return pairs_in(paragraph)


def _is_title(paragraph: str, *, title: str, has_more: bool) -> bool:
    if title:
        return _folded(paragraph) == _folded(title)
    return (
        has_more
        and len(paragraph) <= _MAX_TITLE_CHARS
        and paragraph.count("\n") <= 1
        and paragraph[-1] not in ".。．,;；、"
        and pairs_in(paragraph) is None
        and not is_abstract_heading(paragraph)
    )


def _folded(text: str) -> str:
    return re.sub(r"\W+", "", text).casefold()


def _paragraph_pieces(paragraph: str) -> list[Piece]:
    level = _heading_level(paragraph)
    if level is not None:
        return [Piece(BlockKind.HEADING, paragraph, level)]
    label = _LABEL.match(paragraph)
    if label is not None:
        name, body = label["label"], paragraph[label.end() :]
        if not is_abstract_heading(name) and name.lower() != "summary":
            return [Piece(BlockKind.FURNITURE, paragraph[: label.end()]), *_paragraph_pieces(body)]
        return [Piece(BlockKind.FURNITURE, paragraph[: label.end()]), Piece(BlockKind.ABSTRACT, body)]
    first, _, rest = paragraph.partition("\n")
    if rest and (is_references_heading(first) or is_abstract_heading(first) or _is_numbered_heading(first)):
        return [Piece(BlockKind.HEADING, first, _heading_level(first) or 1), *_paragraph_pieces(rest)]
    is_list = all(_BULLET.match(line) for line in paragraph.splitlines())
    return [Piece(BlockKind.LIST if is_list else BlockKind.PARAGRAPH, paragraph)]


def _is_numbered_heading(line: str) -> bool:
    return _NUMBERED.match(line) is not None and _heading_level(line) is not None and line.split()[-1][:1].isalpha()


def _heading_level(paragraph: str) -> int | None:
    """Return the level that a short line without a full stop has as a heading, or None if it is prose."""
    text = paragraph.strip()
    if "\n" in text or len(text) > _MAX_HEADING_CHARS or len(text.split()) > _MAX_HEADING_WORDS:
        return None
    if is_references_heading(text) or is_abstract_heading(text):
        return 1
    if text[-1] in _PROSE_ENDS or "://" in text or not any(character.isalpha() for character in text):
        return None
    numbered = _NUMBERED.match(text)
    if numbered is not None:
        return numbered["number"].count(".") + 1
    return 1 if text[0].isupper() or not text[0].isascii() else None
