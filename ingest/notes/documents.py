"""A page of notes to one document a paper, and one of what the page says besides; None where it is no such page."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence
from dataclasses import replace

from indexes.records import PaperRole, SourceKind
from ingest.assembly import Metadata, Origin, Piece, assemble
from ingest.document import EVIDENCE_KINDS, BlockKind, ParsedDocument
from ingest.identity import paper_id_of, sha256_of_bytes
from ingest.notes.entries import entry_pieces, page_rest
from ingest.notes.heads import is_title_like
from ingest.notes.reading import NotesPage, read_page
from ingest.notes.rows import ENUMERATION, Row, RowShape
from ingest.notes.splitting import Entry, split

PARSER = "ronbun-notes/1"

_SIGNS = re.compile(rb"https?://|arxiv|doi|:|\xef\xbc\x9a", re.IGNORECASE)
"""What the places that divide a page must hold; a text with fewer than two is not read twice."""


def documents_of_page(content: bytes, *, source: str, kind: SourceKind) -> tuple[ParsedDocument, ...]:
    """Return the page's records: what belongs to no entry first, if there is any, then the entries in order.

    () where the file is one text and no page of several notes. Sources are the page's name, "#1" and so on added for
    the entries. Together the records hold all text of the page, each part once.

    Raises:
        UnreadableSource: as the kind's parser says.
    """
    if len(_SIGNS.findall(content, 0, 1_000_000)) < 2:
        return ()
    page = read_page(content, source=source, kind=kind)
    entries = split(page.rows)
    if not entries:
        return ()
    sha256 = sha256_of_bytes(content)
    documents = _page_record(page, entries, Origin(source=source, kind=kind, content_sha256=sha256))
    for place, entry in enumerate(entries, start=1):
        origin = Origin(source=f"{source}#{place}", kind=kind, content_sha256=sha256)
        columns = _columns(page.rows, entry)
        pieces, metadata = entry_pieces(page.rows[entry.start : entry.end], title=entry.title, columns=columns)
        documents.append(_note(pieces, metadata, origin))
    return tuple(documents)


def note_id_of(document: ParsedDocument) -> str:
    """Return the id of an entry's record: the hash of its text and address, without the number it has on its page."""
    texts = [" ".join(block.text.split()) for block in document.blocks]
    if texts and document.blocks[0].kind is BlockKind.TITLE:
        texts[0] = ENUMERATION.sub("", texts[0].removeprefix("- "), count=1)
    digest = hashlib.sha256("\n".join([document.paper.url or "", *texts]).encode())
    return paper_id_of(digest.hexdigest())


def has_evidence(document: ParsedDocument) -> bool:
    """Say whether any of the document's text can become a passage."""
    return any(block.kind in EVIDENCE_KINDS for block in document.blocks)


def _note(pieces: Sequence[Piece], metadata: Metadata, origin: Origin) -> ParsedDocument:
    document = assemble(pieces, metadata, origin=origin, parser=PARSER)
    paper = replace(document.paper, role=PaperRole.NOTE, paper_id=note_id_of(document))
    return replace(document, paper=paper)


def _page_record(page: NotesPage, entries: Sequence[Entry], origin: Origin) -> list[ParsedDocument]:
    inside = {place for entry in entries for place in range(entry.start, entry.end)}
    rest = [row for place, row in enumerate(page.rows) if place not in inside]
    if not rest:
        return []
    title = page.title or _own_title(rest)
    pieces = page_rest(rest)
    if title and pieces[0].text.strip() == title:
        pieces[0] = replace(pieces[0], kind=BlockKind.TITLE)
    document = _note(pieces, Metadata(title=title), origin)
    return [replace(document, findings=page.findings)]


def _own_title(rest: Sequence[Row]) -> str:
    """Return the page's first line or heading, where that can be a title."""
    heading = next((row for row in rest if row.shape is RowShape.HEADING), rest[0])
    text = heading.text.strip()
    return text if is_title_like(text) else ""


def _columns(rows: Sequence[Row], entry: Entry) -> tuple[str, ...]:
    """Return the heads of the columns of an entry that is a table's row."""
    row = rows[entry.start]
    if row.shape is not RowShape.TABLE:
        return ()
    first = next(other for other in rows if other.piece == row.piece)
    return tuple(cell.strip() + ":" for cell in first.text.split(" | "))
