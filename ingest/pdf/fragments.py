"""Characters into fragments: what stands on one baseline without a wide gap, in the order of the page's content."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from indexes.records import Box
from ingest.pdf.characters import Glyphs
from ingest.pdf.geometry import Floats
from ingest.pdf.lettering import clean
from ingest.pdf.mending import mend
from ingest.pdf.scripts import with_superscripts
from ingest.pdf.spacing import word_spaces

WIDEST_GAP = 1.6
"""In ems: a wider gap ends the fragment. Justified lines stay whole, table cells and columns come apart."""
LARGEST_SHIFT = 0.65
"""In ems: superscripts and subscripts stay on their line, the next line does not."""
LARGEST_STEP_BACK = 1.5
NUMBER_GAP = 0.7
"""In ems: small digits this far from the text beside them count its lines."""
SMALL_NUMBER = 0.85
MIXED = (0.02, 0.98)
"""Shares of bold or italic characters between which a fragment mixes styles."""
LONGEST_NUMBER = 8
"""Characters of a heading's number, which may be plain before a title in italics."""
MATH_SYMBOLS = frozenset(map(ord, "=+<>≤≥≈∑∏∫∂∇∈∉∀∃∞√±×·∝≡⊂⊆∪∩→←⇒⇔αβγδεζηθικλμνξπρστυφχψωΓΔΘΛΞΠΣΦΨΩ|∥^−"))
IS_MATH_SYMBOL = np.isin(np.arange(max(MATH_SYMBOLS) + 2), list(MATH_SYMBOLS))


@dataclass(frozen=True, slots=True)
class Lead:
    """What a line begins with in bold or italic type while the rest is plain: its text, where it ends, and how far
    from there (in ems) the rest begins.
    """

    text: str
    x1: float
    gap: float
    is_bold: bool


@dataclass(frozen=True, slots=True)
class Fragment:
    """One piece of a line in the reading frame. `bold`, `italic` and `math` are shares of its characters;
    `font` names its middle character's.
    """

    text: str
    box: Box
    baseline: float
    size: float
    bold: float
    italic: float
    math: float
    font: str
    order: int
    is_upright: bool
    lead: Lead | None = None


def fragments_of(glyphs: Glyphs) -> tuple[Fragment, ...]:
    """Cut a page's characters where the baseline, the direction or the distance jumps."""
    glyphs = mend(glyphs)
    if not len(glyphs.codes):
        return ()
    starts = np.flatnonzero(_breaks(glyphs))
    stops = np.append(starts[1:], len(glyphs.codes))
    flags = _styles(glyphs)
    table = _measure(glyphs, starts, stops, flags)
    codes = with_superscripts(glyphs, starts, stops, sizes=table[:, 4], baselines=table[:, 5])
    text, offsets = _spaced_text(codes, word_spaces(glyphs, starts))
    measures: list[list[float]] = table.tolist()
    firsts, ends = offsets[starts].tolist(), offsets[stops].tolist()
    runs = glyphs.run[(starts + stops) // 2].tolist()
    upright = glyphs.is_upright[starts].tolist()
    found = []
    for order, (start, stop) in enumerate(zip(starts.tolist(), stops.tolist(), strict=True)):
        words = clean(text[firsts[order] : ends[order]])
        if not words:
            continue
        x0, y0, x1, y1, size, baseline, bold, italic, math = measures[order]
        lead = None
        if upright[order] and (MIXED[0] < bold < MIXED[1] or (bold <= MIXED[0] < italic < MIXED[1])):
            style = flags[0] if bold > MIXED[0] else flags[1]
            lead = _lead(glyphs, style, range(start, stop), text, offsets, is_bold=style is flags[0])
        if upright[order]:  # mathematical fonts claim far more height than their type size allows
            y0, y1 = max(y0, baseline - 1.05 * size), min(y1, baseline + 0.4 * size)
        found.append(
            Fragment(
                text=words,
                box=Box(x0, min(y0, y1), x1, max(y0, y1)),
                baseline=baseline,
                size=size,
                bold=bold,
                italic=italic,
                math=math,
                font=glyphs.runs[runs[order]].font.name,
                order=order,
                is_upright=upright[order],
                lead=lead if lead and words.startswith(lead.text) else None,
            )
        )
    return tuple(found)


def _styles(glyphs: Glyphs) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Return for each character whether it is bold and whether it is italic."""
    fonts = [run.font for run in glyphs.runs]
    bold = np.array([font.is_bold for font in fonts], dtype=bool)[glyphs.run]
    return bold, np.array([font.is_italic for font in fonts], dtype=bool)[glyphs.run]


def _lead(
    glyphs: Glyphs,
    style: NDArray[np.bool_],
    span: range,
    text: str,
    offsets: NDArray[np.int64],
    *,
    is_bold: bool,
) -> Lead | None:
    """Return what stands in one style before the first plain letter or digit; a number before it may be plain."""
    letters = text[offsets[span.start] : offsets[span.stop - 1] + 1].replace(" ", "")
    if len(letters) != len(span):
        return None
    first = next((place for place, letter in enumerate(letters) if letter.isalpha()), None)
    if first is None or first > LONGEST_NUMBER or not style[span.start + first]:
        return None
    is_plain = ~style[span.start : span.stop]
    end = next((at for at in range(first, len(letters)) if is_plain[at] and letters[at].isalnum()), None)
    if end is None:
        return None
    cut = span.start + end
    x1, size = float(glyphs.x1[cut - 1]), max(float(glyphs.size[cut]), 0.1)
    return Lead(clean(text[offsets[span.start] : offsets[cut]]), x1, (float(glyphs.x0[cut]) - x1) / size, is_bold)


def _measure(
    glyphs: Glyphs,
    starts: NDArray[np.int64],
    stops: NDArray[np.int64],
    styles: tuple[NDArray[np.bool_], NDArray[np.bool_]],
) -> Floats:
    """Return a row for each fragment: x0, y0, x1, y1, main size and baseline, and the shares of bold, italic, math."""
    is_math = np.array([run.font.is_math for run in glyphs.runs], dtype=bool)[glyphs.run]
    lengths = stops - starts
    shares = []
    for flags in (*styles, is_math | IS_MATH_SYMBOL[glyphs.codes.clip(0, len(IS_MATH_SYMBOL) - 1)]):
        shares.append(np.add.reduceat(flags.astype(np.float64), starts) / lengths)
    smallest, largest = np.minimum.reduceat(glyphs.size, starts), np.maximum.reduceat(glyphs.size, starts)
    lowest, highest = np.maximum.reduceat(glyphs.baseline, starts), np.minimum.reduceat(glyphs.baseline, starts)
    sizes, baselines = largest.copy(), lowest.copy()
    for index in np.flatnonzero((largest - smallest > 0.01) | (lowest - highest > 0.01)).tolist():
        part = slice(int(starts[index]), int(stops[index]))
        sizes[index], baselines[index] = _main_size(glyphs.size[part], glyphs.baseline[part])
    columns = (
        np.minimum.reduceat(glyphs.x0, starts),
        np.minimum.reduceat(glyphs.y0, starts),
        np.maximum.reduceat(glyphs.x1, starts),
        np.maximum.reduceat(glyphs.y1, starts),
        sizes.round(2),
        baselines,
        *shares,
    )
    return np.stack(columns, axis=1)


def _breaks(glyphs: Glyphs) -> NDArray[np.bool_]:
    """Return for each character whether a fragment starts with it."""
    largest = np.maximum(glyphs.size[1:], glyphs.size[:-1]).clip(min=0.1)
    gap = (glyphs.x0[1:] - glyphs.x1[:-1]) / largest
    shift = np.abs(np.diff(glyphs.baseline)) / largest
    turned = glyphs.is_upright[1:] != glyphs.is_upright[:-1]
    sideways = ~glyphs.is_upright[1:] & ~glyphs.is_upright[:-1]
    jumps = (shift > LARGEST_SHIFT) | (gap > WIDEST_GAP) | (gap < -LARGEST_STEP_BACK)
    is_digit = (glyphs.codes >= 0x30) & (glyphs.codes <= 0x39)
    jumps |= (gap > NUMBER_GAP) & is_digit[:-1] & (glyphs.size[:-1] < SMALL_NUMBER * glyphs.size[1:])
    jumps |= (gap > NUMBER_GAP) & is_digit[1:] & (glyphs.size[1:] < SMALL_NUMBER * glyphs.size[:-1])
    distance = np.abs(np.diff(glyphs.x0)) + np.abs(np.diff(glyphs.y0))
    jumps = np.where(sideways, distance > 3 * largest, jumps)
    return np.concatenate(([True], jumps | turned))


def _spaced_text(codes: NDArray[np.int64], spaces: NDArray[np.bool_]) -> tuple[str, NDArray[np.int64]]:
    """Return the page's text with its spaces, and where each character (and the end) stands in it."""
    codes = np.where((codes >= 0xD800) & (codes < 0xE000) | (codes < 0) | (codes > 0x10FFFF), 0xFFFD, codes)
    places = np.flatnonzero(spaces)
    text = np.insert(codes, places, 0x20).astype("<u4").tobytes().decode("utf-32-le")
    offsets = np.arange(len(codes) + 1) + np.concatenate((np.cumsum(spaces), [len(places)]))
    return text, offsets - np.concatenate((spaces.astype(np.int64), [0]))


def _main_size(sizes: Floats, baselines: Floats) -> tuple[float, float]:
    """Return the size and baseline that most of the characters share."""
    middle = float(np.sort(sizes)[len(sizes) // 2])
    main = np.sort(baselines[np.abs(sizes - middle) < 0.05 * max(middle, 0.1)])
    return middle, float(main[len(main) // 2])
