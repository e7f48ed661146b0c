"""PDF files made by hand for tests: exact operators in, exact bytes out."""

from collections.abc import Sequence


def pdf_bytes(
    contents: Sequence[str],
    *,
    page_entries: str = "",
    media_box: str = "0 0 612 792",
    information: str = "",
    catalog_entries: str = "",
    extra_objects: Sequence[str] = (),
    bold_entries: str = "",
) -> bytes:
    """One page a content stream, with /F1 Times-Roman, /F2 Times-Bold, /F3 Japanese (not embedded), /F4 Courier."""
    fonts = (
        "<< /F1 << /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >> "
        f"/F2 << /Type /Font /Subtype /Type1 /BaseFont /Times-Bold /Encoding /WinAnsiEncoding {bold_entries} >> "
        "/F4 << /Type /Font /Subtype /Type1 /BaseFont /Courier /Encoding /WinAnsiEncoding >> "
        "/F3 << /Type /Font /Subtype /Type0 /BaseFont /Ryumin-Light /Encoding /UniJIS-UTF16-H /DescendantFonts "
        "[<< /Type /Font /Subtype /CIDFontType0 /BaseFont /Ryumin-Light /CIDSystemInfo << /Registry (Adobe) "
        "/Ordering (Japan1) /Supplement 2 >> /FontDescriptor << /Type /FontDescriptor /FontName /Ryumin-Light "
        "/Flags 4 /ItalicAngle 0 /Ascent 880 /Descent -120 /CapHeight 700 /StemV 80 /FontBBox [0 -120 1000 880] >> "
        ">>] >> >>"
    )
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(len(contents)))
    objects = [
        f"<< /Type /Catalog /Pages 2 0 R {catalog_entries} >>",
        f"<< /Type /Pages /Count {len(contents)} /Kids [{kids}] >>",
        f"<< {information} >>",
    ]
    for number, content in enumerate(contents):
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [{media_box}] {page_entries} "
            f"/Resources << /Font {fonts} >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects.append(f"<< /Length {len(content.encode('latin-1'))} >>\nstream\n{content}\nendstream")
    return assemble([*objects, *extra_objects])


def assemble(objects: Sequence[str]) -> bytes:
    out = b"%PDF-1.7\n"
    offsets = []
    for number, body in enumerate(objects, start=1):
        offsets.append(len(out))
        out += f"{number} 0 obj\n".encode() + body.encode("latin-1") + b"\nendobj\n"
    start = len(out)
    out += f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n".encode()
    out += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    out += f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
    return out


def show(text: str, *, x: float, y: float, size: float = 10, font: str = "F1", before: str = "") -> str:
    """Operators that set one line with its baseline at (x, y)."""
    if font == "F3":
        shown = f"<{text.encode('utf-16-be').hex()}>"
    else:
        shown = "(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"
    return f"BT {before} /{font} {size} Tf {x} {y} Td {shown} Tj ET"


def paragraph(lines: Sequence[str], *, x: float, y: float, size: float = 10, leading: float = 12) -> str:
    return "\n".join(show(line, x=x, y=y - leading * n, size=size) for n, line in enumerate(lines))


def mixed(parts: Sequence[tuple[str, str]], *, x: float, y: float, size: float = 10) -> str:
    """Operators that set one line of several (font, text), one after the other."""
    shown = "\n".join(
        f"/{font} {size} Tf (" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ") Tj"
        for font, text in parts
    )
    return f"BT {x} {y} Td {shown} ET"


def raised(parts: Sequence[tuple[str, float, float]], *, x: float, y: float) -> str:
    """Operators that set one line of (text, size, rise in points), one after the other."""
    shown = "\n".join(f"/F1 {size} Tf {rise} Ts ({text}) Tj" for text, size, rise in parts)
    return f"BT {x} {y} Td {shown} 0 Ts ET"


def spaced(text: str, *, x: float, y: float, size: float = 10, spacing: float = 0.0) -> str:
    """Operators that set one line with so many points more between its letters."""
    return f"BT /F1 {size} Tf {spacing} Tc {x} {y} Td ({text}) Tj 0 Tc ET"
