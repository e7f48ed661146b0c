"""What a PDF says of itself, read with pypdf: title, authors, dates, outline, page labels, active content.

pypdf raises almost anything on damaged files, so each reading stands alone and its failure is a finding.
"""

from __future__ import annotations

import io
import logging
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from typing import Any, TypeVar

import pypdf

from ingest.document import Finding, FindingKind
from ingest.pdf.front.xmp import Xmp, read_xmp
from ingest.pdf.hidden.actions import active_content, entry_in, has_layers, identity_of, value_in

MOST_OUTLINE_ENTRIES = 2000
MOST_OUTLINE_NODES = 10_000
"""Titled or not."""
DEEPEST_OUTLINE = 8
MOST_LABELS = 5000
LONGEST_VALUE = 2000
Value = TypeVar("Value")


@dataclass(frozen=True, slots=True)
class OutlineEntry:
    """One bookmark: its title and its depth from 1."""

    title: str
    level: int


@dataclass(frozen=True, slots=True)
class Properties:
    """A file's own account of itself; empty strings and tuples where it says nothing."""

    title: str = ""
    author: str = ""
    subject: str = ""
    keywords: str = ""
    doi: str = ""
    created: str | None = None
    outline: tuple[OutlineEntry, ...] = ()
    labels: tuple[str, ...] = ()
    has_layers: bool = False
    xmp: Xmp = field(default_factory=Xmp)
    findings: tuple[Finding, ...] = field(default=())


def read_properties(content: bytes) -> Properties:
    """Read what can be read; what cannot is named among the findings."""
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    findings: list[Finding] = []

    def attempt(what: str, read: Callable[[], Value], otherwise: Value) -> Value:
        try:
            return read()
        except RecursionError:
            message = f"the file's {what} cannot be read: nested too deeply"
        except Exception as error:  # pypdf leaks many foreign types on damaged files
            message = f"the file's {what} cannot be read: {type(error).__name__}: {str(error)[:200]}"
        findings.append(Finding(FindingKind.METADATA_UNREADABLE, None, message))
        return otherwise

    reader = attempt("structure", lambda: _open(content), None)
    if reader is None:
        return Properties(findings=tuple(findings))
    values: dict[str, str] = attempt("document information", lambda: _information(reader), {})
    active: tuple[Finding, ...] = attempt("actions", lambda: active_content(reader), ())
    xmp = attempt("XMP packet", lambda: read_xmp(_packet(reader)), Xmp())
    return Properties(
        title=values.get("/Title", "") or xmp.title,
        author=values.get("/Author", "") or "; ".join(xmp.creators),
        subject=values.get("/Subject", ""),
        keywords=values.get("/Keywords", ""),
        doi=next((values[key] for key in ("/doi", "/DOI", "/WPS-ARTICLEDOI") if key in values), ""),
        created=_iso_date(values.get("/CreationDate", "")),
        outline=attempt("outline", lambda: tuple(_outline(reader)), ()),
        labels=attempt("page labels", lambda: _labels(reader), ()),
        xmp=xmp,
        has_layers=attempt("layers", lambda: has_layers(reader), True),
        findings=(*active, *findings),
    )


def _open(content: bytes) -> pypdf.PdfReader:
    reader = pypdf.PdfReader(io.BytesIO(content), strict=False)
    if reader.is_encrypted:
        reader.decrypt("")
    return reader


def _packet(reader: pypdf.PdfReader) -> bytes:
    packet = _root(reader).get("/Metadata")
    packet = packet.get_object() if packet is not None else None
    return bytes(packet.get_data()) if isinstance(packet, pypdf.generic.StreamObject) else b""


def _information(reader: pypdf.PdfReader) -> dict[str, str]:
    information = reader.metadata
    if information is None:
        return {}
    return {str(key): tidy(str(information[key])) for key in list(information)[:100]}


def tidy(value: str) -> str:
    """Return a metadata value as clean single-spaced text."""
    value = value.encode("utf-8", "replace").decode("utf-8")
    return re.sub(r"[\s\x00-\x1f\x7f-\x9f\ufeff\ufffe]+", " ", value[:LONGEST_VALUE]).strip()


def _iso_date(value: str) -> str | None:
    found = re.match(r"(?:D:)?\s*(\d{4})(\d{2})(\d{2})", value)
    if not found or not ("1970" <= found[1] <= "2100" and "01" <= found[2] <= "12" and "01" <= found[3] <= "31"):
        return None
    return "-".join(found.groups())


def _outline(reader: pypdf.PdfReader) -> Iterator[OutlineEntry]:
    """Yield the bookmarks in order, each node once; pypdf's own outline reads all their targets as well."""
    waiting: list[tuple[Any, int]] = [(value_in(entry_in(_root(reader), "/Outlines"), "/First"), 1)]
    seen: set[int] = set()
    count = 0
    while waiting and len(seen) < MOST_OUTLINE_NODES and count < MOST_OUTLINE_ENTRIES:
        node, level = waiting.pop()
        if not isinstance(node, dict) or identity_of(node) in seen:
            continue
        seen.add(identity_of(node))
        waiting.append((value_in(node, "/Next"), level))
        if level < DEEPEST_OUTLINE:
            waiting.append((value_in(node, "/First"), level + 1))
        if title := tidy(str(value_in(node, "/Title") or "")):
            count += 1
            yield OutlineEntry(title, level)


def _root(reader: pypdf.PdfReader) -> dict[str, Any]:
    root: dict[str, Any] = reader.trailer["/Root"].get_object()  # type: ignore[assignment]
    return root


def _labels(reader: pypdf.PdfReader) -> tuple[str, ...]:
    if "/PageLabels" not in _root(reader):
        return ()
    return tuple(tidy(label) for label in reader.page_labels[:MOST_LABELS])
