"""The measures of libraries as text: one column a size."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

WIDTH = 40
COLUMN = 15


def table(measured: Sequence[dict[str, Any]]) -> str:
    """Return a table of the measures, smallest library first."""
    lines = [_line("", [f"{each['sizes']['passages']:,}" for each in measured])]
    lines += [_line("vector index", [each["sizes"]["vector_index"] for each in measured])]
    for step in ("building", "sizes", "opening", "recall"):
        lines += _lines(step, [_flat(each[step]) for each in measured])
    for step, title in (("library", "whole library"), ("paper", "within one paper"), ("changing", "while changing")):
        lines += ["", f"{title}: p50 / p95 in ms (of the processor, for the searching thread)"]
        lines += _times([each[step] for each in measured])
    return "\n".join(lines)


def _lines(step: str, found: Sequence[dict[str, Any]]) -> list[str]:
    names = [name for name in found[-1] if name not in ("passages", "vector_index")]
    return ["", step] + [_line(f"  {name}", [str(each.get(name, "")) for each in found]) for name in names]


def _times(found: Sequence[dict[str, Any]]) -> list[str]:
    if "wall_p50_ms" in found[0]:
        others = [name for name in found[0] if not name.endswith(("p50_ms", "p95_ms"))]
        return [
            _line("  search", [_cell(each) for each in found]),
            *(_line(f"  {name}", [str(each[name]) for each in found]) for name in others),
        ]
    return [_line(f"  {name}", [_cell(each[name]) for each in found]) for name in found[-1]]


def _cell(times: dict[str, float]) -> str:
    wall = f"{times['wall_p50_ms']:.1f}/{times['wall_p95_ms']:.1f}"
    return f"{wall} ({times['cpu_p50_ms']:.1f}/{times['cpu_p95_ms']:.1f})"


def _flat(found: dict[str, Any]) -> dict[str, Any]:
    flat: dict[str, Any] = {}
    for name, value in found.items():
        if isinstance(value, dict):
            flat |= {f"{name}: {part}": number for part, number in value.items()}
        else:
            flat[name] = value
    return flat


def _line(name: str, cells: Sequence[str]) -> str:
    return f"{name:<{WIDTH}}" + "".join(f"{cell:>{COLUMN + 9}}" for cell in cells)
