"""`/v1/digests` and `/v1/feed.atom`: the papers of a stretch of dates with their sheets, made where they are absent."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from app.http.documents import atom_response, html_response, json_response, markdown_response, page_link
from app.http.pools import ReaderLeft, run_while_read
from app.http.services import Services, ServicesOf
from app.http.sheets import LanguageWanted
from app.schemas_library import DigestOutput
from app.sheets.digest import build_digest
from app.sheets.records import Digest
from app.sheets.render_atom import render_digest_atom
from app.sheets.render_html import render_digest_html
from app.sheets.render_markdown import render_digest_markdown
from indexes.records import Language

FEED_DAYS = 31  # a reader that looks in once a month misses nothing
MAX_FEED_DAYS = 366

router = APIRouter(tags=["digests"])

Day = Annotated[str, Query(pattern=r"^\d{4}-\d{2}-\d{2}$", description="YYYY-MM-DD.")]


class DigestFormat(StrEnum):
    """How a digest is written."""

    JSON = "json"
    MARKDOWN = "md"
    HTML = "html"
    ATOM = "atom"


@router.get(
    "/v1/digests",
    response_model=DigestOutput,
    responses={200: {"content": {"text/markdown": {}, "text/html": {}, "application/atom+xml": {}}}},
)
async def show_digest(
    request: Request,
    services: ServicesOf,
    first: Annotated[Day, Query(alias="from")],
    last: Annotated[Day, Query(alias="to")],
    language: LanguageWanted = Language.ENGLISH,
    written: Annotated[DigestFormat, Query(alias="format")] = DigestFormat.JSON,
) -> Response:
    """Return the digest of the papers published in the period, both days included."""
    digest = await run_while_read(
        request, services.asks, lambda left: _build(left, first, last, language=language, services=services)
    )
    match written:
        case DigestFormat.JSON:
            return json_response(DigestOutput.of(digest))
        case DigestFormat.MARKDOWN:
            return markdown_response(render_digest_markdown(digest))
        case DigestFormat.HTML:
            return html_response(render_digest_html(digest, page_link=page_link()))
        case DigestFormat.ATOM:
            return atom_response(render_digest_atom(digest))


@router.get("/v1/feed.atom", response_class=Response, responses={200: {"content": {"application/atom+xml": {}}}})
async def feed(
    request: Request,
    services: ServicesOf,
    language: LanguageWanted = Language.ENGLISH,
    days: Annotated[int, Query(ge=1, le=MAX_FEED_DAYS, description="How far back from today (UTC).")] = FEED_DAYS,
) -> Response:
    """Return the papers published lately as an Atom feed, one entry a paper."""
    today = datetime.now(UTC).date()
    first, last = (today - timedelta(days=days)).isoformat(), today.isoformat()
    digest = await run_while_read(
        request, services.asks, lambda left: _build(left, first, last, language=language, services=services)
    )
    return atom_response(render_digest_atom(digest, self_url=str(request.url)))


def _build(left: threading.Event, first: str, last: str, *, language: Language, services: Services) -> Digest:
    """Build the digest in this thread; give up between two papers once `left` is set."""

    def stop_if_left(_fraction: float, _message: str) -> None:
        if left.is_set():
            raise ReaderLeft

    return build_digest(
        services.library,
        first,
        last,
        language=language,
        generator=services.generator,
        on_progress=stop_if_left,
    )
