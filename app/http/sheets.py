"""`/v1/papers/{id}/sheet`: a paper's sheet as it is stored, and the job that makes it anew."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Response

from app.http.documents import html_response, json_response, markdown_response, page_link
from app.http.papers import PaperInPath, stored_paper
from app.http.services import Services, ServicesOf
from app.jobs.kinds import JobKind
from app.jobs.sheet_job import SheetPayload
from app.schemas_library import JobOutput, SheetOutput
from app.sheets.records import QASheet
from app.sheets.render_html import render_sheet_html
from app.sheets.render_markdown import render_sheet_markdown
from app.sheets.stored import stored_sheet
from indexes.errors import NotFound
from indexes.records import Language
from indexes.storage.jobs import JobRecord

router = APIRouter(tags=["sheets"])

LanguageWanted = Annotated[Language, Query(alias="lang", description="Language of questions and labels.")]


class SheetFormat(StrEnum):
    """How a sheet is written."""

    JSON = "json"
    MARKDOWN = "md"
    HTML = "html"


@router.get(
    "/v1/papers/{paper_id}/sheet",
    response_model=SheetOutput,
    responses={200: {"content": {"text/markdown": {}, "text/html": {}}}},
)
async def show_sheet(
    paper_id: PaperInPath,
    services: ServicesOf,
    language: LanguageWanted = Language.ENGLISH,
    written: Annotated[SheetFormat, Query(alias="format")] = SheetFormat.JSON,
) -> Response:
    """Return the sheet that the present generator made; 404 where it has not made one yet."""
    sheet = await services.reads.run(lambda: _stored(paper_id, language=language, services=services))
    match written:
        case SheetFormat.JSON:
            return json_response(SheetOutput.of(sheet))
        case SheetFormat.MARKDOWN:
            return markdown_response(render_sheet_markdown(sheet))
        case SheetFormat.HTML:
            return html_response(render_sheet_html(sheet, page_link=page_link()))


@router.post("/v1/papers/{paper_id}/sheet", status_code=202)
async def make_sheet(
    paper_id: PaperInPath, services: ServicesOf, language: LanguageWanted = Language.ENGLISH
) -> JobOutput:
    """Queue a job that makes the sheet anew and stores it in the place of the one before."""

    def queue() -> JobRecord:
        payload = SheetPayload(paper_id=stored_paper(paper_id, services=services).paper.paper_id, language=language)
        return services.runner.submit(JobKind.SHEET, payload.model_dump_json())

    return JobOutput.of(await services.reads.run(queue))


def _stored(name: str, *, language: Language, services: Services) -> QASheet:
    paper_id = stored_paper(name, services=services).paper.paper_id
    sheet = stored_sheet(paper_id, library=services.library, generator=services.generator, language=language)
    if sheet is None:
        raise NotFound(
            f"paper {paper_id} has no sheet in '{language}' by the present generator",
            hint=f"POST /v1/papers/{paper_id}/sheet?lang={language} makes it.",
        )
    return sheet
