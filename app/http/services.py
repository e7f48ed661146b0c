"""What every route may use, made once per app and found through `Depends`."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Protocol

from fastapi import Depends, Request

from app.generators.protocol import Generator
from app.http.library_sizes import LibrarySizes
from app.http.measures import Measures
from app.http.options import ServiceOptions
from app.http.page_images import PageImages
from app.http.pools import Pool
from app.http.readiness import Readiness
from app.jobs.runner import JobRunner
from app.jobs.uploads import Uploads
from indexes.library import Library
from ingest.document import ParsedDocument


class ReadDocument(Protocol):
    """Turns a paper's stored document into the record."""

    def __call__(self, document_json: str, /) -> ParsedDocument:
        """Read the JSON that the library holds."""
        ...


class RenderPage(Protocol):
    """Draws a page of a PDF, under limits, outside this process."""

    def __call__(self, path: Path, page: int, *, scale: float) -> bytes:
        """Return the page as a PNG; pages count from 1."""
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The parts of one running service. `asks` runs questions, `reads` short library calls, `renders` page images."""

    library: Library
    generator: Generator
    runner: JobRunner
    uploads: Uploads
    read_document: ReadDocument
    render_page: RenderPage
    images: PageImages
    sizes: LibrarySizes
    asks: Pool
    reads: Pool
    renders: Pool
    measures: Measures
    readiness: Readiness
    options: ServiceOptions


def services_of(request: Request) -> Services:
    """Return the services of the app that got the request."""
    services = request.app.state.services
    assert isinstance(services, Services)
    return services


ServicesOf = Annotated[Services, Depends(services_of)]
