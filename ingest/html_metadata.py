"""A page's meta tags (Highwire's citation_…, Dublin Core, Open Graph) to Metadata."""

from __future__ import annotations

from collections.abc import Iterable

from lxml import html as lxml_html

from ingest.assembly import Metadata
from ingest.front_matter import given_name_first
from ingest.identity import arxiv_id_in, doi_in, iso_date_in

_TITLE = ("citation_title", "dc.title", "dcterms.title", "og:title", "twitter:title")
_AUTHORS = ("citation_author", "dc.creator", "dcterms.creator", "author", "article:author")
_PUBLISHED = (
    "citation_publication_date", "citation_online_date", "citation_date", "citation_year", "dc.date",
    "dcterms.issued", "dcterms.date", "article:published_time", "date",
)  # fmt: skip
_UPDATED = ("article:modified_time", "dcterms.modified", "og:updated_time")
_ABSTRACT = ("citation_abstract", "dcterms.abstract")
_DOI = ("citation_doi", "dc.identifier", "prism.doi")
_URL = ("citation_abstract_html_url", "og:url")
_KEYWORDS = ("citation_keywords", "keywords", "dc.subject")


def page_metadata(page: lxml_html.HtmlElement) -> Metadata:
    """Return what the page's head says of it."""
    values: dict[str, list[str]] = {}
    for tag in page.iter("meta"):
        name = (tag.get("name") or tag.get("property") or "").strip().lower()
        content = (tag.get("content") or "").strip()
        if name and content:
            values.setdefault(name, []).append(content)
    url = _first(values, _URL) or _link(page)
    return Metadata(
        title=_first(values, _TITLE) or _title(page),
        authors=tuple(given_name_first(name) for name in _all(values, _AUTHORS) if "://" not in name),
        published=iso_date_in(_first(values, _PUBLISHED)),
        updated=iso_date_in(_first(values, _UPDATED)),
        url=url or None,
        arxiv_id=arxiv_id_in("arxiv:" + _first(values, ("citation_arxiv_id",))) or arxiv_id_in(url),
        doi=doi_in(_first(values, _DOI)),
        categories=tuple(part.strip() for text in _all(values, _KEYWORDS) for part in text.split(",") if part.strip()),
        abstract=_first(values, _ABSTRACT),
    )


def _all(values: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    return next((values[name] for name in names if name in values), [])


def _first(values: dict[str, list[str]], names: Iterable[str]) -> str:
    return next(iter(_all(values, names)), "")


def _title(page: lxml_html.HtmlElement) -> str:
    """Return the only `<h1>`, which has no site name around it, else `<title>`."""
    tops = [" ".join(top.text_content().split()) for top in page.iter("h1")]
    if len(tops) == 1 and tops[0]:
        return tops[0]
    title = page.find(".//title")
    return "" if title is None else " ".join(title.text_content().split())


def _link(page: lxml_html.HtmlElement) -> str:
    address = next((link.get("href") or "" for link in page.iter("link") if link.get("rel") == "canonical"), "")
    return address if address.startswith(("http://", "https://")) else ""
