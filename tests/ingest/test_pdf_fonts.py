"""What fonts say of the type set in them, page by page."""

from pathlib import Path

import pytest
from pdf_files import assemble, show

from ingest.pdf.characters import CharacterReader
from ingest.pdf.engine import open_page, open_pdf

NAMES = ["Times-Roman", "Times-Bold", "Helvetica-Oblique", "Courier-Bold"]


def bytes_in(names: list[str]) -> bytes:
    """One page for each name, which sets its line in that font alone."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(names)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(names)} /Kids [{kids}] >>",
        "<< >>",
    ]
    for number, name in enumerate(names):
        font = f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} /Encoding /WinAnsiEncoding >>"
        content = show("Cranes come in autumn", x=72, y=700)
        objects += [
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Resources << /Font << /F1 {font} >> >> /Contents {5 + 2 * number} 0 R >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
        ]
    return assemble(objects)


@pytest.mark.parametrize("order", [1, -1])
def test_font_of_each_page_is_its_own(order: int) -> None:
    names = (NAMES * 6)[::order]
    with open_pdf(Path("made.pdf"), bytes_in(names)) as document:
        reader, found = CharacterReader(), []
        for number in range(1, len(names) + 1):
            with open_page(document, number) as page:
                (run,) = reader.read(page, number=number).runs
                found.append(run.font)
    assert [font.name for font in found] == names
    assert [font.is_bold for font in found] == ["Bold" in name for name in names]
    assert [font.is_italic for font in found] == ["Oblique" in name for name in names]
