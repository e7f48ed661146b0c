"""One line of JSON about a paper to a ParsedDocument; a file of them is a corpus, whose lines fail one by one."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, ValidationError

from indexes.errors import BadInput
from indexes.records import SourceKind
from ingest.assembly import Metadata, Origin, Piece, assemble
from ingest.document import BlockKind, ParsedDocument
from ingest.front_matter import author_names
from ingest.identity import arxiv_id_in, doi_in, is_paper_id, iso_date_in, sha256_of_bytes
from ingest.plain_text import text_pieces

PARSER = "ronbun-jsonl/1"
_TITLE_WORDS = 14


def _authors(value: object) -> object:
    return author_names(value) if isinstance(value, str) else value


def _text_or_number(value: object) -> object:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


class JsonlPaper(BaseModel):
    """The fields of a line that are read; others are left alone."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    paper_id: Annotated[str | None, BeforeValidator(_text_or_number)] = None
    title: str | None = None
    text: str | None = None
    abstract: str | None = None
    paragraphs: tuple[str, ...] | None = None
    sentences: tuple[str, ...] | None = None
    sections: tuple[str | None, ...] | None = None
    authors: Annotated[tuple[str, ...] | None, BeforeValidator(_authors)] = None
    year: Annotated[str | None, BeforeValidator(_text_or_number)] = None
    published: Annotated[str | None, BeforeValidator(_text_or_number)] = None
    doi: str | None = None
    venue: str | None = None
    arxiv_id: str | None = None
    url: str | None = None
    categories: tuple[str, ...] | None = None


def parse_jsonl_line(line: bytes, *, source: str) -> ParsedDocument:
    """Read one line; `source` names its file and number.

    Raises:
        BadInput: it is not JSON, a field has the wrong type, or it has no text.
    """
    fields = _fields(line, source=source)
    own_id = fields.paper_id if fields.paper_id and is_paper_id(fields.paper_id) else None
    pieces, found = _pieces(fields)
    if not any(piece.text.strip() for piece in pieces if piece.kind is not BlockKind.TITLE):
        raise BadInput(f"{source} holds no text", hint="A line needs text, abstract, paragraphs or sentences.")
    origin = Origin(source=source, kind=SourceKind.JSONL, content_sha256=sha256_of_bytes(line), paper_id=own_id)
    return assemble(pieces, _metadata(fields, found, source=source), origin=origin, parser=PARSER)


def _fields(line: bytes, *, source: str) -> JsonlPaper:
    try:
        return JsonlPaper.model_validate_json(line)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = ".".join(str(part) for part in first["loc"])
        raise BadInput(
            f"{source}: {place + ': ' if place else ''}{first['msg']}",
            hint='Each line is one JSON object such as {"title": "…", "text": "…"}.',
        ) from error


def _pieces(fields: JsonlPaper) -> tuple[list[Piece], Metadata]:
    """Return the line's text, from the field that tells most of its shape, and what a text's header says."""
    pieces = [Piece(BlockKind.TITLE, fields.title)] if fields.title else []
    if fields.abstract:
        pieces.append(Piece(BlockKind.ABSTRACT, fields.abstract))
    if fields.paragraphs:
        return pieces + list(_sectioned(fields.paragraphs, fields.sections or ())), Metadata()
    if fields.sentences:
        return [*pieces, Piece(BlockKind.PARAGRAPH, "\n".join(fields.sentences))], Metadata()
    if fields.text:
        body, found = text_pieces(fields.text, title=fields.title or "")
        has_title = any(piece.kind is BlockKind.TITLE for piece in body)
        return (pieces[1:] if has_title and fields.title else pieces) + body, found
    return pieces, Metadata()


def _sectioned(paragraphs: tuple[str, ...], sections: tuple[str | None, ...]) -> Iterator[Piece]:
    """Yield the paragraphs under their sections ("Method ::: Data" is Data inside Method), one name a paragraph."""
    path: list[str] = []
    for place, paragraph in enumerate(paragraphs):
        name = sections[place] if place < len(sections) else None
        wanted = [part.strip() for part in (name or "").split(":::") if part.strip()]
        if name and wanted != path:
            shared = _shared_length(path, wanted)
            for level, title in enumerate(wanted[shared:] or wanted[-1:], start=min(shared, len(wanted) - 1) + 1):
                yield Piece(BlockKind.HEADING, title, level)
            path = wanted
        yield Piece(BlockKind.PARAGRAPH, paragraph)


def _shared_length(path: list[str], wanted: list[str]) -> int:
    return next((i for i, (a, b) in enumerate(zip(path, wanted, strict=False)) if a != b), min(len(path), len(wanted)))


def _metadata(fields: JsonlPaper, found: Metadata, *, source: str) -> Metadata:
    """Return the line's own fields, filled from its text's header where they are silent."""
    return replace(
        found,
        title=fields.title or found.title or _opening_words(fields) or source,
        authors=fields.authors or found.authors,
        published=iso_date_in(fields.published or "") or found.published or iso_date_in(fields.year or ""),
        url=fields.url or found.url,
        arxiv_id=arxiv_id_in(fields.arxiv_id or "") or found.arxiv_id,
        doi=doi_in(fields.doi or "") or found.doi,
        venue=fields.venue or found.venue,
        categories=fields.categories or found.categories,
        abstract=fields.abstract or "",
    )


def _opening_words(fields: JsonlPaper) -> str:
    """Return the first words of a paper without a title, so that a list of papers can tell it from the others."""
    text = " ".join((fields.abstract or fields.text or " ".join(fields.paragraphs or fields.sentences or ())).split())
    words = text[:400].split()
    return " ".join(words[:_TITLE_WORDS])[:120] + ("…" if len(words) > _TITLE_WORDS else "")
