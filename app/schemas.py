"""Every JSON output, one pydantic model each, shared by the command line and HTTP.

Each model is made from a record by its `of` constructor; `schema` names the shape and its version, and changes only
when a field changes its meaning or goes. Papers are in `app.schemas_papers`, the rest in `app.schemas_library`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Literal, Self

from pydantic import BaseModel, ConfigDict, Field

from app.answering.records import Answer, Check, Citation, Claim, PlacedBox, Provenance
from indexes.found import Found, Understood
from indexes.records import Contribution, Hit, role_of


class Output(BaseModel):
    """What all outputs share: no unknown fields, and `schema` printed under that very name."""

    model_config = ConfigDict(extra="forbid", frozen=True, serialize_by_alias=True, populate_by_name=True)


class PlacedBoxOutput(Output):
    """A rectangle on a page: PDF points from the page's top left; pages count from 1."""

    page: int
    box: tuple[float, float, float, float]

    @classmethod
    def of(cls, placed: PlacedBox) -> Self:
        """Round to a hundredth of a point."""
        x0, y0, x1, y1 = (round(value, 2) for value in placed.box)
        return cls(page=placed.page, box=(x0, y0, x1, y1))


class CitationOutput(Output):
    """A quote and its place. `boxes` are those on `page`; `places` are all, each with its own page.

    With the role `note` it is the statement of a note about a paper, not the paper's.
    """

    marker: int
    paper_id: str
    title: str
    passage_id: str
    section: str
    page: int
    boxes: list[tuple[float, float, float, float]]
    places: list[PlacedBoxOutput]
    quote: str
    role: Literal["paper", "note"]

    @classmethod
    def of(cls, citation: Citation) -> Self:
        """Make it from the record."""
        places = [PlacedBoxOutput.of(placed) for placed in citation.boxes]
        return cls(
            marker=citation.marker,
            paper_id=citation.paper_id,
            title=citation.title,
            passage_id=citation.passage_id,
            section=citation.section,
            page=citation.page,
            boxes=[placed.box for placed in places if placed.page == citation.page],
            places=places,
            quote=citation.quote,
            role=citation.role.value,
        )


class CheckOutput(Output):
    """One check of a claim."""

    name: str
    passed: bool
    detail: str

    @classmethod
    def of(cls, check: Check) -> Self:
        """Make it from the record."""
        return cls(name=check.name, passed=check.passed, detail=check.detail)


class ClaimOutput(Output):
    """One sentence, the markers of its citations, and the verdict; its role is `note` where only notes say it."""

    text: str
    verdict: Literal["supported", "contradicted", "not_found"]
    reason: str
    markers: list[int]
    checks: list[CheckOutput]
    role: Literal["paper", "note"]

    @classmethod
    def of(cls, claim: Claim) -> Self:
        """Make it from the record."""
        return cls(
            text=claim.text,
            verdict=claim.verdict.value,
            reason=claim.reason,
            markers=[citation.marker for citation in claim.citations],
            checks=[CheckOutput.of(check) for check in claim.checks],
            role=claim.role.value,
        )


class ContributionOutput(Output):
    """What one part of the search gave to a hit's score: `value` as measured, `amount` as added or taken."""

    name: str
    value: float
    amount: float

    @classmethod
    def of(cls, contribution: Contribution) -> Self:
        """Make it from the record."""
        return cls(name=contribution.name, value=round(contribution.value, 6), amount=round(contribution.amount, 6))


class UnderstoodOutput(Output):
    """How a query was read: what was searched, what every hit had to meet, what lowered hits, what was translated."""

    text: str
    filters: list[str]
    penalties: list[str]
    translated: list[tuple[str, float]]

    @classmethod
    def of(cls, understood: Understood) -> Self:
        """Make it from the record."""
        return cls(
            text=understood.text,
            filters=list(understood.filters),
            penalties=list(understood.penalties),
            translated=[(term, round(weight, 4)) for term, weight in understood.translated],
        )


class HitOutput(Output):
    """A passage that a search returned, best first; its role says whether it is a paper's own or a note's.

    `contributions` tell how it came to its score, the largest first; they are empty unless they were asked for.
    """

    rank: int
    score: float
    passage_id: str
    paper_id: str
    title: str
    section: str
    page: int
    page_last: int
    text: str
    role: Literal["paper", "note"]
    contributions: list[ContributionOutput] = []

    @classmethod
    def of(cls, hit: Hit, *, title: str, is_explained: bool = False) -> Self:
        """Make it from the record and its paper's title; `is_explained` tells the contributions too."""
        spans = hit.passage.spans
        return cls(
            rank=hit.rank,
            score=round(hit.score, 6),
            passage_id=hit.passage.passage_id,
            paper_id=hit.passage.paper_id,
            title=title,
            section=hit.passage.section,
            page=spans[0].page,
            page_last=spans[-1].page,
            text=hit.passage.text,
            role=role_of(hit.passage).value,
            contributions=[ContributionOutput.of(one) for one in hit.contributions] if is_explained else [],
        )


class SearchOutput(Output):
    """The hits of one query, and how it was read."""

    schema_: Literal["ronbun.search/1"] = Field(default="ronbun.search/1", alias="schema")
    query: str
    understood: UnderstoodOutput
    hits: list[HitOutput]

    @classmethod
    def of(cls, query: str, found: Found, *, titles: Mapping[str, str], is_explained: bool) -> Self:
        """Make it from what a search found; `titles` names papers by id, a hit of any other was removed meanwhile."""
        there = [hit for hit in found.hits if hit.passage.paper_id in titles]
        hits = [
            HitOutput.of(replace(hit, rank=rank), title=titles[hit.passage.paper_id], is_explained=is_explained)
            for rank, hit in enumerate(there, start=1)
        ]
        return cls(query=query, understood=UnderstoodOutput.of(found.understood), hits=hits)


class GeneratorOutput(Output):
    """Which generator wrote."""

    kind: str
    name: str
    sha256: str | None


class UsageOutput(Output):
    """Tokens read and written."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


class ProvenanceOutput(Output):
    """Enough to run an answer again."""

    encoder: str
    generator: GeneratorOutput
    prompt_id: str | None
    prompt_sha256: str | None
    generation: int
    parsers: list[str]
    seed: int
    usage: UsageOutput
    dropped_passage_ids: list[str]
    context_passage_ids: list[str] = []
    is_cut_off: bool = False
    timings_ms: dict[str, float]
    version: str

    @classmethod
    def of(cls, provenance: Provenance) -> Self:
        """Make it from the record."""
        generator, usage = provenance.generator, provenance.usage
        return cls(
            encoder=provenance.encoder,
            generator=GeneratorOutput(kind=generator.kind.value, name=generator.name, sha256=generator.sha256),
            prompt_id=provenance.prompt_id,
            prompt_sha256=provenance.prompt_sha256,
            generation=provenance.generation,
            parsers=list(provenance.parsers),
            seed=provenance.seed,
            usage=UsageOutput(
                prompt_tokens=usage.prompt_tokens,
                completion_tokens=usage.completion_tokens,
                cached_tokens=usage.cached_tokens,
            ),
            dropped_passage_ids=list(provenance.dropped_passage_ids),
            context_passage_ids=list(provenance.context_passage_ids),
            is_cut_off=provenance.is_cut_off,
            timings_ms={name: round(value, 1) for name, value in provenance.timings_ms},
            version=provenance.version,
        )


class AnswerOutput(Output):
    """A grounded answer; `status` not_in_paper is a result, not an error."""

    schema_: Literal["ronbun.answer/1"] = Field(default="ronbun.answer/1", alias="schema")
    question: str
    language: Literal["en", "ja"]
    status: Literal["answered", "not_in_paper", "unsupported"]
    text: str
    claims: list[ClaimOutput]
    citations: list[CitationOutput]
    hits: list[HitOutput]
    provenance: ProvenanceOutput

    @classmethod
    def of(cls, answer: Answer) -> Self:
        """Make it from the record."""
        return cls(
            question=answer.question,
            language=answer.language.value,
            status=answer.status.value,
            text=answer.text,
            claims=[ClaimOutput.of(claim) for claim in answer.claims],
            citations=[CitationOutput.of(citation) for citation in answer.citations],
            hits=[HitOutput.of(hit, title=answer.titles[hit.passage.paper_id]) for hit in answer.hits],
            provenance=ProvenanceOutput.of(answer.provenance),
        )


class VerifyOutput(Output):
    """What the checks say of one claim on any text."""

    verdict: Literal["supported", "contradicted", "not_found"]
    score: float
    reason: str
    checks: list[CheckOutput]
