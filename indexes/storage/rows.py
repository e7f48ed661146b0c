"""Papers and passages to rows of the tables and back. A row that cannot be read is damage, and says so."""

from __future__ import annotations

import json
import re
import unicodedata
import zlib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any

import numpy as np
from sqlalchemy.engine import Row

from indexes.arrays import Vectors
from indexes.errors import LibraryDamaged
from indexes.records import Box, Language, Paper, PaperRole, Passage, PassageKind, SourceKind, Span

VECTOR_DTYPE = np.dtype("<f4")


@dataclass(frozen=True, slots=True)
class StoredPaper:
    """A paper as the library holds it; `added_at` is ISO in UTC and survives a replacement of the paper."""

    paper: Paper
    passage_count: int
    parser: str
    added_at: str


def paper_values(paper: Paper) -> dict[str, Any]:
    """Return the columns of `papers` that come from the paper itself."""
    return {
        "paper_id": paper.paper_id,
        "title": paper.title,
        "authors": json.dumps(paper.authors, ensure_ascii=False),
        "published": paper.published,
        "updated": paper.updated,
        "url": paper.url,
        "arxiv_id": paper.arxiv_id,
        "doi": paper.doi,
        "categories": json.dumps(paper.categories, ensure_ascii=False),
        "language": paper.language.value,
        "abstract": paper.abstract,
        "source": paper.source,
        "source_kind": paper.source_kind.value,
        "content_sha256": paper.content_sha256,
        "page_count": paper.page_count,
        "venue": paper.venue,
        "arxiv_version": paper.arxiv_version,
        "role": paper.role.value,
        "about": paper.about,
        "published_key": earliest_day(paper.published) if paper.published else None,
        "arxiv_key": arxiv_key(paper.arxiv_id) if paper.arxiv_id else None,
        "doi_key": doi_key(paper.doi) if paper.doi else None,
        "url_key": url_key(paper.url) if paper.url else None,
        "title_key": "\n".join(title_keys(paper.title)) if paper.role is PaperRole.NOTE else title_key(paper.title),
        "search_text": folded(" ".join((paper.title, *paper.authors, paper.arxiv_id or "", paper.doi or ""))),
    }


def stored_paper(row: Row[Any]) -> StoredPaper:
    """Return the paper of a row of `papers`."""
    try:
        paper = Paper(
            paper_id=row.paper_id,
            title=row.title,
            authors=tuple(json.loads(row.authors)),
            published=row.published,
            updated=row.updated,
            url=row.url,
            arxiv_id=row.arxiv_id,
            doi=row.doi,
            categories=tuple(json.loads(row.categories)),
            language=Language(row.language),
            abstract=row.abstract,
            source=row.source,
            source_kind=SourceKind(row.source_kind),
            content_sha256=row.content_sha256,
            page_count=row.page_count,
            venue=row.venue,
            arxiv_version=row.arxiv_version,
            role=PaperRole(row.role),
            about=row.about,
        )
    except (ValueError, TypeError) as error:
        raise damaged_row("papers", row.paper_id, error) from error
    return StoredPaper(paper, row.passage_count, row.parser, row.added_at)


def passage_values(passage: Passage) -> dict[str, Any]:
    """Return the columns of `passages` but for the row's number."""
    return {
        "passage_id": passage.passage_id,
        "paper_id": passage.paper_id,
        "ordinal": passage.ordinal,
        "text": passage.text,
        "section": passage.section,
        "kind": passage.kind.value,
        "spans": json.dumps([_span_list(span) for span in passage.spans], separators=(",", ":")),
    }


UNPLACED_COLUMNS = "passage_id, paper_id, ordinal, text, section, kind"
PLACED_COLUMNS = f"{UNPLACED_COLUMNS}, spans"
"""What `passage_of` takes, in its order. Reading the spans takes most of the time, so that a search leaves them out."""


def stored_passage(row: Row[Any]) -> Passage:
    """Return the passage of a row of `passages`."""
    return passage_of(row.passage_id, row.paper_id, row.ordinal, row.text, row.section, row.kind, row.spans)


def passage_of(
    passage_id: str, paper_id: str, ordinal: int, text: str, section: str, kind: str, spans: str | None = None
) -> Passage:
    """Return the passage of these columns; without spans where they are None.

    Raises:
        LibraryDamaged: the kind or the spans cannot be read.
    """
    try:
        known = _KINDS[kind]
    except KeyError as error:
        raise damaged_row("passages", passage_id, f"{kind!r} is no kind of passage") from error
    placed = () if spans is None else spans_of(passage_id, spans)
    return Passage(passage_id, paper_id, ordinal, text, section, known, placed)


_KINDS = {kind.value: kind for kind in PassageKind}


def spans_of(passage_id: str, spans: str) -> tuple[Span, ...]:
    """Return the spans of the passage `passage_id`.

    Raises:
        LibraryDamaged: they cannot be read.
    """
    try:
        return tuple(_span(numbers) for numbers in json.loads(spans))
    except (ValueError, TypeError, IndexError) as error:
        raise damaged_row("passages", passage_id, error) from error


def stack_vectors(blobs: Iterable[bytes], *, dimension: int) -> Vectors:
    """Return the rows held in `blobs` as one (n, dimension) array.

    Raises:
        LibraryDamaged: a blob is not `dimension` numbers long.
    """
    held = list(blobs)
    wrong = next((blob for blob in held if len(blob) != dimension * VECTOR_DTYPE.itemsize), None)
    if wrong is not None:
        raise damaged_row("vectors", "", f"{len(wrong)} bytes, {dimension} numbers of 4 bytes expected")
    return np.frombuffer(b"".join(held), dtype=VECTOR_DTYPE).reshape(len(held), dimension).astype(np.float32)


def compressed(text: str) -> bytes:
    """Return a document's JSON for storing; a page's worth shrinks about six times."""
    return zlib.compress(text.encode(), level=3)


def decompressed(blob: bytes, *, paper_id: str) -> str:
    """Return a document's JSON.

    Raises:
        LibraryDamaged: the bytes are not what `compressed` made.
    """
    try:
        return zlib.decompress(blob).decode()
    except (zlib.error, UnicodeDecodeError) as error:
        raise damaged_row("documents", paper_id, error) from error


def folded(text: str) -> str:
    """Return `text` for comparing without regard to case, width or composition."""
    return unicodedata.normalize("NFKC", text).casefold()


def arxiv_key(name: str) -> str:
    """Return an arXiv id without `arXiv:`, address and version: `arXiv:2310.10631v2` → `2310.10631`."""
    name = re.sub(r"^(?:https?://arxiv\.org/(?:abs|pdf)/|arxiv:)", "", name.strip().lower())
    return re.sub(r"(?:v\d+)?(?:\.pdf)?$", "", name)


def doi_key(name: str) -> str:
    """Return a DOI without `doi:` and address, in lower case (DOIs ignore case)."""
    return re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", name.strip().lower())


def url_key(url: str) -> str:
    """Return an address for comparing: without scheme, `www.`, fragment and closing slash, in lower case."""
    return re.sub(r"^(?:https?://)?(?:www\.)?", "", url.strip().lower().split("#")[0]).rstrip("/")


def title_key(title: str) -> str:
    """Return a title for comparing: its letters and digits alone, folded."""
    return "".join(character for character in folded(title) if character.isalnum())


def title_keys(title: str) -> tuple[str, ...]:
    """Return what a note's title may be in the library: the whole, and each side of "translated / original"."""
    parts = (title, *re.split(r"\s+[/／|]\s+", title))
    return tuple(dict.fromkeys(key for part in parts if (key := title_key(part))))


def earliest_day(date: str) -> str:
    """Return the first day that a date of any exactness covers: `2024` → `2024-01-01`."""
    return date + "0000-01-01"[len(date) :]


def latest_day(date: str) -> str:
    """Return a day not before the last that a date of any exactness covers: `2024-02` → `2024-02-31`."""
    return date + "0000-12-31"[len(date) :]


def damaged_row(table: str, key: str, reason: object) -> LibraryDamaged:
    """Return the error for a row that does not hold what it must."""
    return LibraryDamaged(
        f"library: row {key!r} of table {table} cannot be read ({reason})",
        hint="Remove that paper and ingest it again, or take the library from a backup.",
    )


def _span_list(span: Span) -> list[float]:
    numbers: list[float] = [span.start, span.end, span.page]
    return numbers if span.box is None else numbers + list(span.box)


def _span(numbers: list[float]) -> Span:
    box = Box._make(numbers[3:]) if len(numbers) > 3 else None
    return Span(int(numbers[0]), int(numbers[1]), int(numbers[2]), box)
