"""A sheet or digest becomes one HTML page that stands alone: its own style, no scripts, every text escaped."""

from __future__ import annotations

from functools import cache

from jinja2 import Environment, FunctionLoader, StrictUndefined
from markupsafe import Markup

from app.sheets.labels import read_labels
from app.sheets.presentation import PageLink, show_sheet
from app.sheets.records import Digest, QASheet
from app.sheets.templates_reader import template_text


def render_sheet_html(sheet: QASheet, *, page_link: PageLink | None = None) -> str:
    """Return one paper's page.

    Args:
        sheet: what to show.
        page_link: gives the address that opens a citation's page; without it citations name their page only.
    """
    return (
        _environment()
        .get_template("sheet.html")
        .render(
            language=sheet.language.value,
            labels=read_labels(sheet.language),
            sheet=show_sheet(sheet, page_link=page_link),
            style=_style(),
        )
    )


def render_digest_html(digest: Digest, *, page_link: PageLink | None = None) -> str:
    """Return the page of a stretch of dates."""
    labels = read_labels(digest.language)
    return (
        _environment()
        .get_template("digest.html")
        .render(
            language=digest.language.value,
            labels=labels,
            title=labels.digest_title.format(first=digest.first, last=digest.last),
            overview=digest.overview,
            sheets=[show_sheet(entry, page_link=page_link) for entry in digest.entries],
            style=_style(),
        )
    )


def page_image_link(base: str) -> PageLink:
    """Return links to page images under `base`, as the service serves them: `papers/<id>/pages/<n>.png`."""
    return lambda citation: (
        f"{base.rstrip('/')}/papers/{citation.paper_id}/pages/{citation.page}.png" if citation.boxes else None
    )


@cache
def _environment() -> Environment:
    return Environment(
        loader=FunctionLoader(template_text),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )


def _style() -> Markup:
    """Return our own style sheet, the one thing on the page that is not escaped."""
    return Markup(template_text("style.css"))
