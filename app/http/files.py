"""A paper's own file, and its pages as images."""

from __future__ import annotations

from pathlib import Path as FilePath
from typing import Annotated

from fastapi import APIRouter, Path, Query, Request, Response
from fastapi.responses import FileResponse

from app.http.papers import PaperInPath, stored_paper
from app.http.services import Services, ServicesOf
from app.schemas_papers import PageBlocksOutput
from indexes.errors import NotFound
from indexes.records import Paper, SourceKind

MIN_SCALE, MAX_SCALE = 0.25, 4.0  # 18 to 288 dots an inch
DEFAULT_SCALE = 2.0
CACHE_CONTROL = "private, max-age=3600"  # a paper's id changes with its bytes, so an hour is safe

router = APIRouter(tags=["papers"])


@router.get(
    "/v1/papers/{paper_id}/file",
    response_class=FileResponse,
    responses={200: {"content": {"application/pdf": {}, "text/plain": {}}}},
)
async def paper_file(paper_id: PaperInPath, services: ServicesOf) -> FileResponse:
    """Return the file that the paper was read from: a PDF to look at, anything else as text to save."""
    paper, path = await services.reads.run(lambda: _paper_and_file(paper_id, services=services))
    is_pdf = paper.source_kind is SourceKind.PDF
    return FileResponse(
        path,
        media_type="application/pdf" if is_pdf else "text/plain; charset=utf-8",
        filename=paper.paper_id.replace(":", "_") + path.suffix,
        content_disposition_type="inline" if is_pdf else "attachment",
        headers={"Cache-Control": CACHE_CONTROL},
    )


@router.get(
    "/v1/papers/{paper_id}/pages/{page}.png", response_class=Response, responses={200: {"content": {"image/png": {}}}}
)
async def page_image(
    paper_id: PaperInPath,
    page: Annotated[int, Path(ge=1, le=100_000)],
    request: Request,
    services: ServicesOf,
    scale: Annotated[float, Query(ge=MIN_SCALE, le=MAX_SCALE, description="Pixels for one PDF point.")] = DEFAULT_SCALE,
) -> Response:
    """Return a page of a PDF as an image; pages count from 1."""
    paper, path = await services.reads.run(lambda: _paper_and_file(paper_id, services=services))
    _check_page(paper, page)
    scale = round(scale, 2)
    headers = {"ETag": f'"{paper.content_sha256[:32]}-{page}-{scale}"', "Cache-Control": CACHE_CONTROL}
    if headers["ETag"] in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers=headers)
    key = (paper.content_sha256, page, scale)
    image = await services.renders.run(
        lambda: services.images.get_or_draw(key, lambda: services.render_page(path, page, scale=scale))
    )
    return Response(image, media_type="image/png", headers=headers)


@router.get("/v1/papers/{paper_id}/pages/{page}/blocks")
async def page_blocks(
    paper_id: PaperInPath, page: Annotated[int, Path(ge=1, le=100_000)], services: ServicesOf
) -> PageBlocksOutput:
    """Return what the parser made of a page: its blocks in reading order with their boxes, and what it noticed."""

    def placed() -> PageBlocksOutput:
        paper = stored_paper(paper_id, services=services).paper
        _check_page(paper, page)
        document = services.read_document(services.library.papers.document_json(paper.paper_id))
        return PageBlocksOutput.of(document, number=page)

    return await services.reads.run(placed)


def _paper_and_file(name: str, *, services: Services) -> tuple[Paper, FilePath]:
    paper = stored_paper(name, services=services).paper
    return paper, services.library.papers.file_of(paper.paper_id)


def _check_page(paper: Paper, page: int) -> None:
    if paper.source_kind is not SourceKind.PDF:
        raise NotFound(
            f"paper {paper.paper_id} was read from {paper.source_kind} and has no pages to show",
            hint=f"GET /v1/papers/{paper.paper_id}/file has its text.",
        )
    if page > paper.page_count:
        raise NotFound(
            f"paper {paper.paper_id} has no page {page}; it has {paper.page_count}", hint="Pages count from 1."
        )
