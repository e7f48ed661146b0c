"""Papers of our own making with one thing painted into them: exact operators in, exact bytes out.

Three pages of two columns about cranes and drones; `paper_with` adds operators, resources and objects to one of them.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from indexes.records import Box

PAGE_WIDTH, PAGE_HEIGHT = 612, 792
PAGES = 3
SIZE = 9.0
_FIRST_OBJECT = 20
"""Objects that a painting brings count from here; the paper's own stay below."""
_SENTENCES = (
    "Cranes rest in the shallow marsh at night and feed on harvested fields",
    "by day. We flew a small quiet drone along the dike at dusk and counted",
    "every bird that we could tell from its shadow. Two observers on the",
    "tower counted the same birds with a telescope, and their counts differ",
    "by less than four in a hundred. Wind above six metres per second made",
    "the pictures blur, so we left those evenings out of the comparison.",
    "The birds did not rise when the drone kept a height of eighty metres.",
)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a painting stands: its page (from 1), its baseline's start in points from the lower left, its direction."""

    name: str
    page: int
    x: float
    y: float
    is_turned: bool = False

    def matrix(self, scale: float = 1.0) -> str:
        """Return the text matrix that sets text here."""
        turned = f"0 {scale} {-scale} 0" if self.is_turned else f"{scale} 0 0 {scale}"
        return f"{turned} {self.x} {self.y} Tm"

    def box(self, length: float, *, size: float = SIZE) -> Box:
        """Return the box, from the page's top left, of type `length` points long."""
        along, across = (0.0, length) if self.is_turned else (length, 0.0)
        x0 = self.x - (size if self.is_turned else 0)
        top = PAGE_HEIGHT - self.y - (across if self.is_turned else size)
        return Box(x0, top, self.x + max(along, 2.0), PAGE_HEIGHT - self.y + 2.0)

    def area(self, length: float) -> str:
        """Return the operand of `re` that covers type `length` points long."""
        box = self.box(length)
        return f"{box.x0 - 4} {PAGE_HEIGHT - box.y1 - 4} {box.x1 - box.x0 + 8} {box.y1 - box.y0 + 8}"


PLACES = (
    Place("head", 1, 72, 752),
    Place("body", 2, 66, 404),
    Place("margin", 2, 66, 22),
    Place("gutter", 2, 308.5, 300, is_turned=True),
    Place("last", 3, 330, 150),
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Painting:
    """What is added to a page. `resources` are entries of its resource dictionary; objects count from `_FIRST_OBJECT`.

    `under` is painted before the page's own text, `over` after it.
    """

    over: str = ""
    under: str = ""
    fonts: str = ""
    resources: str = ""
    page_entries: str = ""
    catalog_entries: str = ""
    objects: Sequence[str] = ()


def stream(content: str, entries: str = "") -> str:
    """Return a stream object."""
    return f"<< {entries} /Length {len(content.encode('latin-1'))} >>\nstream\n{content}\nendstream"


def escaped(text: str) -> str:
    """Return a text as a PDF string."""
    return "(" + text.replace("\\", r"\\").replace("(", r"\(").replace(")", r"\)") + ")"


def object_number(place: int) -> int:
    """Return the number of a painting's object, counted from 0."""
    return _FIRST_OBJECT + place


def paper_with(painting: Painting, *, page: int) -> bytes:
    """Return a paper of three pages whose page `page` holds the painting."""
    kids = " ".join(f"{4 + 2 * number} 0 R" for number in range(PAGES))
    objects = {
        1: f"<< /Type /Catalog /Pages 2 0 R {painting.catalog_entries} >>",
        2: f"<< /Type /Pages /Count {PAGES} /Kids [{kids}] >>",
        3: "<< /Title (Counting Cranes from Quiet Drones) >>",
        10: "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding >>",
        11: "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Bold /Encoding /WinAnsiEncoding >>",
    }
    for number in range(PAGES):
        own = painting if number + 1 == page else Painting()
        fonts = f"/Font << /F1 10 0 R /F2 11 0 R {own.fonts} >>"
        objects[4 + 2 * number] = (
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] {own.page_entries} "
            f"/Resources << {fonts} {own.resources} >> /Contents {5 + 2 * number} 0 R >>"
        )
        objects[5 + 2 * number] = stream("\n".join((own.under, _body(number), own.over)))
    objects.update({object_number(place): body for place, body in enumerate(painting.objects)})
    return _assembled(objects)


def _body(number: int) -> str:
    """Return a page's own text: a title on the first, and two columns with a gap around the middle of the left one."""
    parts = []
    if number == 0:
        parts.append("BT /F2 17 Tf 120 715 Td (Counting Cranes from Quiet Drones) Tj ET")
        parts.append("BT /F1 10 Tf 240 690 Td (Aya Mori and Jon Field) Tj ET")
    top = 650 if number == 0 else 720
    for column, x in enumerate((66, 322)):
        for row in range((top - 60) // 12):
            y = top - 12 * row
            if (column == 0 and 390 < y < 420) or (column == 1 and 130 < y < 170):
                continue
            words = _SENTENCES[(row + 3 * column + number) % len(_SENTENCES)]
            parts.append(f"BT /F1 8 Tf {x} {y} Td {escaped(words)} Tj ET")
    return "\n".join(parts)


def _assembled(objects: dict[int, str]) -> bytes:
    out = b"%PDF-1.7\n"
    table = {}
    for number, body in sorted(objects.items()):
        table[number] = len(out)
        out += f"{number} 0 obj\n".encode() + body.encode("latin-1") + b"\nendobj\n"
    start, size = len(out), max(objects) + 1
    out += f"xref\n0 {size}\n0000000000 65535 f \n".encode()
    out += b"".join(
        b"%010d 00000 n \n" % table[number] if number in table else b"0000000000 65535 f \n"
        for number in range(1, size)
    )
    return out + f"trailer\n<< /Size {size} /Root 1 0 R /Info 3 0 R >>\nstartxref\n{start}\n%%EOF\n".encode()
