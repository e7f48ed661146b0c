"""The rows' figures and the targets as people read them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from bench.engine.targets import Judged

WIDTH = 30


def table(rows: Mapping[str, Mapping[str, Any]], names: Mapping[str, str], targets: Sequence[Judged]) -> str:
    """Return every row's figures, then each target beside its value."""
    lines: list[str] = []
    for number, figures in rows.items():
        lines += ["", f"{number}. {names[number]}"]
        lines += [f"   {name:{WIDTH}} {_shown(value)}" for name, value in figures.items()]
    lines += ["", f"{'target':78} {'value':>8}  reach   met"]
    return "\n".join(lines + [_line(one) for one in targets])


def _line(one: Judged) -> str:
    bound = f"{'>=' if one.target.is_least else '<='} {one.target.bound:g}"
    value = "-" if one.value is None else f"{one.value:.3f}".rstrip("0").rstrip(".")
    return f"{one.target.row}. {one.target.what:75} {value:>8}  {bound:7} {'yes' if one.is_met else 'NO'}"


def _shown(value: Any) -> str:
    if isinstance(value, Mapping):
        return ", ".join(f"{name} {_shown(each)}" for name, each in value.items())
    if isinstance(value, list):
        return " ".join(_shown(each) for each in value)
    return str(value)
