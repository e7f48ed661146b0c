"""PDF files without usable text, made by the tests: scans of made pages, fonts that name the wrong letters."""

import zlib
from collections.abc import Sequence

import numpy as np
import pypdfium2
from pdf_files import assemble, pdf_bytes

CIPHER = str.maketrans(
    "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", "qxzjkvwbgpfymculdhrsnioteaQXZJKVWBGPFYMCULDHRSNIOTEA"
)
"""Letters for letters, as a font with a wrong ToUnicode table gives them."""
_NAMES = [(chr(letter), chr(name)) for letter, name in CIPHER.items()] + [(" ", " "), (",", ","), (".", ".")]


def misnamed_bytes(contents: Sequence[str]) -> bytes:
    """One page for each content stream; what is set in /F2 looks right and is named by other letters."""
    names = "\n".join(f"<{ord(letter):02x}> <{ord(name):04x}>" for letter, name in _NAMES)
    table = (
        "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /Wrong def /CMapType 2 def\n"
        f"1 begincodespacerange <00> <ff> endcodespacerange\n{len(_NAMES)} beginbfchar\n{names}\nendbfchar\n"
        "endcmap end end"
    )
    stream = f"<< /Length {len(table)} >>\nstream\n{table}\nendstream"
    number = 4 + 2 * len(contents)
    return pdf_bytes(contents, bold_entries=f"/ToUnicode {number} 0 R", extra_objects=[stream])


def drawn(pdf: bytes, *, page: int = 0, dpi: float = 300, turns: int = 0) -> np.ndarray:
    """Return a page's image in grey, after so many clockwise quarter turns."""
    document = pypdfium2.PdfDocument(pdf)
    sheet = document[page]
    pixels = sheet.render(scale=dpi / 72, grayscale=True).to_numpy().copy()
    sheet.close()
    document.close()
    return np.rot90(pixels.reshape(pixels.shape[:2]), -turns)


def scan_bytes(images: Sequence[np.ndarray], *, dpi: float = 300, over: str = "") -> bytes:
    """One page for each image, which fills it; `over` are operators set on top of each, with /F1 Times-Roman."""
    kids = " ".join(f"{4 + 3 * number} 0 R" for number in range(len(images)))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Count {len(images)} /Kids [{kids}] >>",
        "<< >>",
    ]
    font = "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >> >>"
    for number, image in enumerate(images):
        height, width = image.shape
        across, down = width * 72 / dpi, height * 72 / dpi
        content = f"q {across} 0 0 {down} 0 0 cm /Im0 Do Q\n{over}"
        stream = zlib.compress(np.ascontiguousarray(image, dtype=np.uint8).tobytes()).decode("latin-1")
        first = 4 + 3 * number
        objects += [
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {across} {down}] /Resources << /Font {font} "
            f"/XObject << /Im0 {first + 2} 0 R >> >> /Contents {first + 1} 0 R >>",
            f"<< /Length {len(content)} >>\nstream\n{content}\nendstream",
            f"<< /Type /XObject /Subtype /Image /Width {width} /Height {height} /ColorSpace /DeviceGray "
            f"/BitsPerComponent 8 /Filter /FlateDecode /Length {len(stream)} >>\nstream\n{stream}\nendstream",
        ]
    return assemble(objects)


def named_glyphs_bytes(lines: Sequence[str], *, size: float = 10, leading: float = 12, beside: str = "") -> bytes:
    """One page in a Type 3 font whose codes are no letters and whose glyphs have the letters' names.

    pypdf reads the names, pdfium the codes.
    """
    letters = sorted(set("".join(lines)) - {" "})
    code_of = {letter: code for code, letter in enumerate(letters, start=1)} | {" ": 32}
    assert len(letters) < 31
    names = {",": "comma", ".": "period"}
    differences = " ".join(f"/{names.get(letter, letter)}" for letter in letters)
    procedures = " ".join(f"/{names.get(letter, letter)} 6 0 R" for letter in letters)
    shown = "\n".join(
        f"BT /F1 {size} Tf 72 {700 - leading * number} Td <{bytes(code_of[letter] for letter in line).hex()}> Tj ET"
        for number, line in enumerate(lines)
    )
    shown += "\n" + beside
    box = "500 0 0 0 450 700 d1 0 0 400 700 re f"
    return assemble(
        [
            "<< /Type /Catalog /Pages 2 0 R >>",
            "<< /Type /Pages /Count 1 /Kids [4 0 R] >>",
            "<< >>",
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Resources << /Font << /F1 << /Type /Font /Subtype "
            "/Type3 /FontBBox [0 0 500 700] /FontMatrix [0.001 0 0 0.001 0 0] /FirstChar 1 /LastChar 32 "
            f"/Widths [{' '.join(['500'] * 32)}] /Encoding << /Type /Encoding /Differences [1 {differences} 32 /space] "
            f">> /CharProcs << {procedures} /space 7 0 R >> /Resources << >> >> >> >> /Contents 5 0 R >>",
            f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream",
            f"<< /Length {len(box)} >>\nstream\n{box}\nendstream",
            "<< /Length 12 >>\nstream\n500 0 d0     \nendstream",
        ]
    )
