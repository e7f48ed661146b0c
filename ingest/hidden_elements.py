"""Elements of an HTML page that its reader does not see, by their own attributes and styles.

Style sheets are not read: what a class hides, scripts and screen sizes show again.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from lxml import etree
from lxml import html as lxml_html

from ingest.document import Finding, FindingKind

LEAST_WORDS = 2
"""Words of a hidden element that is told of; one is an icon's name."""
LEAST_COMMENT_WORDS = 8
"""Words of a comment without markup that is told of; build stamps and conditional comments are shorter."""
SMALLEST_PT = 3.0
FAINTEST = 0.05
"""Opacity."""
FARTHEST = 500.0
"""Pixels or points off the screen."""
LONGEST_STYLE = 2000
LONGEST_EXCERPT = 60
_POINTS = {"px": 0.75, "pt": 1.0, "em": 12.0, "rem": 12.0, "%": 0.12, "": 0.75}
_LENGTH = re.compile(r"(-?\d{0,6}(?:\.\d{1,6})?)\s*(px|pt|em|rem|%|)\s*(?:!important)?$")
_RGB = re.compile(r"rgba?\(([^)]{1,60})\)")
_NAMED = {
    "white": "#ffffff",
    "black": "#000000",
    "red": "#ff0000",
    "blue": "#0000ff",
    "green": "#008000",
    "yellow": "#ffff00",
    "gray": "#808080",
    "grey": "#808080",
    "snow": "#fffafa",
    "ivory": "#fffff0",
    "whitesmoke": "#f5f5f5",
}
_CLIPPED = re.compile(
    r"rect\(\s*[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?[\s,]+[01](?:px)?\s*\)|inset\((?:50|100)%"
)
Colour = tuple[int, int, int]
CLOSE_COLOUR = 12
"""Levels of 255 in the channel that differs most."""


def is_hidden(element: lxml_html.HtmlElement) -> bool:
    """Return whether an element is hidden by its own attributes or inline style."""
    if "hidden" in element.attrib or element.get("aria-hidden") == "true":
        return True
    style = _declarations(element.get("style"))
    if not style and "color" not in element.attrib:
        return False
    return (
        style.get("display", "").startswith("none")
        or style.get("visibility", "").startswith(("hidden", "collapse"))
        or _number(style.get("opacity")) <= FAINTEST
        or _points(style.get("font-size"), otherwise=SMALLEST_PT) < SMALLEST_PT
        or any(abs(_points(style.get(side))) >= FARTHEST for side in _SIDES if style.get(side, "").startswith("-"))
        or _CLIPPED.search(style.get("clip", "") + style.get("clip-path", "")) is not None
        or _is_shut(style)
        or _is_in_background(element, style)
    )


_SIDES = ("left", "top", "right", "bottom", "text-indent", "margin-left", "margin-top")


def comment_text(comment: etree._Comment) -> str:
    """Return a comment's words where it holds a sentence and no markup, else ""."""
    words = str(comment.text or "").split()
    return " ".join(words) if len(words) >= LEAST_COMMENT_WORDS and "<" not in str(comment.text) else ""


def hidden_findings(hidden: list[str]) -> list[Finding]:
    """Return what is told of the hidden elements' texts."""
    told = [text for text in hidden if len(text.split()) >= LEAST_WORDS]
    if not told:
        return []
    words = sum(len(text.split()) for text in told)
    return [Finding(FindingKind.HIDDEN_TEXT, 1, f"{words} words in {len(told)} hidden elements were left out")]


def _declarations(style: str | None) -> dict[str, str]:
    """Return an inline style's properties in lower case; the last one counts."""
    pairs = (part.partition(":") for part in (style or "")[:LONGEST_STYLE].lower().split(";"))
    return {name.strip(): value.strip() for name, colon, value in pairs if colon}


def _number(value: str | None) -> float:
    found = re.match(r"\d{0,6}(?:\.\d{1,6})?", value or "")
    return float(found[0]) if found and found[0] not in ("", ".") else 1.0


def _points(value: str | None, *, otherwise: float = 0.0) -> float:
    """Return a length in points, `otherwise` where it is none."""
    found = _LENGTH.match(value or "")
    if found is None or found[1] in ("", "-", "."):
        return otherwise
    return float(found[1]) * _POINTS[found[2]]


def _is_shut(style: dict[str, str]) -> bool:
    """Return whether a box of no size cuts its content off."""
    sizes = [_points(style[side], otherwise=9.0) for side in ("width", "height", "max-height") if side in style]
    return style.get("overflow", "").startswith("hidden") and bool(sizes) and min(sizes) <= 1.0


def _is_in_background(element: lxml_html.HtmlElement, style: dict[str, str]) -> bool:
    """Return whether the text has no colour, or that of the nearest background; white on a page without any."""
    named = style.get("color") or (element.get("color") or "").lower()
    if not named:
        return False
    if named.startswith("transparent") or re.match(r"rgba\([^)]*,\s*0(?:\.0*)?\s*\)", named):
        return True
    colour = _colour(named)
    if colour is None:
        return False
    for own, one in _outwards(element):
        background = own.get("background-color") or own.get("background") or one.get("bgcolor")
        if background:
            ground = _colour(background.lower())
            return ground is not None and _is_close(colour, ground)
        if one.get("class") or one.get("id"):  # a style sheet may give it a ground
            return False
    return _is_close(colour, (255, 255, 255))


def _outwards(element: lxml_html.HtmlElement) -> Iterator[tuple[dict[str, str], lxml_html.HtmlElement]]:
    """Yield the element and those around it, with their styles, up to a bound."""
    one, left = element, 50
    while one is not None and left:
        yield _declarations(one.get("style")), one
        one, left = one.getparent(), left - 1


def _colour(value: str) -> Colour | None:
    value = value.split("!")[0].strip()
    first = value if value.startswith("rgb") else (value.split() or [""])[0]
    first = _NAMED.get(first, first)
    if re.fullmatch(r"#[0-9a-f]{3}", first):
        first = "#" + "".join(2 * digit for digit in first[1:])
    if re.fullmatch(r"#[0-9a-f]{6}", first):
        return int(first[1:3], 16), int(first[3:5], 16), int(first[5:7], 16)
    found = _RGB.match(first)
    parts = re.findall(r"\d{1,3}", found[1]) if found else []
    return (int(parts[0]), int(parts[1]), int(parts[2])) if len(parts) >= 3 else None


def _is_close(one: Colour, other: Colour) -> bool:
    return max(abs(a - b) for a, b in zip(one, other, strict=True)) <= CLOSE_COLOUR
