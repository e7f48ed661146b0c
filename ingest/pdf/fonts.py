"""What a font's name and flags say about the type set in it: bold, italic, mathematical."""

from __future__ import annotations

import ctypes
import re
from dataclasses import dataclass
from typing import Any

import pypdfium2.raw as pdfium

BOLD_NAME = re.compile(
    r"bold|black|heavy|demi|(^|\+)(cmb|cmssbx|cmcsc.*b|sfbx|ecbx|ptmb|pplb|phvb|utmb)|medi$|-bd\b|gothic.*-(b|eb)$|\.bi?(\+|$)",
    re.I,
)
REGULAR_NAME = re.compile(r"regular|roman|light|book|(^|\+)(cm|sf|ec|lm|msb|tt?f?cm)|thin", re.I)
ITALIC_NAME = re.compile(r"ital|obli|slant|(^|\+)(cmti|cmsl|ptmri|ecti|sfti)|-it$|\.b?i(\+|$)", re.I)
MATH_NAME = re.compile(
    r"(^|\+)(cmmi|cmsy|cmex|msam|msbm|eufm|rsfs|lmmath|stmary|wasy|mtmi|mtsy|mtex|(new)?txsy|(new)?txmi|txex|pxsy|pxmi|rmtmi)"
    r"|math|symbol|^mt-?extra",
    re.I,
)
HEAVY_WEIGHT = 690
"""pdfium's estimate from the stems: Times-Bold 695, Times-Roman 370. CMR10 comes out at 744, so names go first."""
FORCE_BOLD = 1 << 18
"""The font descriptor's flag (PDF 32000, table 123)."""


@dataclass(frozen=True, slots=True)
class Font:
    """One font of a document."""

    name: str
    is_bold: bool
    is_italic: bool
    is_math: bool


class FontReader:
    """Reads fonts, and works out only once what names and weights say.

    It keeps nothing by address: pdfium promises no font for longer than a page that uses it is open.
    """

    none = Font(name="", is_bold=False, is_italic=False, is_math=False)

    def __init__(self) -> None:
        self._known: dict[tuple[str, bool], Font] = {}

    def read(self, address: int) -> Font:
        """Return the font that pdfium keeps at an address while its page is open, or `none` for 0."""
        if not address:
            return self.none
        name, is_heavy = _facts(ctypes.cast(address, pdfium.FPDF_FONT))
        if (name, is_heavy) not in self._known:
            self._known[name, is_heavy] = _described(name, is_heavy=is_heavy)
        return self._known[name, is_heavy]


def _facts(handle: Any) -> tuple[str, bool]:
    """Return a font's name and whether its flags or stems make it bold."""
    buffer = ctypes.create_string_buffer(256)
    length = pdfium.FPDFFont_GetBaseFontName(handle, buffer, len(buffer))
    name = buffer.value.decode("utf-8", errors="replace") if 0 < length <= len(buffer) else ""
    is_forced = bool(pdfium.FPDFFont_GetFlags(handle) & FORCE_BOLD)
    return name, is_forced or pdfium.FPDFFont_GetWeight(handle) >= HEAVY_WEIGHT


def _described(name: str, *, is_heavy: bool) -> Font:
    is_math = bool(MATH_NAME.search(name))
    return Font(
        name=name,
        is_bold=not is_math and (bool(BOLD_NAME.search(name)) or (is_heavy and not REGULAR_NAME.search(name))),
        is_italic=bool(ITALIC_NAME.search(name)),
        is_math=is_math,
    )
