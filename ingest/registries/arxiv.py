"""arXiv's answer to an `id_list` query (an Atom feed) to what is registered there.

The feed is read as hostile XML: without entities, document types or a network. arXiv tells its errors as entries of a
feed with status 200, and says that it is asked too often in plain text.
"""

from __future__ import annotations

import re

from lxml import etree

from indexes.errors import BadInput, NotFound, UnreadableSource
from ingest.characters import storable
from ingest.identity import doi_in, iso_date_in
from ingest.registries.record import Contributor, Registered, Registry

_NAMES = {"a": "http://www.w3.org/2005/Atom", "x": "http://arxiv.org/schemas/atom"}
_SCHEME = "http://arxiv.org/schemas/atom"
_OWN_ID = re.compile(r"https?://arxiv\.org/abs/(?P<id>[A-Za-z.-]+/\d{7}|\d{4}\.\d{4,5})(?:v(?P<version>\d{1,2}))?")
_WITHDRAWN = re.compile(r"\b(?:has been|was|is) withdrawn\b|\bwithdrawn by\b|^\s*\[?withdrawn\b", re.IGNORECASE)
MOST_AUTHORS = 10_000


def arxiv_query(base_url: str, arxiv_id: str) -> str:
    """Return the address that describes one paper (with a version: that version of it)."""
    return f"{base_url.rstrip('/')}/api/query?id_list={arxiv_id}&max_results=1"


def parse_arxiv(body: bytes, *, arxiv_id: str) -> Registered:
    """Read the answer to the query for `arxiv_id`.

    Raises:
        NotFound: arXiv has no such paper.
        BadInput: arXiv says that the query is wrong.
        UnreadableSource: the answer is no feed, or about another paper.
    """
    feed = _feed(body, arxiv_id)
    entry = feed.find("a:entry", _NAMES)
    entry_id = "" if entry is None else _text(entry, "a:id")
    if entry is not None and "/api/errors" in entry_id:
        raise BadInput(
            f"arXiv refuses {arxiv_id}: {_text(entry, 'a:summary')[:200]}", hint="An id looks like 2310.10631v2."
        )
    title = "" if entry is None else _text(entry, "a:title")
    if entry is None or not title:
        raise NotFound(f"arXiv has no paper {arxiv_id}", hint="Check the id and the version.")
    own = _OWN_ID.fullmatch(entry_id)
    wanted, _, version = arxiv_id.partition("v") if "/" not in arxiv_id else _split(arxiv_id)
    if own is None or own["id"].lower() != wanted.lower() or (version and own["version"] not in (None, version)):
        raise UnreadableSource(f"arXiv answered about {entry_id[:80]!r}, not {arxiv_id}", hint="Try again later.")
    return _registered(entry, own, title)


def _split(arxiv_id: str) -> tuple[str, str, str]:
    """Split an old id, whose archive may hold a v (solv-int/9901001v2)."""
    found = re.fullmatch(r"(.*?)(?:(v)(\d+))?", arxiv_id)
    assert found is not None
    return found[1], found[2] or "", found[3] or ""


def _feed(body: bytes, arxiv_id: str) -> etree._Element:
    hint = "Try again later; the paper can be ingested as a file."
    if b"<!DOCTYPE" in body:
        raise UnreadableSource(f"arXiv's answer about {arxiv_id} declares a document type", hint=hint)
    reader = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        feed = etree.fromstring(body, reader)
    except (etree.XMLSyntaxError, ValueError) as error:
        shown = body[:80].decode("utf-8", "replace")
        raise UnreadableSource(f"arXiv's answer about {arxiv_id} is no feed: {shown!r}", hint=hint) from error
    if feed.getroottree().docinfo.internalDTD is not None or feed.tag != f"{{{_NAMES['a']}}}feed":
        raise UnreadableSource(f"arXiv's answer about {arxiv_id} is no Atom feed", hint=hint)
    return feed


def _registered(entry: etree._Element, own: re.Match[str], title: str) -> Registered:
    abstract, comment = _text(entry, "a:summary"), _text(entry, "x:comment")
    said = next((text for text in (comment, abstract[:400]) if _WITHDRAWN.search(text)), "")
    return Registered(
        registry=Registry.ARXIV,
        title=title,
        contributors=tuple(_contributors(entry)),
        abstract=abstract,
        published=iso_date_in(_text(entry, "a:published")),
        updated=iso_date_in(_text(entry, "a:updated")),
        url=f"https://arxiv.org/abs/{own['id']}",
        arxiv_id=own["id"],
        arxiv_version=int(own["version"]) if own["version"] else None,
        doi=doi_in(_text(entry, "x:doi")),
        venue=_text(entry, "x:journal_ref") or None,
        categories=_categories(entry),
        work_type="preprint",
        notices=(f"arXiv says that it was withdrawn: {said[:300]}",) if said else (),
    )


def _contributors(entry: etree._Element) -> list[Contributor]:
    found = []
    for author in entry.findall("a:author", _NAMES)[:MOST_AUTHORS]:
        places = tuple(_line(place.text or "") for place in author.findall("x:affiliation", _NAMES))
        name = _text(author, "a:name")
        if name:
            found.append(Contributor(name, tuple(place for place in places if place)))
    return found


def _categories(entry: etree._Element) -> tuple[str, ...]:
    """Return arXiv's own categories, the primary one first; classes of other schemes (MSC, ACM) are left out."""
    primary = [found.get("term") for found in entry.findall("x:primary_category", _NAMES)]
    others = [found.get("term") for found in entry.findall("a:category", _NAMES) if found.get("scheme") == _SCHEME]
    return tuple(dict.fromkeys(term for term in (*primary, *others) if term and len(term) <= 40))


def _text(element: etree._Element, path: str) -> str:
    return _line(element.findtext(path, default="", namespaces=_NAMES) or "")


def _line(text: str) -> str:
    """Return a text on one line; the feed breaks them in the middle of sentences."""
    return " ".join(storable(text).split())
