"""pypdf's reading of a page: places in the reading frame, forms, time, and whatever it raises."""

import pytest
from pdf_files import assemble, mixed, pdf_bytes, show
from scans import named_glyphs_bytes

from indexes.errors import UnreadableSource
from ingest.pdf.geometry import Frame
from ingest.pdf.second_opinion import SecondReader

FRAME = Frame(0.0, 0.0, 612.0, 792.0, 0)
LINE = "Cranes come to the marsh in autumn"


def test_a_line_has_its_place_and_size() -> None:
    content = pdf_bytes([show(LINE, x=72, y=700, size=12) + "\n" + show("and stay there", x=72, y=640)])
    first, second = SecondReader(content).read(1, frame=FRAME).fragments
    assert (first.text, second.text) == (LINE, "and stay there")
    assert (first.box.x0, first.baseline, first.size) == pytest.approx((72, 92, 12))
    assert first.box.y0 < first.baseline < first.box.y1
    assert first.is_upright


def test_pieces_of_one_line_are_one_fragment_and_columns_are_not() -> None:
    content = pdf_bytes([mixed([("F1", "Cranes "), ("F2", "come")], x=72, y=700) + show("in spring", x=330, y=700)])
    assert [part.text for part in SecondReader(content).read(1, frame=FRAME).fragments] == ["Cranes come", "in spring"]


def test_text_in_a_form_stands_where_the_form_stands() -> None:
    form = show(LINE, x=10, y=20)
    page = "q 2 0 0 2 100 300 cm /Fm0 Do Q " + show("after it", x=72, y=100)
    font = "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >> >>"
    content = assemble(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            "<< >>",
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font {font} /XObject "
            "<< /Fm0 6 0 R >> >> /Contents 5 0 R >>",
            f"<< /Length {len(page)} >>\nstream\n{page}\nendstream",
            f"<< /Type /XObject /Subtype /Form /BBox [0 0 600 600] /Resources << /Font {font} >> "
            f"/Length {len(form)} >>\nstream\n{form}\nendstream",
        ]
    )
    inside, after = SecondReader(content).read(1, frame=FRAME).fragments
    assert (inside.text, inside.box.x0, inside.baseline, inside.size) == (LINE, 120, 792 - 340, 20)
    assert (after.text, after.box.x0, after.baseline, after.size) == ("after it", 72, 692, 10)


def test_signs_without_a_letter_are_counted() -> None:
    assert SecondReader(named_glyphs_bytes([LINE])).read(1, frame=FRAME).unmapped_share == 0
    nameless = named_glyphs_bytes([LINE]).replace(b"/Differences", b"/Differencez")
    assert SecondReader(nameless).read(1, frame=FRAME).unmapped_share > 0.5


def test_what_pypdf_raises_becomes_ours() -> None:
    with pytest.raises(UnreadableSource, match="pypdf"):
        SecondReader(b"%PDF-1.7 nothing").read(1, frame=FRAME)
    with pytest.raises(UnreadableSource, match="pypdf"):
        SecondReader(pdf_bytes([LINE])).read(5, frame=FRAME)


def test_time_for_a_document_is_bounded() -> None:
    content = pdf_bytes(["\n".join([show(LINE, x=72, y=700)] * 2000)])
    reader = SecondReader(content, max_s=0.01)
    with pytest.raises(UnreadableSource, match="longer"):
        reader.read(1, frame=FRAME)
    with pytest.raises(UnreadableSource, match="no time is left"):
        reader.read(1, frame=FRAME)
