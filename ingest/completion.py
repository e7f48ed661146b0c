"""A parsed file to a document with what registries say of it; a registry that fails costs its record, not the paper."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from indexes.errors import BadInput, Busy, NotFound
from ingest.document import Finding, FindingKind, ParsedDocument
from ingest.registries.client import Registries
from ingest.registries.crossref import arxiv_id_of_doi
from ingest.registries.merge import completed
from ingest.registries.record import Registered


def completed_by_own_ids(document: ParsedDocument, *, registries: Registries) -> ParsedDocument:
    """Ask about the arXiv id or DOI that a paper itself names; a paper without either stays as it is."""
    paper = document.paper
    arxiv_id = paper.arxiv_id or (arxiv_id_of_doi(paper.doi) if paper.doi else None)
    if arxiv_id is not None:
        version = f"v{paper.arxiv_version}" if paper.arxiv_version and paper.arxiv_id else ""
        return completed_by(document, lambda: registries.arxiv(arxiv_id + version))
    if paper.doi is not None:
        doi = paper.doi
        return completed_by(document, lambda: registries.crossref(doi))
    return document


def completed_by(document: ParsedDocument, ask: Callable[[], Registered]) -> ParsedDocument:
    """Complete the document with a record; where none is had, a finding says why.

    Raises:
        NotAllowed: the registry's address may not be asked.
    """
    try:
        registered = ask()
    except (BadInput, NotFound, Busy) as error:
        return without_record(document, error.message)
    return completed(document, registered)


def without_record(document: ParsedDocument, reason: str) -> ParsedDocument:
    """Return the document with a finding that its registered metadata was not had."""
    return with_note(document, f"the registered metadata was not had: {reason}")


def with_note(document: ParsedDocument, message: str) -> ParsedDocument:
    """Return the document with a finding that something which would describe or replace it was not had."""
    missing = Finding(FindingKind.METADATA_MISSING, None, message)
    return replace(document, findings=(*document.findings, missing))
