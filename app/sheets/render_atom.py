"""A digest becomes an Atom feed (RFC 4287): one entry a paper. What XML cannot carry is dropped."""

from __future__ import annotations

import re
from xml.etree.ElementTree import Element, SubElement, indent, tostring

from app.sheets.labels import read_labels
from app.sheets.presentation import ShownSheet, category_name, clean, show_sheet
from app.sheets.records import Digest, QASheet
from app.sheets.render_markdown import join_sentences

NAMESPACE = "http://www.w3.org/2005/Atom"
XML_NAMESPACE = "http://www.w3.org/XML/1998/namespace"

_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def render_digest_atom(digest: Digest, *, self_url: str | None = None) -> str:
    """Return the feed, with its XML declaration.

    `updated` of the feed and of papers without a full date is the period's last day, so that the same digest is the
    same feed.
    """
    labels = read_labels(digest.language)
    feed = Element("feed", {"xmlns": NAMESPACE, f"{{{XML_NAMESPACE}}}lang": digest.language.value})
    _text(feed, "id", f"urn:ronbun:digest:{digest.language.value}:{digest.first}:{digest.last}")
    _text(feed, "title", labels.digest_title.format(first=digest.first, last=digest.last))
    _text(feed, "updated", _instant(digest.last))
    _text(SubElement(feed, "author"), "name", "Ronbun")
    _text(feed, "generator", "Ronbun")
    if digest.overview:
        _text(feed, "subtitle", join_sentences(digest.overview))
    if self_url is not None:
        SubElement(feed, "link", {"rel": "self", "type": "application/atom+xml", "href": self_url})
    for sheet in digest.entries:
        _add_entry(feed, sheet, last=digest.last)
    indent(feed)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + tostring(feed, encoding="unicode") + "\n"


def _add_entry(feed: Element, sheet: QASheet, *, last: str) -> None:
    shown = show_sheet(sheet)
    entry = SubElement(feed, "entry")
    _text(entry, "id", f"urn:ronbun:paper:{sheet.paper.paper_id}:{sheet.language.value}")
    _text(entry, "title", shown.title)
    _text(entry, "updated", _instant(sheet.paper.updated or sheet.paper.published, otherwise=last))
    if sheet.paper.published is not None and len(sheet.paper.published) == len("2024-03-29"):
        _text(entry, "published", _instant(sheet.paper.published))
    for author in sheet.paper.authors:
        _text(SubElement(entry, "author"), "name", clean(author))
    for category in sheet.paper.categories:
        SubElement(entry, "category", {"term": _xml(category), "label": _xml(category_name(category))})
    if shown.url is not None:
        SubElement(entry, "link", {"rel": "alternate", "href": shown.url})
    _text(entry, "summary", join_sentences([one.text for one in shown.one_line]))
    _text(entry, "content", _notes(shown), {"type": "text"})


def _notes(shown: ShownSheet) -> str:
    told = [join_sentences([one.text for one in shown.summary])]
    told += [f"Q: {item.question}\nA: {join_sentences([one.text for one in item.sentences])}" for item in shown.items]
    return "\n\n".join(told)


def _instant(iso: str | None, *, otherwise: str = "") -> str:
    """Return a full ISO date as the midnight (UTC) that begins it; a partial one gives way to `otherwise`."""
    day = iso if iso is not None and len(iso) == len("2024-03-29") else otherwise
    return f"{day}T00:00:00Z"


def _text(parent: Element, tag: str, text: str, attributes: dict[str, str] | None = None) -> None:
    SubElement(parent, tag, attributes or {}).text = _xml(text)


def _xml(text: str) -> str:
    return _NOT_XML.sub("", text)
