"""Pages as images: the right page, the asked scale, never more pixels than allowed."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pdf_files import pdf_bytes, show
from PIL import Image

from indexes.errors import BadInput, NotFound, UnsupportedSource
from ingest.pdf.render import bounded_scale, render_page


@pytest.fixture
def pdf(tmp_path):
    path = tmp_path / "made.pdf"
    path.write_bytes(pdf_bytes(["", show("Cranes", x=100, y=600, size=40)], media_box="0 0 300 700"))
    return path


def opened(png: bytes) -> Image.Image:
    return Image.open(io.BytesIO(png))


def test_page_is_drawn_at_the_scale(pdf):
    image = opened(render_page(pdf, 2, scale=2.0, max_pixels=10_000_000))
    assert image.format == "PNG"
    assert image.size == (600, 1400)
    assert image.convert("L").getextrema()[0] < 50


def test_page_without_ink_is_white(pdf):
    assert opened(render_page(pdf, 1, scale=1.0, max_pixels=10_000_000)).convert("L").getextrema() == (255, 255)


def test_scale_is_lowered_to_the_pixels_allowed(pdf):
    width, height = opened(render_page(pdf, 2, scale=50.0, max_pixels=100_000)).size
    assert 80_000 < width * height <= 100_000


@pytest.mark.parametrize("page", [0, -1, 3])
def test_page_outside_is_not_found(pdf, page):
    with pytest.raises(NotFound, match="the file has 2"):
        render_page(pdf, page, scale=1.0, max_pixels=1000)


@pytest.mark.parametrize(("scale", "max_pixels"), [(0.0, 1000), (-1.0, 1000), (float("nan"), 1000), (1.0, 0)])
def test_scale_and_pixels_must_be_above_zero(pdf, scale, max_pixels):
    with pytest.raises(BadInput):
        render_page(pdf, 1, scale=scale, max_pixels=max_pixels)


def test_other_files_are_refused(tmp_path):
    path = tmp_path / "note.pdf"
    path.write_text("not a pdf")
    with pytest.raises(UnsupportedSource):
        render_page(path, 1, scale=1.0, max_pixels=1000)


@given(st.floats(1, 20_000), st.floats(1, 20_000), st.floats(0.01, 100), st.integers(100, 10_000_000))
def test_bounded_scale_never_exceeds_what_was_asked(width, height, scale, max_pixels):
    assert 0 < bounded_scale(width, height, scale=scale, max_pixels=max_pixels) <= scale
