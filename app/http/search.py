"""`POST /v1/search`: the passages nearest to a query."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.http.papers_named import PaperNames, hit_outputs, resolve_papers
from app.http.services import ServicesOf
from app.http.texts import Text
from app.schemas import SearchOutput
from indexes.library import Library
from indexes.records import Language
from indexes.search import search

MAX_K = 100
DEFAULT_K = 10

router = APIRouter(tags=["search"])

IsoDate = Annotated[str, StringConstraints(pattern=r"^\d{4}(-\d{2}(-\d{2})?)?$")]


class SearchFilters(BaseModel):
    """Which papers are searched: all that are given must hold."""

    model_config = ConfigDict(extra="forbid")

    text: Text | None = Field(None, max_length=500, description="Words in title, authors or abstract.")
    language: Language | None = None
    published_from: IsoDate | None = None
    published_to: IsoDate | None = None


class SearchRequest(BaseModel):
    """A query, the papers to search (by id, prefix, arXiv id or DOI) and how many hits are wanted."""

    model_config = ConfigDict(extra="forbid")

    query: Text
    paper_ids: PaperNames | None = None
    k: int = Field(DEFAULT_K, ge=1, le=MAX_K)
    filters: SearchFilters | None = None


@router.post("/v1/search")
async def search_passages(wanted: SearchRequest, services: ServicesOf) -> SearchOutput:
    """Return the passages nearest to the query, best first."""
    return await services.asks.run(lambda: _search(wanted, library=services.library))


def _search(wanted: SearchRequest, *, library: Library) -> SearchOutput:
    paper_ids = _papers_searched(wanted, library=library)
    paper_ids = library.store.with_notes(paper_ids) if paper_ids else paper_ids
    hits = () if paper_ids == () else search(library, wanted.query, k=wanted.k, paper_ids=paper_ids).hits
    return SearchOutput(query=wanted.query, hits=hit_outputs(library, hits))


def _papers_searched(wanted: SearchRequest, *, library: Library) -> tuple[str, ...] | None:
    named = resolve_papers(library, wanted.paper_ids)
    if wanted.filters is None:
        return named
    filters = wanted.filters
    passing = library.store.papers(
        text=filters.text,
        language=filters.language,
        published_from=filters.published_from,
        published_to=filters.published_to,
    )
    passing_ids = {stored.paper.paper_id: None for stored in passing}
    return tuple(passing_ids if named is None else (paper_id for paper_id in named if paper_id in passing_ids))
