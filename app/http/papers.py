"""`/v1/papers`: what the library holds; one paper with its structure; removal."""

from __future__ import annotations

from functools import partial
from typing import Annotated

from fastapi import APIRouter, Path, Query, Response

from app.http.papers_named import MAX_NAME_CHARACTERS
from app.http.search import IsoDate
from app.http.services import Services, ServicesOf
from app.schemas_papers import PaperDetailOutput, PapersOutput, StoredPaperOutput
from indexes.records import Language, PaperRole
from indexes.storage.listing import PaperOrder
from indexes.storage.rows import StoredPaper

MAX_PAGE_SIZE = 200
DEFAULT_PAGE_SIZE = 50

router = APIRouter(tags=["papers"])

PaperInPath = Annotated[
    str,
    Path(min_length=1, max_length=MAX_NAME_CHARACTERS, description="Paper id, a unique prefix of it, or an arXiv id."),
]


@router.get("/v1/papers")
async def list_papers(
    services: ServicesOf,
    text: Annotated[str | None, Query(alias="q", max_length=500, description="Words in title or authors.")] = None,
    language: Language | None = None,
    published_from: Annotated[IsoDate | None, Query(alias="from")] = None,
    published_to: Annotated[IsoDate | None, Query(alias="to")] = None,
    role: Annotated[PaperRole | None, Query(description="Papers alone, or notes alone.")] = None,
    order: Annotated[PaperOrder, Query(alias="sort")] = PaperOrder.ADDED,
    limit: Annotated[int, Query(ge=1, le=MAX_PAGE_SIZE)] = DEFAULT_PAGE_SIZE,
    offset: Annotated[int, Query(ge=0, le=10_000_000)] = 0,
) -> PapersOutput:
    """List papers, a page at a time; `total` counts all that the filters let through."""
    held = services.library.papers

    def listed() -> PapersOutput:
        papers = held.listed(
            text=text,
            language=language,
            published_from=published_from,
            published_to=published_to,
            role=role,
            order=order,
            limit=limit,
            offset=offset,
        )
        count = partial(
            held.count, text=text, language=language, published_from=published_from, published_to=published_to
        )
        notes = 0 if role is PaperRole.PAPER else count(role=PaperRole.NOTE)
        total = count(role=role)
        return PapersOutput(total=total, notes=notes, papers=[StoredPaperOutput.of(stored) for stored in papers])

    return await services.reads.run(listed)


@router.get("/v1/papers/{paper_id}")
async def show_paper(paper_id: PaperInPath, services: ServicesOf) -> PaperDetailOutput:
    """Return one paper with its pages, sections and what was noticed while parsing."""
    return await services.reads.run(lambda: _detail(paper_id, services=services))


@router.delete("/v1/papers/{paper_id}", status_code=204)
async def remove_paper(paper_id: PaperInPath, services: ServicesOf) -> Response:
    """Remove a paper with its passages and sheets; only the whole id is taken, so that no prefix deletes."""
    await services.reads.run(lambda: services.library.store.remove_paper(paper_id))
    return Response(status_code=204)


def stored_paper(name: str, *, services: Services) -> StoredPaper:
    """Return the paper that a path names.

    Raises:
        NotFound: the library does not hold it.
    """
    papers = services.library.papers
    return papers.get(papers.resolve(name))


def _detail(name: str, *, services: Services) -> PaperDetailOutput:
    stored = stored_paper(name, services=services)
    document = services.read_document(services.library.papers.document_json(stored.paper.paper_id))
    return PaperDetailOutput.of(stored, document)
