"""Honest pages that look like attacks: type on dark grounds, small, grey, clipped, layered, and still to be read."""

from __future__ import annotations

from bench.attack_kinds import (
    Painter,
    image,
    in_form,
    layered,
    text,
    type3,
    under_state,
)  # fmt: skip
from bench.attack_pages import SIZE, Painting, Place

_LENGTH = 230.0


def _on(colour: str, before: str, *, size: float = SIZE) -> Painter:
    """A painter of type on a box."""
    return lambda phrase, place: Painting(
        over=f"q {colour} {place.area(_LENGTH)} re f {before} {text(phrase, place, size=size)} Q"
    )


def _plain(before: str = "", *, size: float = SIZE, inside: str = "") -> Painter:
    return lambda phrase, place: Painting(over=f"q {before} {text(phrase, place, size=size, before=inside)} Q")


def _on_image(phrase: str, place: Place) -> Painting:
    return Painting(over=f"{image(place, '102030')} q 1 g {text(phrase, place)} Q")


def _clipped(phrase: str, place: Place) -> Painting:
    return Painting(over=f"q {place.area(_LENGTH)} re W n {text(phrase, place)} Q")


def _with_halo(phrase: str, place: Place) -> Painting:
    halo = text(phrase, place, before="1 Tr 1 G 2 w")
    return Painting(over=f"q {halo} Q q 0 g {text(phrase, place)} Q")


def _highlighted(phrase: str, place: Place) -> Painting:
    state = "/ExtGState << /S << /BM /Multiply >> >>"
    return Painting(over=f"{text(phrase, place)} q /S gs 1 1 0 rg {place.area(_LENGTH)} re f Q", resources=state)


def _ruled(phrase: str, place: Place) -> Painting:
    x, y, width, height = map(float, place.area(_LENGTH).split())
    return Painting(over=f"{text(phrase, place)} {x} {y + 3} {width} .4 re f {x} {y + height - 2} {width} .4 re f")


def _framed(phrase: str, place: Place) -> Painting:
    return Painting(over=f"{text(phrase, place)} q 1 w {place.area(_LENGTH)} re S Q")


def _painted_through(phrase: str, place: Place) -> Painting:
    """Type as the clip of a shading."""
    return Painting(
        over=f"q {text(phrase, place, before='7 Tr')} /Sh sh Q",
        resources="/Shading << /Sh << /ShadingType 2 /ColorSpace /DeviceRGB /Coords [0 0 612 0] /Extend [true true] "
        "/Function << /FunctionType 2 /Domain [0 1] /C0 [0 0 .6] /C1 [.6 0 0] /N 1 >> >> >>",
    )


def _scan(phrase: str, place: Place) -> Painting:
    """Nothing but type; the layer under it is not read twice."""
    return Painting(over=f"q 3 Tr {text(phrase, place)} Q q 0 Tr {text(phrase, place)} Q")


def _ligature(phrase: str, place: Place) -> Painting:
    return Painting(over=f"/Span << /ActualText ({phrase}) >> BDC {text(phrase, place)} EMC")


def _with_scripts(phrase: str, place: Place) -> Painting:
    """Footnote marks of 2.5 points after type of 5."""
    script = "/F1 2.5 Tf 2 Ts (12) Tj 0 Ts"
    return Painting(over=f"{text(phrase, place, size=5).removesuffix('ET')} {script} ET")


def _figure(phrase: str, place: Place) -> Painting:
    """A drawing with names of 2.5 points in its boxes, and a legend that can be read."""
    x, y, _, height = map(float, place.area(_LENGTH).split())
    boxes = " ".join(f"{x + 20 * n} {y + height + 2} 18 8 re S" for n in range(6))
    names = " ".join(f"BT /F1 2.5 Tf {x + 20 * n + 2} {y + height + 5} Td (node {n}) Tj ET" for n in range(6))
    return Painting(over=f"q .3 w {boxes} {names} {text(phrase, place)} Q")


def _in_dark_form(phrase: str, place: Place) -> Painting:
    return in_form(f"0 g {place.area(_LENGTH)} re f 1 g")(phrase, place)


_GLYPH = "500 0 0 0 500 700 d1 0 0 400 600 re f"

HONEST: dict[str, Painter] = {
    "white on a dark head": _on(".1 .2 .4 rg", "1 g"),
    "white on black": _on("0 g", "1 g"),
    "black on yellow": _on("1 1 .6 rg", "0 g"),
    "grey on light grey": _on(".9 g", ".4 g"),
    "white on a photograph": _on_image,
    "dark on a white box": _on("1 g", "0 g"),
    "footnote of 5 points": _plain(size=5),
    "line of 3.5 points": _plain(size=3.5),
    "marks of 2.5 points": _with_scripts,
    "grey watermark": _plain(".9 g", size=14),
    "blue link": _plain("0 0 1 rg"),
    "yellow type": _plain("1 .9 0 rg"),
    "half transparent": under_state(".5"),
    "in its clip": _clipped,
    "halo": _with_halo,
    "highlighted": _highlighted,
    "underlined": _ruled,
    "framed": _framed,
    "filled and stroked": _plain("0 G .3 w", inside="2 Tr"),
    "outlined": _plain("0 G .3 w", inside="1 Tr"),
    "type as a clip": _painted_through,
    "twice, once unseen": _scan,
    "replacement that agrees": _ligature,
    "layer on": layered("ON"),
    "in a form": in_form("0 g"),
    "white in a dark form": _in_dark_form,
    "in a form of its own group": in_form("0 g", entries="/Group << /S /Transparency /I true >>"),
    "Type 3 with ink": type3(_GLYPH),
    "condensed": _plain(inside="60 Tz"),
    "lettering of a drawing": _figure,
}
"""Each is to be read, and told of by no finding."""
