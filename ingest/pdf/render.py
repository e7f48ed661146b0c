"""A page of a PDF as a PNG image, bounded in pixels."""

from __future__ import annotations

import io
import math
from pathlib import Path

import pypdfium2

from indexes.errors import BadInput, UnreadableSource
from ingest.pdf.engine import check_header, open_page, open_pdf

SMALLEST_SIDE = 1


def render_page(path: Path, page: int, *, scale: float, max_pixels: int) -> bytes:
    """Return page `page` (from 1) as PNG.

    Args:
        path: the PDF.
        page: its number.
        scale: pixels per point; lowered where the image would hold more than `max_pixels`.
        max_pixels: width times height of the image, at most.

    Raises:
        BadInput: scale or max_pixels is not above 0.
        NotFound: the file has no such page.
        UnreadableSource: the file cannot be opened or the page not drawn.
    """
    if not (scale > 0 and math.isfinite(scale)) or max_pixels < 1:
        raise BadInput(f"cannot draw at scale {scale} within {max_pixels} pixels", hint="Give numbers above 0.")
    try:
        content = path.read_bytes()
    except OSError as error:
        raise UnreadableSource(f"{path} cannot be read: {error.strerror}", hint="Check its name and rights.") from error
    check_header(path, content)
    with open_pdf(path, content) as document, open_page(document, page) as sheet:
        width, height = sheet.get_size()
        try:
            bitmap = sheet.render(scale=bounded_scale(width, height, scale=scale, max_pixels=max_pixels))
            image = bitmap.to_pil()
        except (pypdfium2.PdfiumError, ValueError) as error:
            raise UnreadableSource(f"page {page} of {path} cannot be drawn: {error}", hint="It is damaged.") from error
        written = io.BytesIO()
        image.save(written, format="PNG")
        return written.getvalue()


def bounded_scale(width: float, height: float, *, scale: float, max_pixels: int) -> float:
    """Return the scale, or the largest below it at which ceil(width) x ceil(height) fits in `max_pixels`."""
    width, height = max(width, 0.01), max(height, 0.01)
    fitting = min(scale, math.sqrt(max_pixels / (width * height)))
    while math.ceil(width * fitting) * math.ceil(height * fitting) > max_pixels:
        fitting *= 0.98
        if fitting * max(width, height) < SMALLEST_SIDE:
            break
    return fitting
