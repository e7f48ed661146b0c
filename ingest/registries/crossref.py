"""Crossref's answer about one DOI (JSON) to what is registered there; any field of it may be odd or absent."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from typing import Any
from urllib.parse import quote

from indexes.errors import NotFound, UnreadableSource
from ingest.identity import arxiv_id_in, doi_in
from ingest.registries.markup import plain_abstract, plain_line
from ingest.registries.record import Contributor, Registered, Registry

_DATES = ("published", "issued", "published-online", "published-print", "posted")
_NOTICES = {
    "retraction": "retracted", "withdrawal": "withdrawn", "removal": "removed", "correction": "corrected",
    "corrigendum": "corrected", "erratum": "corrected", "expression_of_concern": "put under an expression of concern",
    "partial_retraction": "retracted in part", "concern": "put under an expression of concern",
    "new_version": "given a new version",
}  # fmt: skip
_RETRACTED_TITLE = re.compile(r"\W*(?P<what>retracted|withdrawn|removed)(?: article)?\s*:\s*", re.IGNORECASE)
_ARXIV_DOI = re.compile(r"10\.48550/arxiv\.(?P<id>\S+)", re.IGNORECASE)
_MOST = 10_000
"""Entries of one list that are read: no paper has so many authors that all of them are worth more."""


def crossref_query(base_url: str, doi: str) -> str:
    """Return the address that describes a DOI."""
    return f"{base_url.rstrip('/')}/works/{quote(doi, safe='')}"


def arxiv_id_of_doi(doi: str) -> str | None:
    """Return the arXiv id, with its version if any, that a DOI of arXiv's own names."""
    found = _ARXIV_DOI.fullmatch(doi)
    return found["id"] if found and arxiv_id_in("arxiv:" + found["id"]) else None


def parse_crossref(body: bytes, *, status: int, doi: str) -> Registered:
    """Read the answer about `doi`.

    Raises:
        NotFound: Crossref has no such DOI (it says so in plain text).
        UnreadableSource: the answer is no record, or of another DOI.
    """
    if status == 404:
        raise NotFound(f"Crossref has no record of doi:{doi}", hint="Check the DOI; others register DOIs too.")
    work = _work(body, status=status, doi=doi)
    title, notices = _title(work)
    links = [link for link in _dicts(work.get("link")) if link.get("content-type") == "application/pdf"]
    links.sort(key=lambda link: link.get("content-version") != "vor")
    return Registered(
        registry=Registry.CROSSREF,
        title=title,
        contributors=tuple(_contributors(work)),
        abstract=plain_abstract(_string(work.get("abstract"))),
        published=next((date for name in _DATES if (date := _date(work.get(name)))), None),
        url=f"https://doi.org/{doi}",
        doi=doi,
        venue=_venue(work),
        work_type=_string(work.get("type")),
        issns=tuple(_strings(work.get("ISSN"))),
        notices=(*notices, *_updates(work)),
        pdf_urls=tuple(dict.fromkeys(url for link in links if (url := _string(link.get("URL"))))),
        preprint=_preprint(work),
    )


def _work(body: bytes, *, status: int, doi: str) -> dict[str, Any]:
    hint = "Try again later; the paper can be ingested as a file."
    try:
        answer = json.loads(body)
    except (ValueError, RecursionError) as error:
        raise UnreadableSource(f"Crossref's answer about doi:{doi} is no JSON ({status})", hint=hint) from error
    work = answer.get("message") if isinstance(answer, dict) and answer.get("status") == "ok" else None
    if not isinstance(work, dict):
        raise UnreadableSource(f"Crossref's answer about doi:{doi} is no record ({status})", hint=hint)
    if _string(work.get("DOI")).lower() != doi.lower():
        raise UnreadableSource(f"Crossref answered about {_string(work.get('DOI'))[:80]!r}, not {doi}", hint=hint)
    return work


def _title(work: dict[str, Any]) -> tuple[str, tuple[str, ...]]:
    """Return the title with its subtitle, without the mark that publishers put before a retracted one's."""
    title = next((plain_line(text) for text in _strings(work.get("title"))), "")
    subtitle = next((plain_line(text) for text in _strings(work.get("subtitle"))), "")
    mark = _RETRACTED_TITLE.match(title)
    notices = (f"Crossref's title says that it was {mark['what'].lower()}",) if mark else ()
    title = title[mark.end() :] if mark else title
    if subtitle and subtitle.lower() not in title.lower():
        title = f"{title.rstrip(' :')}: {subtitle}"
    return title, notices


def _contributors(work: dict[str, Any]) -> Iterator[Contributor]:
    for author in _dicts(work.get("author")):
        parts = (author.get("given"), author.get("family"), author.get("suffix"))
        name = " ".join(filter(None, (plain_line(_string(part)) for part in parts)))
        name = name or plain_line(_string(author.get("name")))
        places = tuple(plain_line(_string(place.get("name"))) for place in _dicts(author.get("affiliation")))
        if name:
            yield Contributor(name, tuple(place for place in places if place))


def _date(value: object) -> str | None:
    """Return an ISO date from {"date-parts": [[2018, 5, 3]]}, as exact as it is, or None for what is no date."""
    parts = value.get("date-parts") if isinstance(value, dict) else None
    first = parts[0] if isinstance(parts, list) and parts else None
    if not isinstance(first, list) or not first or not all(type(part) is int for part in first):
        return None
    year, month, day = (*first[:3], 0, 0)[:3]
    if not 1500 <= year <= 2100:
        return None
    if not 1 <= month <= 12:
        return f"{year}"
    return f"{year}-{month:02d}-{day:02d}" if 1 <= day <= 31 else f"{year}-{month:02d}"


def _venue(work: dict[str, Any]) -> str | None:
    event = work.get("event")
    named = [*_strings(work.get("container-title")), _string(event.get("name")) if isinstance(event, dict) else ""]
    return next((venue for name in named if (venue := plain_line(name))), None)


def _updates(work: dict[str, Any]) -> Iterator[str]:
    """Tell what later notices did to this work, and, where it is itself a notice, what it did."""
    for update in _dicts(work.get("updated-by")):
        what = _NOTICES.get(_string(update.get("type")).lower().replace("-", "_"), "updated")
        when = _date(update.get("updated"))
        by = doi_in(_string(update.get("DOI")))
        yield f"Crossref says that it was {what}" + (f" by doi:{by}" if by else "") + (f" on {when}" if when else "")
    for update in _dicts(work.get("update-to")):
        what = _string(update.get("label")) or _string(update.get("type")) or "update"
        about = doi_in(_string(update.get("DOI")))
        yield f"Crossref says that this is a notice itself ({plain_line(what)[:60].lower()}) about doi:{about}"


def _preprint(work: dict[str, Any]) -> str | None:
    relation = work.get("relation")
    related = _dicts(relation.get("has-preprint")) if isinstance(relation, dict) else []
    named = (_string(other.get("id")) for other in related)
    return next((arxiv for name in named if (arxiv := arxiv_id_of_doi(name) or arxiv_id_in(name))), None)


def _string(value: object) -> str:
    return value if isinstance(value, str) else ""


def _strings(value: object) -> list[str]:
    return [text for text in value[:_MOST] if isinstance(text, str)] if isinstance(value, list) else []


def _dicts(value: object) -> Sequence[dict[str, Any]]:
    return [entry for entry in value[:_MOST] if isinstance(entry, dict)] if isinstance(value, list) else []
