"""Questions to arXiv and Crossref: the answer that was kept, or a new one, as what is registered there."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass

from indexes.errors import RonbunError
from ingest.fetch import Fetcher, Reply
from ingest.registries.arxiv import arxiv_query, parse_arxiv
from ingest.registries.cache import AnswerCache
from ingest.registries.crossref import crossref_query, parse_crossref
from ingest.registries.record import Registered

_logger = logging.getLogger(__name__)
MAX_ANSWER_BYTES = 4 << 20
"""The largest records (thousands of authors, all their references) have about 2 MB."""


@dataclass(frozen=True, slots=True)
class Registries:
    """Asks the registries through one fetcher; without a cache every question is asked anew."""

    fetcher: Fetcher
    cache: AnswerCache | None = None

    def arxiv(self, arxiv_id: str) -> Registered:
        """Return what arXiv says of a paper, or of the version that the id names.

        Raises:
            NotFound: there is none.
            BadInput, NotAllowed, UnreadableSource, TooLarge, Busy: arXiv could not be asked, or answers nonsense.
        """
        url = arxiv_query(self.fetcher.settings.arxiv_api_base_url, arxiv_id)
        return self._answered(url, "application/atom+xml", "", lambda reply: parse_arxiv(reply.body, arxiv_id=arxiv_id))

    def crossref(self, doi: str) -> Registered:
        """Return what Crossref says of a DOI.

        Raises:
            NotFound: there is no such DOI there.
            BadInput, NotAllowed, UnreadableSource, TooLarge, Busy: Crossref could not be asked, or answers nonsense.
        """
        url = crossref_query(self.fetcher.settings.crossref_base_url, doi)
        mailto = self.fetcher.settings.contact_email
        return self._answered(
            url, "application/json", mailto, lambda reply: parse_crossref(reply.body, status=reply.status, doi=doi)
        )

    def _answered(self, url: str, accept: str, mailto: str, parse: Callable[[Reply], Registered]) -> Registered:
        """Parse the answer, kept or new; only one that can be parsed is kept."""
        kept = self.cache.get(url) if self.cache else None
        if kept is not None:
            try:
                return parse(kept)
            except RonbunError as error:
                _logger.info("kept answer refused reason=%s", error.code)
        reply = self.fetcher.ask(url, accept=accept, max_bytes=MAX_ANSWER_BYTES, mailto=mailto)
        registered = parse(reply)
        if self.cache is not None:
            self.cache.put(url, reply)
        return registered
