"""The records of a notes page beside those that the library holds of it: what is new, what stays, what is gone.

An entry is known by its content, so that one that is edited is another, and the rest of the page is not read again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from indexes.library import Library
from indexes.passage_encoding import EncodedTexts
from indexes.records import Passage
from indexes.storage.paper_writing import PaperRecord
from indexes.storage.rows import StoredPaper, arxiv_key, title_key
from ingest.document import ParsedDocument
from ingest.document_json import document_to_json
from ingest.passages import make_passages
from ingest.report import Added, Outcome, Removed, Unchanged

MIN_SHARE_OF_SAME_PAGE = 0.5
"""A page of the same name is an earlier state of this one where at least half of its entries are told here again; two
pages called index.md are two pages, and nothing of the first is removed for the second."""


@dataclass(frozen=True, slots=True)
class PageEntry:
    """An entry that is new to the library, cut into passages."""

    document: ParsedDocument
    passages: tuple[Passage, ...]


@dataclass(frozen=True, slots=True)
class ReadyPage:
    """A page that waits for its new entries' vectors.

    `kept` are entries that the library has of this page; where they stand may have changed. `held` are those that it
    has of other pages. `removed` are those that an earlier state of the page had and this one has not.
    """

    source: str
    new: tuple[PageEntry, ...]
    kept: tuple[ParsedDocument, ...]
    held: tuple[Unchanged, ...]
    removed: tuple[Removed, ...]
    original: Path

    @property
    def passages(self) -> tuple[Passage, ...]:
        """The passages of the new entries, in order."""
        return tuple(passage for entry in self.new for passage in entry.passages)


def compare_page(
    documents: Sequence[ParsedDocument], *, source: str, original: Path, library: Library
) -> ReadyPage | None:
    """Return what storing the page would change; None where none of it could answer anything."""
    held = library.papers.held([document.paper.paper_id for document in documents])
    earlier = library.papers.notes_of_page(source)
    new: list[PageEntry] = []
    kept: list[ParsedDocument] = []
    elsewhere: list[Unchanged] = []
    for document in documents:
        paper = document.paper
        stored = held.get(paper.paper_id)
        if stored is None:
            passages = make_passages(document, encoder=library.encoder)
            if passages:
                new.append(PageEntry(document, passages))
        elif stored.paper.content_sha256 == paper.content_sha256 or page_of(stored.paper.source) == source:
            kept.append(document)
        else:
            elsewhere.append(Unchanged(paper.paper_id, paper.source))
    if not (new or kept or elsewhere):
        return None
    removed = tuple(
        Removed(stored.paper.paper_id, stored.paper.source, stored.paper.title) for stored in _gone(earlier, documents)
    )
    return ReadyPage(source, tuple(new), tuple(kept), tuple(elsewhere), removed, original)


def store_page(library: Library, page: ReadyPage, encoded: EncodedTexts) -> list[Outcome]:
    """Keep the original, then bring the page to its present state in one transaction; return what became of it.

    `encoded` is of the page's passages.
    """
    documents = [entry.document for entry in page.new] + list(page.kept)
    if documents and (page.new or page.removed or _has_moved(library, page.kept)):
        library.store.put_file(page.original, documents[0].paper.content_sha256, page.original.suffix.lower())
        records, first = [], 0
        for entry in page.new:
            part = encoded.part(first, len(entry.passages))
            first += len(entry.passages)
            records.append(_record(entry.document, entry.passages, part))
        library.store.put_page(
            records,
            kept=[_record(document, (), encoded.part(0, 0)) for document in page.kept],
            removed=[gone.paper_id for gone in page.removed],
        )
    added = [
        Added(
            entry.document.paper.paper_id,
            entry.document.paper.source,
            entry.document.paper.title,
            1,
            len(entry.passages),
        )
        for entry in page.new
    ]
    same = [Unchanged(document.paper.paper_id, document.paper.source) for document in page.kept]
    return [*added, *same, *page.held, *page.removed]


def _record(document: ParsedDocument, passages: tuple[Passage, ...], encoded: EncodedTexts) -> PaperRecord:
    json = document_to_json(document)
    return PaperRecord(document.paper, passages, encoded.vectors, document.parser, json, encoded.token_blobs)


def _has_moved(library: Library, kept: Sequence[ParsedDocument]) -> bool:
    """Say whether any kept entry stands elsewhere now, or on a page with other content."""
    held = library.papers.held([document.paper.paper_id for document in kept])
    return any(
        (stored.paper.source, stored.paper.content_sha256) != (document.paper.source, document.paper.content_sha256)
        for document in kept
        if (stored := held.get(document.paper.paper_id)) is not None
    )


def _gone(earlier: Sequence[StoredPaper], documents: Sequence[ParsedDocument]) -> list[StoredPaper]:
    """Return the entries of earlier states of the page that it has no more, page by page as they were ingested."""
    ids = {document.paper.paper_id for document in documents}
    names = {
        name for document in documents for name in (title_key(document.paper.title), document.paper.arxiv_id) if name
    }
    pages: dict[str, list[StoredPaper]] = {}
    for stored in earlier:
        pages.setdefault(stored.paper.content_sha256, []).append(stored)
    gone: list[StoredPaper] = []
    for entries in pages.values():
        again = [stored for stored in entries if stored.paper.paper_id in ids or _names_of(stored) & names]
        if len(again) >= MIN_SHARE_OF_SAME_PAGE * len(entries):
            gone += [stored for stored in entries if stored.paper.paper_id not in ids]
    return gone


def _names_of(stored: StoredPaper) -> set[str]:
    arxiv_id = stored.paper.arxiv_id
    return {title_key(stored.paper.title), *([arxiv_key(arxiv_id)] if arxiv_id else [])}


def page_of(source: str) -> str:
    """Return the name of the page in an entry's source ("week.md#2"); another source is returned as it is."""
    page, mark, number = source.rpartition("#")
    return page if mark and number.isdigit() else source
