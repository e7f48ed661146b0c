"""A remote source to a file that can be parsed, and to what is to be added to its document once it is.

An arXiv id and a DOI are asked of their registries first; an address is downloaded, and where it turns out to be a
paper's page at its publisher, the PDF that the page names is read in its stead.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path

from indexes.errors import BadInput, Busy, NotAllowed, NotFound, RonbunError, UnsupportedSource
from ingest.completion import with_note, without_record
from ingest.document import ParsedDocument
from ingest.fetch import Fetched, Fetcher
from ingest.identity import arxiv_id_in
from ingest.landing import Landing
from ingest.parsing import Parsers
from ingest.registries.client import Registries
from ingest.registries.merge import completed
from ingest.registries.record import Registered
from ingest.sources import RemoteSource
from ingest.urls import joined_url

Complete = Callable[[ParsedDocument], ParsedDocument]


@dataclass(frozen=True, slots=True)
class Obtained:
    """A downloaded file, and how its document becomes the source's."""

    path: Path
    complete: Complete


@dataclass(frozen=True, slots=True, kw_only=True)
class RemoteFiles:
    """Downloads sources into `folder`; pages are looked at in the parsers' child processes."""

    fetcher: Fetcher
    registries: Registries
    parsers: Parsers
    folder: Path

    def obtain(self, unit: RemoteSource) -> Obtained:
        """Download one source.

        Raises:
            BadInput, NotAllowed, NotFound, Busy: as `Fetcher.fetch`; NotFound also for a DOI whose text is not open.
        """
        if unit.arxiv_id is not None:
            return self._from_arxiv(unit.arxiv_id)
        if unit.doi is not None:
            return self._from_doi(unit.doi)
        return self._from_address(unit.url)

    def _from_arxiv(self, wanted: str) -> Obtained:
        registered, reason = _asked(lambda: self.registries.arxiv(wanted))
        name = f"{registered.arxiv_id}v{registered.arxiv_version}" if registered else wanted
        name = wanted if registered is None or registered.arxiv_version is None else name
        try:
            fetched = self.fetcher.fetch_arxiv(name, folder=self.folder)
        except NotFound as error:
            if registered is not None and registered.notices:
                raise NotFound(
                    f"arXiv has no PDF of {name}; {registered.notices[0]}", hint="Name an earlier version: arxiv:IDv1."
                ) from error
            raise

        def complete(document: ParsedDocument) -> ParsedDocument:
            document = _at(document, fetched.url, arxiv_id=arxiv_id_in("arxiv:" + wanted))
            if registered is None:
                return without_record(document, reason)
            return completed(document, registered)

        return Obtained(fetched.path, complete)

    def _from_doi(self, doi: str) -> Obtained:
        registered = self.registries.crossref(doi)
        refused: list[str] = []
        for url in registered.pdf_urls:
            try:
                fetched = self._fetch_pdf(url)
            except (BadInput, NotFound, Busy) as error:
                refused.append(error.message)
                continue
            return _described(fetched, registered)
        raise _not_open(doi, registered, refused)

    def _from_address(self, url: str) -> Obtained:
        fetched = self.fetcher.fetch(url, folder=self.folder)
        landing = self.parsers.landing(fetched.path) if fetched.path.suffix == ".html" else None
        if landing is None:
            return Obtained(fetched.path, lambda document: _at(document, fetched.url))
        return self._from_landing(fetched, landing)

    def _from_landing(self, page: Fetched, landing: Landing) -> Obtained:
        """Take the PDF that a page names; where it cannot be had, the page itself, which says so."""
        address = joined_url(page.url, landing.pdf_url)
        try:
            paper = self._fetch_pdf(address)
        except (BadInput, NotFound, Busy) as error:
            note = f"the page names a PDF that was not had, so the page itself was read: {error.message}"
            return Obtained(page.path, lambda document: with_note(_at(document, page.url), note))
        page.path.unlink()
        return _described(paper, landing.registered)

    def _fetch_pdf(self, url: str) -> Fetched:
        fetched = self.fetcher.fetch(url, folder=self.folder)
        if fetched.path.suffix != ".pdf":
            fetched.path.unlink()
            raise UnsupportedSource(f"{url} is no PDF", hint="It may ask for a subscription.")
        return fetched


def _described(fetched: Fetched, registered: Registered) -> Obtained:
    return Obtained(fetched.path, lambda document: completed(_at(document, fetched.url), registered))


def _asked(ask: Callable[[], Registered]) -> tuple[Registered | None, str]:
    """Return a record, or None and why there is none; that nothing is registered under the id is an error."""
    try:
        return ask(), ""
    except (NotFound, NotAllowed):
        raise
    except RonbunError as error:
        if type(error) is BadInput:
            raise
        return None, error.message


def _at(document: ParsedDocument, url: str, *, arxiv_id: str | None = None) -> ParsedDocument:
    paper = document.paper
    return replace(document, paper=replace(paper, url=paper.url or url, arxiv_id=arxiv_id or paper.arxiv_id))


def _not_open(doi: str, registered: Registered, refused: list[str]) -> NotFound:
    hint = "Download it with your own access, then ingest the file."
    if registered.preprint:
        hint = f"A preprint of it is arxiv:{registered.preprint}. {hint}"
    why = f": {refused[0]}" if refused else ", since Crossref knows no open PDF of it"
    return NotFound(f"the full text of doi:{doi} (“{registered.title[:100]}”) was not had{why}", hint=hint)
