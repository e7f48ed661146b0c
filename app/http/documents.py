"""Rendered documents as responses: Markdown, HTML that may style itself and do nothing else, Atom, JSON."""

from __future__ import annotations

from fastapi import Response

from app.schemas import Output
from app.sheets.presentation import PageLink
from app.sheets.render_html import page_image_link

HTML_POLICY = (
    "default-src 'none'; style-src 'unsafe-inline'; img-src 'self'; base-uri 'none'; form-action 'none'; "
    "frame-ancestors 'none'"
)


def json_response(output: Output) -> Response:
    """Return a model as JSON."""
    return Response(output.model_dump_json(), media_type="application/json")


def markdown_response(text: str) -> Response:
    """Return Markdown, which browsers show as text."""
    return Response(text, media_type="text/markdown; charset=utf-8")


def html_response(text: str) -> Response:
    """Return a page with a style of its own, without scripts, forms or frames."""
    return Response(text, media_type="text/html; charset=utf-8", headers={"Content-Security-Policy": HTML_POLICY})


def atom_response(text: str) -> Response:
    """Return an Atom feed."""
    return Response(text, media_type="application/atom+xml; charset=utf-8")


def page_link() -> PageLink:
    """Return what turns a citation into the address of its page's image here."""
    return page_image_link("/v1")
