"""A page's meta tags (Highwire's citation_…, Dublin Core, Open Graph), JSON-LD and byline to Metadata.

What scholarly pages state for machines comes first, then what blogs state for previews, then what the page shows.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from lxml import html as lxml_html

from ingest.assembly import Metadata
from ingest.front_matter import given_name_first
from ingest.html_linked_data import linked_data
from ingest.identity import arxiv_id_in, arxiv_version_in, doi_in, iso_date_in

_SCHOLARLY_TITLE = ("citation_title", "dc.title", "dcterms.title")
_SHOWN_TITLE = ("og:title", "twitter:title")
_AUTHORS = ("citation_author", "citation_authors", "dc.creator", "dcterms.creator", "author", "article:author")
_PUBLISHED = (
    "citation_publication_date", "citation_online_date", "citation_date", "citation_year", "dc.date",
    "dcterms.issued", "dcterms.date", "prism.publicationdate", "article:published_time", "date", "pubdate",
)  # fmt: skip
_UPDATED = ("article:modified_time", "dcterms.modified", "og:updated_time")
_ABSTRACT = ("citation_abstract", "dcterms.abstract")
_DOI = ("citation_doi", "dc.identifier", "prism.doi")
_URL = ("citation_abstract_html_url", "og:url")
_KEYWORDS = ("citation_keywords", "keywords", "dc.subject", "article:tag")
_VENUE = (
    "citation_journal_title", "citation_conference_title", "citation_conference", "citation_inbook_title",
    "prism.publicationname", "citation_technical_report_institution", "citation_dissertation_institution",
)  # fmt: skip
_SITE = ("og:site_name", "application-name")
_SEPARATOR = re.compile(r"\s+[|·–—»:-]\s+|\s*[|｜]\s*")
_LONGEST_BYLINE = 80
_BY = re.compile(r"^(?:written |posted |published )?by:?\s+|^(?:著者|執筆|文)\s*[:：/／]\s*", re.IGNORECASE)


def page_metadata(page: lxml_html.HtmlElement) -> Metadata:
    """Return what the page's head says of it, and where that is silent, its JSON-LD and its byline."""
    values = _meta(page)
    article = linked_data(page)
    url = _first(values, _URL) or _link(page)
    site = _first(values, _SITE) or _first(article, ("publisher",))
    arxiv = _first(values, ("citation_arxiv_id",))
    return Metadata(
        title=_first(values, _SCHOLARLY_TITLE) or _shown_title(page, values, article, site=site),
        authors=tuple(_authors(page, values, article)),
        published=iso_date_in(_first(values, _PUBLISHED) or _first(article, ("datePublished",)) or _time(page)),
        updated=iso_date_in(_first(values, _UPDATED) or _first(article, ("dateModified",))),
        url=url or None,
        arxiv_id=arxiv_id_in("arxiv:" + arxiv) or arxiv_id_in(url),
        arxiv_version=arxiv_version_in(arxiv) or arxiv_version_in(url),
        doi=doi_in(_first(values, _DOI)),
        categories=tuple(part.strip() for text in _all(values, _KEYWORDS) for part in text.split(",") if part.strip()),
        abstract=_first(values, _ABSTRACT),
        venue=_first(values, _VENUE) or site or None,
    )


def pdf_url_of(page: lxml_html.HtmlElement) -> str:
    """Return the address of the paper's PDF that the page names for machines, "" where it names none."""
    return _first(_meta(page), ("citation_pdf_url",))


def _meta(page: lxml_html.HtmlElement) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for tag in page.iter("meta"):
        name = (tag.get("name") or tag.get("property") or tag.get("itemprop") or "").strip().lower()
        content = (tag.get("content") or "").strip()
        if name and content:
            values.setdefault(name, []).append(content)
    return values


def _all(values: dict[str, list[str]], names: Iterable[str]) -> list[str]:
    return next((values[name] for name in names if name in values), [])


def _first(values: dict[str, list[str]], names: Iterable[str]) -> str:
    return next(iter(_all(values, names)), "")


def _shown_title(
    page: lxml_html.HtmlElement, values: dict[str, list[str]], article: dict[str, list[str]], *, site: str
) -> str:
    """Return the only `<h1>`, which has no site name around it, else what previews show, else `<title>`."""
    tops = [text for top in page.iter("h1") if (text := " ".join(top.text_content().split()).rstrip("¶#").strip())]
    if len(tops) == 1 and tops[0] != site:
        return tops[0]
    stated = _first(article, ("headline",)) or _first(values, _SHOWN_TITLE)
    title = page.find(".//title")
    text = stated or ("" if title is None else " ".join(title.text_content().split()))
    return _without_site(text, site)


def _without_site(title: str, site: str) -> str:
    """Return a page's title without the site's name that stands before or after it."""
    parts = _SEPARATOR.split(title)
    if site and len(parts) > 1:
        for place in (-1, 0):
            if parts[place].strip().lower() == site.strip().lower():
                cut = title.rfind(parts[-1]) if place else title.find(parts[1])
                return title[:cut].rstrip(" |｜·–—»:-") if place else title[cut:]
    return title


def _authors(page: lxml_html.HtmlElement, values: dict[str, list[str]], article: dict[str, list[str]]) -> Iterable[str]:
    named = [part for text in _all(values, _AUTHORS) if "://" not in text for part in text.split(";") if part.strip()]
    named = named or _short(article.get("author", [])) or _byline(page)
    return dict.fromkeys(given_name_first(name) for name in named if "://" not in name)


def _short(names: list[str]) -> list[str]:
    return [name for name in names if len(name) <= _LONGEST_BYLINE]


def _byline(page: lxml_html.HtmlElement) -> list[str]:
    """Return the names that the page marks as its authors'."""
    marked = page.xpath("//*[@rel='author' or @itemprop='author' or contains(concat(' ',@class,' '),' byline ')]")
    texts = (_BY.sub("", " ".join(element.text_content().split())) for element in marked[:20])
    return list(dict.fromkeys(text for text in texts if 0 < len(text) <= _LONGEST_BYLINE))


def _time(page: lxml_html.HtmlElement) -> str:
    """Return the date that the page marks as that of its publication, else the first date that it marks."""
    times = [time for time in page.iter("time") if time.get("datetime")]
    for time in times:
        if "pubdate" in time.attrib or "publi" in f"{time.get('class')} {time.get('itemprop')}".lower():
            return str(time.get("datetime"))
    return str(times[0].get("datetime")) if times else ""


def _link(page: lxml_html.HtmlElement) -> str:
    address = next((link.get("href") or "" for link in page.iter("link") if link.get("rel") == "canonical"), "")
    return address if address.startswith(("http://", "https://")) else ""
