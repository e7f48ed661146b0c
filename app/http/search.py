"""`POST /v1/search`: the passages nearest to a query, within filters, as an instruction orders them."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter
from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from app.http.papers_named import PaperNames, resolve_papers
from app.http.services import ServicesOf
from app.http.texts import Text
from app.schemas import SearchOutput
from indexes.library import Library
from indexes.query.filters import MAX_NAME_CHARACTERS, MAX_NAMES, Filters
from indexes.query.instructions import MAX_INSTRUCTION_CHARACTERS
from indexes.records import Language, PaperRole, PassageKind
from indexes.search import search

MAX_K = 100
DEFAULT_K = 10

router = APIRouter(tags=["search"])

IsoDate = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}(-[0-9]{2}(-[0-9]{2})?)?$")]
Name = Annotated[Text, StringConstraints(strip_whitespace=True, min_length=1, max_length=MAX_NAME_CHARACTERS)]
Names = Annotated[tuple[Name, ...], Field(max_length=MAX_NAMES)]


class SearchFilters(BaseModel):
    """What every hit must meet: all that are given must hold, of several names of one kind any."""

    model_config = ConfigDict(extra="forbid")

    text: Text | None = Field(None, max_length=500, description="Words in title, authors, arXiv id or DOI.")
    language: Language | None = Field(None, description="Of the paper.")
    published_from: IsoDate | None = None
    published_to: IsoDate | None = None
    authors: Names = Field((), description="Surnames or full names.")
    authors_excluded: Names = ()
    categories: Names = Field((), description='"cs.CL", or "cs" for all that begin so.')
    categories_excluded: Names = ()
    venues: Names = Field((), description="Words of the venue's name.")
    venues_excluded: Names = ()
    roles: tuple[PaperRole, ...] = ()
    papers_excluded: Names = ()
    sections: Names = Field((), description='Parts of a paper ("methods") or words of a heading.')
    sections_excluded: Names = ()
    kinds: tuple[PassageKind, ...] = ()
    kinds_excluded: tuple[PassageKind, ...] = ()

    def to_filters(self) -> Filters:
        """Return the record.

        Raises:
            BadInput: a date is none, or the range is turned round.
        """
        return Filters(**{name: getattr(self, name) for name in type(self).model_fields})


class SearchRequest(BaseModel):
    """A query, the papers to search (by id, prefix, arXiv id or DOI), how many hits are wanted, and of what sort."""

    model_config = ConfigDict(extra="forbid")

    query: Text
    paper_ids: PaperNames | None = None
    k: int = Field(DEFAULT_K, ge=1, le=MAX_K)
    filters: SearchFilters | None = None
    instruction: Text = Field(
        "", max_length=MAX_INSTRUCTION_CHARACTERS, description='"Not on images, since 2022", in English or Japanese.'
    )
    explain: bool = Field(False, description="Tell for each hit what every part of the search contributed.")


@router.post("/v1/search")
async def search_passages(wanted: SearchRequest, services: ServicesOf) -> SearchOutput:
    """Return the passages nearest to the query, best first, and how the query was understood."""
    return await services.asks.run(lambda: _search(wanted, library=services.library))


def _search(wanted: SearchRequest, *, library: Library) -> SearchOutput:
    named = resolve_papers(library, wanted.paper_ids)
    found = search(
        library,
        wanted.query,
        k=wanted.k,
        paper_ids=library.papers.with_notes(named) if named else named,
        instruction=wanted.instruction,
        filters=wanted.filters.to_filters() if wanted.filters else None,
    )
    stored = library.papers.held(tuple({hit.passage.paper_id for hit in found.hits}))
    titles = {paper_id: held.paper.title for paper_id, held in stored.items()}
    return SearchOutput.of(wanted.query, found, titles=titles, is_explained=wanted.explain)
