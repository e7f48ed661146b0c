"""Judgements and rankings as TREC files: SET.qrels and SET.SYSTEM.run."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from pathlib import Path

from bench.retrieval.judged import Qrels
from bench.retrieval.measures import Run


def write_qrels(path: Path, qrels: Qrels) -> None:
    """Write one line a judgement: question, 0, what is judged, grade."""
    lines = [f"{question} 0 {unit} {grade}\n" for question, units in qrels.items() for unit, grade in units.items()]
    path.write_text("".join(lines), encoding="utf-8")


def read_qrels(path: Path) -> dict[str, dict[str, int]]:
    """Return what `write_qrels` wrote."""
    qrels: dict[str, dict[str, int]] = {}
    for question, _, unit, grade in _columns(path):
        qrels.setdefault(question, {})[unit] = int(grade)
    return qrels


def write_run(path: Path, run: Run, *, system: str) -> None:
    """Write one line a place: question, Q0, what is judged, rank from 1, a score that falls with it, system."""
    lines = [
        f"{question} Q0 {unit} {rank} {1 / rank:.6f} {system}\n"
        for question, units in run.items()
        for rank, unit in enumerate(units, start=1)
    ]
    path.write_text("".join(lines), encoding="utf-8")


def read_run(path: Path) -> dict[str, tuple[str, ...]]:
    """Return what `write_run` or a peer wrote, by rank."""
    ranked: dict[str, list[tuple[int, str]]] = {}
    for question, _, unit, rank, *_ in _columns(path):
        ranked.setdefault(question, []).append((int(rank), unit))
    return {question: tuple(unit for _, unit in sorted(places)) for question, places in ranked.items()}


def write_runs(folder: Path, name: str, *, qrels: Qrels, runs: Iterable[tuple[str, Run]]) -> None:
    """Write a set's judgements and the run of every system on it."""
    folder.mkdir(parents=True, exist_ok=True)
    write_qrels(folder / f"{name}.qrels", qrels)
    for system, run in runs:
        write_run(folder / f"{name}.{system}.run", run, system=system)


def _columns(path: Path) -> list[Sequence[str]]:
    return [line.split() for line in path.read_text(encoding="utf-8").split("\n") if line]
