"""Open a PDF with pdfium and hand out its pages; the errors of the file become ours here.

Nothing else may open a file with pypdfium2. Its C functions are bound here once with plain integer arguments, because
a page has thousands of characters and ctypes' own conversions cost more than the calls.
"""

from __future__ import annotations

import ctypes
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pypdfium2
import pypdfium2.raw as pdfium

from indexes.errors import EncryptedSource, NotFound, UnreadableSource, UnsupportedSource

HEADER_WINDOW = 1024
"""Bytes at the start of a file in which "%PDF-" must stand, as readers have always allowed."""


def check_header(path: Path, content: bytes) -> None:
    """Refuse what is not a PDF before any parser sees it."""
    if not content:
        raise UnreadableSource(f"{path} is empty (0 bytes)", hint="Fetch the file again.")
    if b"%PDF-" not in content[:HEADER_WINDOW]:
        raise UnsupportedSource(
            f"{path} is not a PDF: no %PDF- in its first {HEADER_WINDOW} bytes",
            hint="Give a PDF, Markdown, text, HTML or JSONL file.",
        )


@contextmanager
def open_pdf(path: Path, content: bytes) -> Iterator[pypdfium2.PdfDocument]:
    """Open the file's bytes with no password, and close it at the end.

    Raises:
        EncryptedSource: the file asks for a password and the empty one does not open it.
        UnreadableSource: pdfium cannot make sense of the file.
    """
    try:
        document = pypdfium2.PdfDocument(content)
    except pypdfium2.PdfiumError as error:
        if getattr(error, "err_code", None) in (pdfium.FPDF_ERR_PASSWORD, pdfium.FPDF_ERR_SECURITY):
            raise EncryptedSource(
                f"{path} is encrypted and the empty password does not open it",
                hint="Save a copy without the password and give that.",
            ) from error
        raise UnreadableSource(
            f"{path} cannot be opened as a PDF ({len(content)} bytes): {error}",
            hint="The file is damaged or cut short; fetch it again.",
        ) from error
    try:
        yield document
    finally:
        document.close()


@contextmanager
def open_page(document: pypdfium2.PdfDocument, number: int) -> Iterator[pypdfium2.PdfPage]:
    """Load page `number` (from 1).

    Raises:
        NotFound: the document has no such page.
        UnreadableSource: the page is there and pdfium cannot load it.
    """
    if not 1 <= number <= len(document):
        raise NotFound(f"page {number} is not there: the file has {len(document)}", hint="Pages count from 1.")
    try:
        page = document[number - 1]
    except pypdfium2.PdfiumError as error:
        raise UnreadableSource(f"page {number} cannot be loaded: {error}", hint="The page is damaged.") from error
    try:
        yield page
    finally:
        page.close()


def bind(function: object, *arguments: type, returns: type | None) -> ctypes._CFunctionType:
    """Return pdfium's `function` taking addresses as plain integers, for loops over characters."""
    address = ctypes.cast(function, ctypes.c_void_p).value or 0  # type: ignore[arg-type]
    return ctypes.CFUNCTYPE(returns, *arguments)(address)
