"""The ways to hide text in a PDF, and the honest pages that look like them, each as a painting at a place."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from bench.attack_pages import PAGE_HEIGHT, PAGE_WIDTH, SIZE, Painting, Place, escaped, object_number, stream

Painter = Callable[[str, Place], Painting]

_LENGTH = 230.0
"""Points; every phrase is shorter at the sizes used here."""
_ADOBE_UTF16 = "/CIDInit /ProcSet findresource begin 12 dict begin begincmap /CMapName /U def /CMapType 2 def"


def text(
    phrase: str, place: Place, *, before: str = "", size: float = SIZE, scale: float = 1.0, font: str = "F1"
) -> str:
    """Return operators that set a phrase at a place; `before` stands inside the text object."""
    return f"BT {before} /{font} {size} Tf {place.matrix(scale)} {escaped(phrase)} Tj ET"


def _with(before: str, *, resources: str = "", objects: tuple[str, ...] = (), under: str = "") -> Painter:
    """A painter that sets the phrase after some operators of the graphics state."""
    return lambda phrase, place: Painting(
        over=f"q {_filled(under, place)} {before} {text(phrase, place)} Q", resources=resources, objects=objects
    )


def _filled(colour: str, place: Place) -> str:
    return f"{colour} {place.area(_LENGTH)} re f" if colour else ""


def _typeset(**options: float | str) -> Painter:
    return lambda phrase, place: Painting(over=f"q {text(phrase, place, **options)} Q")  # type: ignore[arg-type]


def _scaled_by_page(phrase: str, place: Place) -> Painting:
    shrunk = Place(place.name, place.page, place.x * 10, place.y * 10, place.is_turned)
    return Painting(over=f"q .1 0 0 .1 0 0 cm {text(phrase, shrunk, size=12)} Q")


def _at(x: float, y: float) -> Painter:
    return lambda phrase, place: Painting(over=text(phrase, Place(place.name, place.page, x, y)))


def _cropped(phrase: str, place: Place) -> Painting:
    outside = Place(place.name, place.page, 72, 12)
    return Painting(over=text(phrase, outside), page_entries=f"/CropBox [0 30 {PAGE_WIDTH} {PAGE_HEIGHT}]")


def _clipped(area: str) -> Painter:
    return lambda phrase, place: Painting(over=f"q {area} re W n {text(phrase, place)} Q")


def image(place: Place, colour: str) -> str:
    """Return operators that paint an image of one colour over a place."""
    x, y, width, height = place.area(_LENGTH).split()
    return f"q {width} 0 0 {height} {x} {y} cm BI /W 1 /H 1 /CS /RGB /BPC 8 /F /AHx ID {colour}> EI Q"


def _behind(cover: Callable[[Place], str]) -> Painter:
    return lambda phrase, place: Painting(over=f"{text(phrase, place)} {cover(place)}")


def _strips(place: Place) -> str:
    x, y, width, height = map(float, place.area(_LENGTH).split())
    return "1 g " + " ".join(f"{x} {y + n * 0.7:.1f} {width} 0.8 re f" for n in range(int(height / 0.7) + 1))


def _stroke_over(place: Place) -> str:
    x, y, width, height = map(float, place.area(_LENGTH).split())
    if place.is_turned:
        return f"q 1 G {width} w {x + width / 2} {y} m {x + width / 2} {y + height} l S Q"
    return f"q 1 G {height} w {x} {y + height / 2} m {x + width} {y + height / 2} l S Q"


def _annotation_over(phrase: str, place: Place) -> Painting:
    x, y, width, height = map(float, place.area(_LENGTH).split())
    look = stream(f"1 g 0 0 {width} {height} re f", f"/Type /XObject /Subtype /Form /BBox [0 0 {width} {height}]")
    note = (
        f"<< /Type /Annot /Subtype /Square /F 4 /Rect [{x} {y} {x + width} {y + height}] "
        f"/AP << /N {object_number(0)} 0 R >> >>"
    )
    return Painting(over=text(phrase, place), page_entries=f"/Annots [{object_number(1)} 0 R]", objects=(look, note))


def _soft_mask(phrase: str, place: Place) -> Painting:
    mask = stream(
        "0 g 0 0 612 792 re f",
        "/Type /XObject /Subtype /Form /BBox [0 0 612 792] /Group << /S /Transparency /CS /DeviceGray >>",
    )
    state = f"<< /Type /ExtGState /SMask << /S /Luminosity /G {object_number(0)} 0 R >> >>"
    return Painting(
        over=f"q /Mask gs {text(phrase, place)} Q",
        resources=f"/ExtGState << /Mask {object_number(1)} 0 R >>",
        objects=(mask, state),
    )


def form(content: str, entries: str = "") -> str:
    """Return a form as large as the page."""
    fonts = "/Resources << /Font << /F1 10 0 R >> >>"
    return stream(content, f"/Type /XObject /Subtype /Form /BBox [0 0 {PAGE_WIDTH} {PAGE_HEIGHT}] {fonts} {entries}")


def in_form(before: str, *, around: str = "", states: str = "", entries: str = "") -> Painter:
    """A painter that sets the phrase inside a form; `around` stands before the form is painted."""
    return lambda phrase, place: Painting(
        over=f"q {around} /Fm Do Q",
        resources=f"/XObject << /Fm {object_number(0)} 0 R >> {states}",
        objects=(form(f"{before} {text(phrase, place)}", entries),),
    )


def _nested(phrase: str, place: Place) -> Painting:
    inner = form(f"1 g {text(phrase, place)}")
    outer = stream(
        "/Inner Do",
        "/Type /XObject /Subtype /Form /BBox [0 0 612 792] "
        f"/Resources << /XObject << /Inner {object_number(0)} 0 R >> >>",
    )
    return Painting(over="/Outer Do", resources=f"/XObject << /Outer {object_number(1)} 0 R >>", objects=(inner, outer))


_LAYER = "<< /Type /OCG /Name (Layer) >>"


def _layers(state: str) -> str:
    layer = f"{object_number(0)} 0 R"
    return f"/OCProperties << /OCGs [{layer}] /D << /{state} [{layer}] >> >>"


def layered(state: str) -> Painter:
    """A painter into a layer that is ON or OFF."""
    return lambda phrase, place: Painting(
        over=f"/OC /L BDC {text(phrase, place)} EMC",
        resources=f"/Properties << /L {object_number(0)} 0 R >>",
        catalog_entries=_layers(state),
        objects=(_LAYER,),
    )


def _layered_form(phrase: str, place: Place) -> Painting:
    return Painting(
        over="/Fm Do",
        resources=f"/XObject << /Fm {object_number(1)} 0 R >>",
        catalog_entries=_layers("OFF"),
        objects=(_LAYER, form(text(phrase, place), f"/OC {object_number(0)} 0 R")),
    )


def unicode_map(pairs: Mapping[int, str]) -> str:
    """Return a font's map from codes to letters."""
    lines = "\n".join(f"<{code:02x}> <{letters.encode('utf-16-be').hex()}>" for code, letters in pairs.items())
    return stream(
        f"{_ADOBE_UTF16} 1 begincodespacerange <00> <ff> endcodespacerange\n{len(pairs)} beginbfchar\n{lines}\n"
        "endbfchar endcmap end end"
    )


def type3(glyph: str) -> Painter:
    """A painter in a Type 3 font all of whose glyphs are drawn by the operators given."""

    def paint(phrase: str, place: Place) -> Painting:
        codes = sorted({ord(letter) for letter in phrase})
        names = " ".join(f"{code} /g{code}" for code in codes)
        glyphs = " ".join(f"/g{code} {object_number(1)} 0 R" for code in codes)
        widths = " ".join(["500"] * (codes[-1] - codes[0] + 1))
        font = (
            f"<< /Type /Font /Subtype /Type3 /FontBBox [0 0 500 700] /FontMatrix [.001 0 0 .001 0 0] /Resources << >> "
            f"/CharProcs << {glyphs} >> /Encoding << /Type /Encoding /Differences [{names}] >> /FirstChar {codes[0]} "
            f"/LastChar {codes[-1]} /Widths [{widths}] /ToUnicode {object_number(2)} 0 R >>"
        )
        return Painting(
            over=text(phrase, place, font="T3"),
            fonts=f"/T3 {object_number(0)} 0 R",
            objects=(font, stream(glyph), unicode_map({code: chr(code) for code in codes})),
        )

    return paint


def _mapped(carrier: str) -> Painter:
    """A painter that hides the phrase's letters behind the carrier's glyphs through the font's Unicode map."""

    def paint(phrase: str, place: Place) -> Painting:
        pairs = dict(zip(range(0x41, 0x41 + len(phrase)), phrase, strict=False))
        font = (
            "<< /Type /Font /Subtype /Type1 /BaseFont /Times-Roman /Encoding /WinAnsiEncoding "
            f"/ToUnicode {object_number(1)} 0 R >>"
        )
        shown = carrier or "".join(map(chr, pairs))
        return Painting(
            over=text(shown, place, font="U1"),
            fonts=f"/U1 {object_number(0)} 0 R",
            objects=(font, unicode_map(pairs)),
        )

    return paint


def _unseen(unseen: Callable[[str], str]) -> Painter:
    """A painter that writes characters which no font draws after a visible word."""
    hidden = _mapped("")
    return lambda phrase, place: hidden(unseen(phrase), place)


def tagged(phrase: str) -> str:
    """Return the phrase in tag characters."""
    return "".join(chr(0xE0000 + ord(letter)) for letter in phrase)


def zero_width(phrase: str) -> str:
    """Return the phrase's first letters as bits in zero-width characters."""
    bits = "".join(f"{ord(letter):08b}" for letter in phrase[:6])
    return "".join("\u200c" if bit == "1" else "\u200b" for bit in bits)


def selected(phrase: str) -> str:
    """Return the phrase in variation selectors."""
    return "".join(chr(0xE0100 + ord(letter) % 240) for letter in phrase)


def reversed_by_override(phrase: str) -> str:
    """Return the phrase backwards in a right-to-left override."""
    return "\u202e" + phrase[::-1] + "\u202c"


def _replaced(phrase: str, place: Place) -> Painting:
    return Painting(over=f"/Span << /ActualText {escaped(phrase)} >> BDC {text('Cranes rest.', place)} EMC")


def _annotated(entries: str) -> Painter:
    def paint(phrase: str, place: Place) -> Painting:
        x, y, width, height = map(float, place.area(_LENGTH).split())
        note = (
            f"<< /Type /Annot {entries} /Rect [{x} {y} {x + width} {y + height}] /Contents {escaped(phrase)} "
            f"/V {escaped(phrase)} /DA (/F1 9 Tf 0 g) >>"
        )
        return Painting(page_entries=f"/Annots [{object_number(0)} 0 R]", objects=(note,))

    return paint


def under_state(alpha: str) -> Painter:
    """A painter of type whose alpha is set."""
    return _with("/S gs", resources=_STATE.format(alpha))


_COLOURED = "/ColorSpace << /C {0} >>"
_TINT = "<< /FunctionType 2 /Domain [0 1] /C0 [0 0 0 0] /C1 [0 1 0 0] /N 1 >>"
_STATE = "/ExtGState << /S << /ca {0} /CA {0} >> >>"
_TILING = stream(
    "1 g 0 0 10 10 re f",
    "/PatternType 1 /PaintType 1 /TilingType 1 /BBox [0 0 10 10] /XStep 10 /YStep 10 /Resources << >>",
)
_PATTERNED = f"/Pattern << /P {object_number(0)} 0 R >>"

ATTACKS: dict[str, Painter] = {
    "white, grey space": _with("1 g"),
    "white, RGB": _with("1 1 1 rg"),
    "white, CMYK": _with("0 0 0 0 k"),
    "white, indexed": _with("/C cs 0 sc", resources=_COLOURED.format("[/Indexed /DeviceRGB 1 <ffffff000000>]")),
    "white, ICC": _with(
        "/C cs 1 1 1 sc",
        resources=_COLOURED.format(f"[/ICCBased {object_number(0)} 0 R]"),
        objects=(stream("none", "/N 3 /Alternate /DeviceRGB"),),
    ),
    "white, separation": _with("/C cs 0 scn", resources=_COLOURED.format(f"[/Separation /Spot /DeviceCMYK {_TINT}]")),
    "white, Lab": _with("/C cs 100 0 0 sc", resources=_COLOURED.format("[/Lab << /WhitePoint [.95 1 1.09] >>]")),
    "white, pattern": _with("/Pattern cs /P scn", resources=_PATTERNED, objects=(_TILING,)),
    "near white": _with(".98 g"),
    "near white, yellowish": _with("1 1 .97 rg"),
    "black on black": _with("0 g", under="0 g"),
    "grey on grey": _with(".5 g", under=".5 g"),
    "colour on colour": _with(".8 .1 .2 rg", under=".8 .1 .21 rg"),
    "colour on an image": lambda phrase, place: Painting(
        over=f"{image(place, '204080')} q .125 .25 .5 rg {text(phrase, place)} Q"
    ),
    "half a point": _typeset(size=0.5),
    "two points": _typeset(size=2.0),
    "tiny by text matrix": _typeset(scale=0.1),
    "tiny by page matrix": _scaled_by_page,
    "squeezed": _typeset(before="2 Tz"),
    "left of the page": _at(-400, 400),
    "right of the page": _at(620, 400),
    "above the page": _at(72, 1200),
    "below the page": _at(72, -60),
    "outside the crop box": _cropped,
    "clipped to nothing": _clipped("100 100 0 0"),
    "clipped to a dot": _clipped("300 300 .5 .5"),
    "clipped elsewhere": _clipped("20 740 30 30"),
    "clipping text": _typeset(before="7 Tr"),
    "invisible mode": _typeset(before="3 Tr"),
    "behind an image": _behind(lambda place: image(place, "ffffff")),
    "behind a box": _behind(lambda place: f"q 1 g {place.area(_LENGTH)} re f Q"),
    "behind strips": _behind(_strips),
    "behind a stroke": _behind(_stroke_over),
    "behind an annotation": _annotation_over,
    "behind a shading": lambda phrase, place: Painting(
        over=f"{text(phrase, place)} q {place.area(_LENGTH)} re W n /Sh sh Q",
        resources="/Shading << /Sh << /ShadingType 2 /ColorSpace /DeviceGray /Coords [0 0 612 0] /Extend [true true] "
        "/Function << /FunctionType 2 /Domain [0 1] /C0 [1] /C1 [1] /N 1 >> >> >>",
    ),
    "alpha 0": _with("/S gs", resources=_STATE.format("0")),
    "alpha .01": _with("/S gs", resources=_STATE.format(".01")),
    "soft mask": _soft_mask,
    "white stroke": _typeset(before="1 Tr 1 G"),
    "transparent stroke": _with("/S gs 1 Tr", resources="/ExtGState << /S << /CA 0 >> >>"),
    "layer off": layered("OFF"),
    "form in a layer off": _layered_form,
    "white in a form": in_form("1 g"),
    "white in nested forms": _nested,
    "invisible in a form": in_form("3 Tr"),
    "transparent form": in_form("", around="/S gs", states=_STATE.format("0"), entries="/Group << /S /Transparency >>"),
    "clipped form": in_form("", around="20 740 30 30 re W n"),
    "Type 3 without ink": type3("500 0 d0"),
    "Type 3 without ink, boxed": type3("500 0 0 0 500 700 d1"),
    "replacement text": _replaced,
    "tag characters": _unseen(tagged),
    "zero-width bits": _unseen(zero_width),
    "variation selectors": _unseen(selected),
    "override": _unseen(reversed_by_override),
}
"""Each hides a phrase from whoever reads the page."""

BEYOND: dict[str, Painter] = {"letters behind others": _mapped("")}
"""Not found: a Unicode map that names other letters than its glyphs show. Only reading the drawn page would tell."""

UNREAD: dict[str, Painter] = {
    "hidden note": _annotated("/Subtype /FreeText /F 2"),
    "note's contents": _annotated("/Subtype /Text /F 0"),
    "hidden field": _annotated("/Subtype /Widget /FT /Tx /T (f) /F 2"),
    "unseen field": _annotated("/Subtype /Widget /FT /Tx /T (f) /F 32"),
}
"""Text that is no part of a page's content: it only must not get in."""

_FORMS: dict[str, Callable[[str], str]] = {
    "tag characters": tagged,
    "zero-width bits": zero_width,
    "variation selectors": selected,
    "override": lambda phrase: "\u202e",
}


def hidden_forms(kind: str, phrase: str) -> tuple[str, ...]:
    """Return the strings that must stand in no block: the phrase, or what carries it."""
    if kind in _FORMS:
        return (_FORMS[kind](phrase)[:2],)
    return (phrase, phrase.replace(" ", ""), phrase[:16])
