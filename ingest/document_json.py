"""A ParsedDocument to JSON and back, strictly: what the parsing child sends is checked here before it is believed."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache
from itertools import pairwise
from math import isfinite

from pydantic import TypeAdapter, ValidationError
from pydantic_core import PydanticSerializationError

from indexes.errors import ParsingFailed
from ingest.document import Block, ParsedDocument

_HINT = "The file may be damaged or hostile; the rest of the library is not touched."


@cache
def _adapter() -> TypeAdapter[ParsedDocument]:
    return TypeAdapter(ParsedDocument)


def document_to_json(document: ParsedDocument) -> str:
    """Return the document as JSON; `document_from_json` gives an equal one back.

    Raises:
        ParsingFailed: a text holds lone surrogates, which UTF-8 has no form for.
    """
    try:
        return _adapter().dump_json(document).decode()
    except (PydanticSerializationError, UnicodeEncodeError) as error:
        raise ParsingFailed(f"{document.paper.source}: text that UTF-8 cannot hold: {error}", hint=_HINT) from error


def document_from_json(text: str | bytes) -> ParsedDocument:
    """Return the document.

    Raises:
        ParsingFailed: the JSON is not of a document, or its parts contradict each other.
    """
    try:
        document = _adapter().validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise ParsingFailed(f"the parsed document is malformed at {place}: {first['msg']}", hint=_HINT) from error
    _check(document)
    return document


def documents_to_json(documents: Sequence[ParsedDocument]) -> bytes:
    """Return one or more documents as JSON, one a line.

    Raises:
        ParsingFailed: as `document_to_json`.
    """
    return b"\n".join(document_to_json(document).encode() for document in documents)


def documents_from_json(lines: bytes) -> tuple[ParsedDocument, ...]:
    """Return the documents of `documents_to_json`.

    Raises:
        ParsingFailed: as `document_from_json`.
    """
    return tuple(document_from_json(line) for line in lines.split(b"\n"))


def _check(document: ParsedDocument) -> None:
    pages = {page.number for page in document.pages}
    _require(document, document.paper.page_count == len(pages) == len(document.pages), "pages do not match page_count")
    for place, section in enumerate(document.sections):
        _require(document, section.parent is None or 0 <= section.parent < place, f"section {place} has no such parent")
        _require(document, section.level >= 1, f"section {place} has level {section.level}")
    for place, block in enumerate(document.blocks):
        is_section = block.section is None or 0 <= block.section < len(document.sections)
        _require(document, is_section, f"block {place} names section {block.section}")
        _require(document, all(line.page in pages for line in block.lines), f"block {place} names a missing page")
        boxes = (line.box for line in block.lines if line.box is not None)
        _require(document, all(isfinite(edge) for box in boxes for edge in box), f"block {place} has a box without end")
        _require(document, are_lines_whole(block), f"the lines of block {place} do not cover its text")
        _require(document, is_table_whole(block), f"the table of block {place} has cells outside it")
    authors = range(len(document.paper.authors))
    for place, affiliation in enumerate(document.affiliations):
        named = all(author in authors for author in affiliation.authors)
        _require(document, named, f"affiliation {place} names an author that is not there")


def are_lines_whole(block: Block) -> bool:
    """Say whether the block's lines cover every non-space character of its text, in order and without overlap."""
    edges = [0, *(edge for line in block.lines for edge in (line.start, line.end)), len(block.text)]
    if any(before > after for before, after in pairwise(edges)) or any(line.start == line.end for line in block.lines):
        return False
    return not any(block.text[edges[i] : edges[i + 1]].strip() for i in range(0, len(edges), 2))


def is_table_whole(block: Block) -> bool:
    """Say whether each of the block's cells is a slice of its text inside the table's rows and columns."""
    if block.table is None:
        return True
    return all(
        0 <= cell.start < cell.end <= len(block.text)
        and 0 <= cell.row < cell.row + cell.row_span <= block.table.row_count
        and 0 <= cell.column < cell.column + cell.column_span <= block.table.column_count
        for cell in block.table.cells
    )


def _require(document: ParsedDocument, is_met: bool, fault: str) -> None:
    if not is_met:
        raise ParsingFailed(f"{document.paper.source}: the parsed document is malformed: {fault}", hint=_HINT)
