"""Figures to the tables that people read: each beside its target, and beside the other readers."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple


class Row(NamedTuple):
    """One line: what it is, how it is had from the figures, its target in words and whether a value meets it."""

    name: str
    value: Callable[[Mapping[str, Any]], float | None]
    target: str
    is_met: Callable[[float], bool]


def _at_least(name: str, key: str, least: float, inner: str | None = None) -> Row:
    def value(figures: Mapping[str, Any]) -> float | None:
        held = figures.get(key)
        return held.get(inner) if inner and isinstance(held, Mapping) else held

    return Row(name, value, f">= {least:g}", lambda value: value >= least)


def _below(name: str, key: str, limit: float) -> Row:
    return Row(name, lambda figures: figures.get(key), f"< {limit:g}", lambda value: value < limit)


ROWS = (
    _at_least("gold 4-grams found, one column", "text_recall", 0.96, "1col"),
    _at_least("gold 4-grams found, two columns", "text_recall", 0.95, "2col"),
    _at_least("gold 4-grams found, Japanese", "text_recall", 0.90, "ja"),
    _at_least("titles right", "titles", 0.97),
    _at_least("author names F1", "authors_f1", 0.92),
    _at_least("abstract 4-gram F1", "abstract_f1", 0.92),
    _at_least("author surnames and initials F1", "surnames_f1", 0.92),
    _at_least("abstracts that the file prints, F1", "printed_abstract_f1", 0.92),
    _at_least("section headings F1", "headings_f1", 0.90),
    _below("passages with reference text, share", "references_in_evidence", 0.01),
    _below("passages with furniture, share", "furniture_in_evidence", 0.01),
    _at_least("kinds of hidden text tried", "attack_kinds", 40),
    _below("hidden-text attacks missed or let in", "attacks_missed", 1),
    _below("honest pages with an alarm", "honest_pages_alarmed", 1),
    Row(
        "papers with hidden text not judged real",
        lambda figures: figures["papers_not_judged"] / figures["papers"],
        "< 0.01",
        lambda value: value < 0.01,
    ),
    _at_least("pages a CPU second", "pages_per_cpu_second", 45),
    _below("damaged files: crashes, foreign errors", "damaged_foreign", 1),
    _below("damaged files: slowest, s", "damaged_slowest_s", 20),
    _below("damaged files: peak memory, MB", "damaged_peak_mb", 1000),
)


def print_table(figures: Mapping[str, Any]) -> None:
    """Print the figures that have a target, then the others."""
    print(f"{'figure':44} {'value':>9}  {'reach':14} met")
    for row in ROWS:
        value = row.value(figures)
        if value is not None:
            print(f"{row.name:44} {_shown(value):>9}  {row.target:14} {'yes' if row.is_met(value) else 'NO'}")
    print()
    for name, value in figures.items():
        if name not in ("peers", "recognised", "refused"):
            print(f"{name:28} {_shown(value)}")


def print_recognised(figures: Mapping[str, Any]) -> None:
    """Print what recognition gave for each file without usable text, where it was asked for."""
    for file in figures.get("recognised", ()):
        pages, recognised = file["pages"], file["recognised_pages"]
        pace = f"{file['elapsed_s'] / max(recognised, 1):.1f} s each, quality {file['quality']:.2f}"
        print(
            f"{file['name'][:40]:40} {file['fate']:10} {recognised:3} of {pages:3} pages, {pace}: {file['title'][:60]}"
        )


def print_peers(figures: Mapping[str, Any]) -> None:
    """Print text recall and speed of each reader, ours first, where peers were run."""
    peers = figures.get("peers")
    if not peers:
        return
    ours = {**figures, "reader": "ronbun", "failed": figures["papers"] - figures["fates"].get("parsed", 0)}
    print(f"\n{'reader':28} {'1 col':>6} {'2 col':>6} {'ja':>6} {'pages/s':>8} {'refused':>8}")
    for peer in (ours, *peers):
        recall = peer["text_recall"]
        shares = " ".join(f"{recall.get(kind, 0.0):6.3f}" for kind in ("1col", "2col", "ja"))
        print(f"{peer['reader']:28} {shares} {peer['pages_per_cpu_second']:8.1f} {peer['failed']:8}")


def _shown(value: object) -> str:
    return f"{value:.3f}" if isinstance(value, float) else str(value)
