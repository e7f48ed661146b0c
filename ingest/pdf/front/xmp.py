"""A PDF's XMP packet to what publishers state in it: title, creators, journal, DOI, dates. Read as hostile XML."""

from __future__ import annotations

from dataclasses import dataclass
from html import unescape

from lxml import etree

from ingest.identity import doi_in, iso_date_in

MAX_PACKET_BYTES = 1 << 20
"""The longest packet of 138 papers has 70 KB."""
_RDF = "http://www.w3.org/1999/02/22-rdf-syntax-ns#"
_DC = "http://purl.org/dc/elements/1.1/"
_PRISM = "http://prismstandard.org/namespaces/basic/"
_LONGEST_VALUE = 2000
_MOST_VALUES = 500


@dataclass(frozen=True, slots=True)
class Xmp:
    """What an XMP packet states; empty where it is silent."""

    title: str = ""
    creators: tuple[str, ...] = ()
    venue: str = ""
    doi: str = ""
    published: str | None = None


def read_xmp(packet: bytes) -> Xmp:
    """Read a packet; one that is too long, no XML, or declares a document type says nothing."""
    if len(packet) > MAX_PACKET_BYTES or b"<!DOCTYPE" in packet or b"<!ENTITY" in packet:
        return Xmp()
    reader = etree.XMLParser(resolve_entities=False, no_network=True, load_dtd=False, huge_tree=False, recover=False)
    try:
        tree = etree.fromstring(packet.strip(b"\x00 \r\n\t"), reader)
    except (etree.XMLSyntaxError, ValueError):
        return Xmp()
    values = _values(tree)
    return Xmp(
        title=next(iter(values.get("dc:title", [])), ""),
        creators=tuple(values.get("dc:creator", [])),
        venue=next(iter(values.get("prism:publicationname", [])), ""),
        doi=next(filter(None, map(doi_in, values.get("prism:doi", []) + values.get("dc:identifier", []))), ""),
        published=next(filter(None, map(iso_date_in, _dates(values))), None),
    )


def _dates(values: dict[str, list[str]]) -> list[str]:
    return [*values.get("prism:publicationdate", []), *values.get("prism:coverdate", [])]


def _values(tree: etree._Element) -> dict[str, list[str]]:
    """Return the Dublin Core and PRISM properties, whether written as elements, lists of elements or attributes."""
    values: dict[str, list[str]] = {}
    for element in tree.iter(etree.Element):
        for name, value in element.attrib.items():
            _add(values, str(name), str(value))
        own = str(element.tag)
        listed = [entry.text or "" for entry in element.iter(f"{{{_RDF}}}li")] if _short(own) else []
        for text in listed or [element.text or ""]:
            _add(values, own, text)
    return values


def _add(values: dict[str, list[str]], name: str, text: str) -> None:
    short, text = _short(name), " ".join(unescape(text[:_LONGEST_VALUE]).split())  # some packets escape twice
    if short and any(map(str.isalnum, text)) and len(values.setdefault(short, [])) < _MOST_VALUES:
        values[short].append(text)


def _short(name: str) -> str:
    namespace, _, local = name[1:].partition("}")
    if namespace == _DC:
        return f"dc:{local.lower()}"
    return f"prism:{local.lower()}" if namespace.startswith(_PRISM) else ""
