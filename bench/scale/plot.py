"""The growth of a library as an SVG: three panels, both axes logarithmic, one line a measure."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from html import escape
from typing import Any

PANEL_WIDTH, PANEL_HEIGHT, GAP = 260, 220, 70
TOP, LEFT = 50, 60
COLOURS = ("#0b6e99", "#c2410c", "#4d7c0f", "#7e22ce")


@dataclass(frozen=True, slots=True)
class Panel:
    """A panel: what it shows, its unit, and a number of each library for each of its lines."""

    title: str
    unit: str
    lines: dict[str, Callable[[dict[str, Any]], float]]


PANELS = (
    Panel(
        "search, without encoding",
        "ms",
        {
            "library p50": lambda each: each["library"]["search"]["cpu_p50_ms"],
            "library p95": lambda each: each["library"]["search"]["cpu_p95_ms"],
            "one paper p50": lambda each: each["paper"]["search"]["cpu_p50_ms"],
        },
    ),
    Panel(
        "building",
        "s of processor",
        {
            "vectors": lambda each: each["building"]["vectors_cpu_s"],
            "keywords": lambda each: each["building"]["keywords_cpu_s"],
        },
    ),
    Panel(
        "files and memory",
        "MB",
        {
            "database": lambda each: each["sizes"]["files_mb"]["database"],
            "vectors": lambda each: each["sizes"]["files_mb"]["vectors"],
            "keywords": lambda each: each["sizes"]["files_mb"]["keywords"],
            "memory": lambda each: each["opening"]["memory_mb"]["own"],
        },
    ),
)


def draw(measured: Sequence[dict[str, Any]]) -> str:
    """Return the plot of these libraries, smallest first."""
    width = LEFT + len(PANELS) * (PANEL_WIDTH + GAP)
    height = TOP + PANEL_HEIGHT + 40 + 18 * max(len(panel.lines) for panel in PANELS)
    body = "".join(
        f'<g transform="translate({LEFT + place * (PANEL_WIDTH + GAP)},{TOP})">{_panel(panel, measured)}</g>'
        for place, panel in enumerate(PANELS)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" font-family="sans-serif" '
        f'font-size="12"><rect width="100%" height="100%" fill="#fff"/>{body}</svg>\n'
    )


def _panel(panel: Panel, measured: Sequence[dict[str, Any]]) -> str:
    counts = [float(each["sizes"]["passages"]) for each in measured]
    series = {name: [max(number(each), 0.01) for each in measured] for name, number in panel.lines.items()}
    across, up = (
        _scale(counts, PANEL_WIDTH),
        _scale([value for values in series.values() for value in values], PANEL_HEIGHT),
    )
    parts = [_text(0, -20, f"{panel.title} ({panel.unit})", weight="bold")]
    parts += [f'<rect width="{PANEL_WIDTH}" height="{PANEL_HEIGHT}" fill="none" stroke="#999"/>']
    for count in counts:
        parts.append(_text(across.place(count), PANEL_HEIGHT + 16, f"{count:,.0f}", anchor="middle"))
    for power in range(up.first, up.last + 1):
        y = PANEL_HEIGHT - up.place(10.0**power)
        parts.append(
            f'<path d="M0 {y:.1f}H{PANEL_WIDTH}" stroke="#ddd"/>' + _text(-6, y + 4, f"{10.0**power:g}", anchor="end")
        )
    for number, (name, values) in enumerate(series.items()):
        points = [
            (across.place(count), PANEL_HEIGHT - up.place(value)) for count, value in zip(counts, values, strict=True)
        ]
        parts.append(_line(points, COLOURS[number]))
        parts.append(_text(8, PANEL_HEIGHT + 38 + 18 * number, f"— {name}", fill=COLOURS[number]))
    return "".join(parts)


@dataclass(frozen=True, slots=True)
class _Scale:
    """Powers of ten from `first` to `last` over `length`."""

    first: int
    last: int
    length: float

    def place(self, value: float) -> float:
        return self.length * (math.log10(value) - self.first) / (self.last - self.first)


def _scale(values: Sequence[float], length: float) -> _Scale:
    first = math.floor(math.log10(min(values)))
    return _Scale(first, max(first + 1, math.ceil(math.log10(max(values)))), length)


def _line(points: Sequence[tuple[float, float]], colour: str) -> str:
    path = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
    dots = "".join(f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{colour}"/>' for x, y in points)
    return f'<polyline points="{path}" fill="none" stroke="{colour}" stroke-width="2"/>{dots}'


def _text(x: float, y: float, text: str, *, anchor: str = "start", fill: str = "#222", weight: str = "normal") -> str:
    style = f'text-anchor="{anchor}" fill="{fill}" font-weight="{weight}"'
    return f'<text x="{x:.1f}" y="{y:.1f}" {style}>{escape(text)}</text>'
