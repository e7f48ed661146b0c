"""What the notes on a document's pages would do or bring: links out, actions, files, players. None is followed.

Read with pdfium while each page is open; a finding names each kind once, with its first page and how often it occurs.
"""

from __future__ import annotations

import ctypes
from collections import Counter
from urllib.parse import urlsplit

import pypdfium2
import pypdfium2.raw as pdfium

from ingest.document import Finding, FindingKind
from ingest.pdf.engine import bind

MOST_NOTES = 2000
"""Notes of a page that are looked at."""
MOST_ADDRESS_BYTES = 2048
MOST_HOSTS_NAMED = 5
LONGEST_HOST = 60
_PLAYERS = {
    pdfium.FPDF_ANNOT_SOUND: "sound",
    pdfium.FPDF_ANNOT_MOVIE: "a film",
    pdfium.FPDF_ANNOT_SCREEN: "a media player",
    pdfium.FPDF_ANNOT_THREED: "a 3D scene",
    pdfium.FPDF_ANNOT_RICHMEDIA: "rich media",
    pdfium.FPDF_ANNOT_XFAWIDGET: "an XFA field",
}
_ACTIONS = {
    pdfium.PDFACTION_LAUNCH: "an action that starts a program or opens a file",
    pdfium.PDFACTION_REMOTEGOTO: "a jump into another file",
    pdfium.PDFACTION_EMBEDDEDGOTO: "a jump into an embedded file",
    pdfium.PDFACTION_UNSUPPORTED: "an action (a script, a form's or another)",
}


class NoteReader:
    """Reads the notes of one document's pages and keeps count."""

    def __init__(self, document: pypdfium2.PdfDocument) -> None:
        pointer, index, address, length = ctypes.c_void_p, ctypes.c_int, ctypes.c_void_p, ctypes.c_ulong
        handle = ctypes.c_ssize_t
        self._document = ctypes.cast(document.raw, pointer).value or 0
        self._count = bind(pdfium.FPDFPage_GetAnnotCount, pointer, returns=index)
        self._get = bind(pdfium.FPDFPage_GetAnnot, pointer, index, returns=handle)
        self._close = bind(pdfium.FPDFPage_CloseAnnot, pointer, returns=None)
        self._kind = bind(pdfium.FPDFAnnot_GetSubtype, pointer, returns=index)
        self._has = bind(pdfium.FPDFAnnot_HasKey, pointer, address, returns=index)
        self._link = bind(pdfium.FPDFAnnot_GetLink, pointer, returns=handle)
        self._action = bind(pdfium.FPDFLink_GetAction, pointer, returns=handle)
        self._action_kind = bind(pdfium.FPDFAction_GetType, pointer, returns=length)
        self._address = bind(pdfium.FPDFAction_GetURIPath, pointer, pointer, address, length, returns=length)
        self._buffer = ctypes.create_string_buffer(MOST_ADDRESS_BYTES)
        self._keys = {name: ctypes.create_string_buffer(name) for name in (b"A", b"AA")}
        self._hosts: Counter[str] = Counter()
        self._active: dict[str, list[int]] = {}
        self._files: list[int] = []

    def read(self, page: pypdfium2.PdfPage, *, number: int) -> None:
        """Count what the notes of page `number` hold."""
        raw = ctypes.cast(page.raw, ctypes.c_void_p).value or 0
        for place in range(min(self._count(raw), MOST_NOTES)):
            note = self._get(raw, place)
            if note:
                self._note(note, number)
                self._close(note)

    def findings(self) -> list[Finding]:
        """Return what was found: each kind of action, attached files, and the links out in one."""
        found = [
            Finding(FindingKind.ACTIVE_CONTENT, pages[0], f"{what} on {_pages(pages)}; it was not followed")
            for what, pages in self._active.items()
        ]
        if self._files:
            message = f"{len(self._files)} files attached to {_pages(self._files)}; they were not opened"
            found.append(Finding(FindingKind.EMBEDDED_FILE, self._files[0], message))
        if self._hosts:
            named = ", ".join(f"{host} {count}" for host, count in self._hosts.most_common(MOST_HOSTS_NAMED))
            more = ", …" if len(self._hosts) > MOST_HOSTS_NAMED else ""
            message = f"{self._hosts.total()} links to {len(self._hosts)} hosts ({named}{more}); none was followed"
            found.append(Finding(FindingKind.EXTERNAL_LINK, None, message))
        return found

    def _note(self, note: int, number: int) -> None:
        kind = self._kind(note)
        if kind == pdfium.FPDF_ANNOT_LINK:
            self._follow_not(note, number)
        elif kind == pdfium.FPDF_ANNOT_FILEATTACHMENT:
            self._files.append(number)
        elif kind in _PLAYERS:
            self._active.setdefault(_PLAYERS[kind], []).append(number)
        elif any(self._has(note, ctypes.addressof(key)) for key in self._keys.values()):
            what = "a field's action" if kind == pdfium.FPDF_ANNOT_WIDGET else "a note's action"
            self._active.setdefault(what, []).append(number)

    def _follow_not(self, note: int, number: int) -> None:
        link = self._link(note)
        action = self._action(link) if link else 0
        if not action:
            return
        kind = self._action_kind(action)
        if kind == pdfium.PDFACTION_URI:
            length = self._address(self._document, action, ctypes.addressof(self._buffer), MOST_ADDRESS_BYTES)
            address = self._buffer.raw[: min(length, MOST_ADDRESS_BYTES)] if length <= MOST_ADDRESS_BYTES else b""
            self._hosts[_host(address.rstrip(b"\0").decode("utf-8", "replace"))] += 1
        elif kind in _ACTIONS:
            self._active.setdefault(_ACTIONS[kind], []).append(number)


def _host(address: str) -> str:
    """Return the host of an address, or its scheme where it has none ("mailto:")."""
    try:
        parts = urlsplit(address.strip())
        host = parts.hostname or (f"{parts.scheme}:" if parts.scheme else "")
    except ValueError:
        host = ""
    shown = "".join(letter for letter in host if letter.isprintable() and letter != " ")
    return shown[:LONGEST_HOST] or "unnamed"


def _pages(pages: list[int]) -> str:
    distinct = sorted(set(pages))
    return f"page {distinct[0]}" if len(distinct) == 1 else f"{len(distinct)} pages from page {distinct[0]} on"
