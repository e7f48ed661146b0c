"""Functions of pdfium in bulk, against the same calls one by one."""

import ctypes
from collections.abc import Iterator

import numpy as np
import pypdfium2
import pypdfium2.raw as pdfium
import pytest
from pdf_files import paragraph, pdf_bytes

from ingest.pdf import calling
from ingest.pdf.calling import Handle, Scratch, answers, bind_bare, prepared


@pytest.fixture
def text_page() -> Iterator[Handle]:
    document = pypdfium2.PdfDocument(pdf_bytes([paragraph(["Cranes come in autumn"] * 9, x=72, y=700)]))
    page = document[0]
    raw = pdfium.FPDFText_LoadPage(page.raw)
    yield raw
    pdfium.FPDFText_ClosePage(raw)
    document.close()


@pytest.fixture(autouse=True)
def _small_scratch(monkeypatch: pytest.MonkeyPatch) -> None:
    """So that a table takes several pieces."""
    monkeypatch.setattr(calling, "CELLS", 64)


def address_of(text_page: Handle) -> Handle:
    return prepared(ctypes.cast(text_page, ctypes.c_void_p).value or 0)


def test_rows_are_what_single_calls_write(text_page: Handle) -> None:
    count = pdfium.FPDFText_CountChars(text_page)
    expected = []
    for index in range(count):
        box = pdfium.FS_RECTF()
        pdfium.FPDFText_GetLooseCharBox(text_page, index, box)
        expected.append([box.left, box.top, box.right, box.bottom])
    loose_box = bind_bare(pdfium.FPDFText_GetLooseCharBox, returns=ctypes.c_int)
    found = Scratch().rows(loose_box, address_of(text_page), range(count), columns=4)
    assert count > 100
    assert found.tolist() == expected


def test_columns_are_what_single_calls_write(text_page: Handle) -> None:
    count = pdfium.FPDFText_CountChars(text_page)
    expected = []
    for index in range(count):
        x, y = ctypes.c_double(), ctypes.c_double()
        pdfium.FPDFText_GetCharOrigin(text_page, index, x, y)
        expected.append([x.value, y.value])
    origin = bind_bare(pdfium.FPDFText_GetCharOrigin, returns=ctypes.c_int)
    places = ([address_of(text_page)] * count, range(count))
    assert Scratch().columns(origin, *places, dtype=np.float64, columns=2).tolist() == expected


def test_what_a_function_does_not_write_is_zero(text_page: Handle) -> None:
    """The memory holds what the call before left there."""
    scratch, loose_box = Scratch(), bind_bare(pdfium.FPDFText_GetLooseCharBox, returns=ctypes.c_int)
    assert scratch.rows(loose_box, address_of(text_page), [0, 1], columns=4).all()
    assert not scratch.rows(loose_box, address_of(text_page), [-1, 999_999], columns=4).any()


def test_answers_are_what_single_calls_return(text_page: Handle) -> None:
    unicode_of = bind_bare(pdfium.FPDFText_GetUnicode, returns=ctypes.c_uint)
    letters = answers(unicode_of, [address_of(text_page)] * 6, range(6), count=6)
    assert "".join(map(chr, letters)) == "Cranes"
