"""A publisher's page about a paper (`citation_pdf_url` in its head) to the PDF that it names and what it says of it."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

from pydantic import TypeAdapter, ValidationError

from indexes.errors import ParsingFailed
from ingest.html import open_page
from ingest.html_metadata import page_metadata, pdf_url_of
from ingest.registries.record import Contributor, Registered, Registry


@dataclass(frozen=True, slots=True)
class Landing:
    """What a page says of the paper whose PDF is at `pdf_url`, which may be relative to the page."""

    pdf_url: str
    registered: Registered


def read_landing(content: bytes, *, source: str) -> Landing | None:
    """Read a page's head; None where it names no PDF or no title, and so is read for itself.

    Raises:
        UnreadableSource: it is no page.
    """
    page = open_page(content, source=source)
    pdf_url, metadata = pdf_url_of(page), page_metadata(page)
    if not pdf_url or not metadata.title:
        return None
    registered = Registered(
        registry=Registry.PAGE,
        title=metadata.title,
        contributors=tuple(Contributor(name) for name in metadata.authors),
        abstract=metadata.abstract,
        published=metadata.published,
        updated=metadata.updated,
        url=metadata.url,
        arxiv_id=metadata.arxiv_id,
        doi=metadata.doi,
        venue=metadata.venue,
        categories=metadata.categories,
    )
    return Landing(pdf_url, registered)


@cache
def _adapter() -> TypeAdapter[Landing | None]:
    return TypeAdapter(Landing | None)


def landing_to_json(landing: Landing | None) -> bytes:
    """Return the landing as JSON; `landing_from_json` gives an equal one back."""
    return _adapter().dump_json(landing)


def landing_from_json(text: bytes) -> Landing | None:
    """Return the landing.

    Raises:
        ParsingFailed: the JSON is not of one.
    """
    try:
        return _adapter().validate_json(text, strict=True, extra="forbid")
    except ValidationError as error:
        raise ParsingFailed("what the page says of its paper is malformed", hint="Give the PDF's address.") from error
