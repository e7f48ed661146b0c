"""What it takes to run an answer again: who encoded, who wrote, from which state of the library, and how long it "
"took."""

from __future__ import annotations

import time
from collections.abc import Sequence
from importlib.metadata import PackageNotFoundError, version

from app.answering.records import Provenance
from app.answering.retrieval import Grounds
from app.generators.protocol import Draft, Evidence, Generator
from indexes.library import Library

NOT_INSTALLED = "0+source"
"""The version where Ronbun runs from its source tree without being installed."""


class Stopwatch:
    """Measures stages one after another, in milliseconds."""

    def __init__(self) -> None:
        self._last = time.perf_counter()
        self._laps: list[tuple[str, float]] = []

    def lap(self, stage: str) -> None:
        """End a stage."""
        now = time.perf_counter()
        self._laps.append((stage, round((now - self._last) * 1000, 3)))
        self._last = now

    @property
    def laps_ms(self) -> tuple[tuple[str, float], ...]:
        """The stages ended so far with their milliseconds, in order."""
        return tuple(self._laps)

    @property
    def total_ms(self) -> float:
        """Milliseconds of all the stages ended so far."""
        return sum(elapsed_ms for _, elapsed_ms in self._laps)


def provenance_of(
    library: Library,
    generator: Generator,
    draft: Draft,
    *,
    evidence: Sequence[Evidence],
    grounds: Grounds,
    seed: int,
    watch: Stopwatch,
) -> Provenance:
    """Return the provenance of an answer that was drafted from this evidence and may rest on the grounds' hits."""
    passage_ids = {piece.number: piece.passage.passage_id for piece in evidence}
    found = {hit.passage.passage_id for hit in grounds.hits}
    papers = {hit.passage.paper_id for hit in grounds.hits}
    return Provenance(
        encoder=library.encoder.name,
        generator=generator.identity,
        prompt_id=draft.prompt_id,
        prompt_sha256=draft.prompt_sha256,
        generation=library.generation(),
        parsers=tuple(sorted({grounds.papers[paper_id].parser for paper_id in papers})),
        seed=seed,
        usage=draft.usage,
        dropped_passage_ids=tuple(passage_ids[number] for number in draft.dropped_evidence),
        timings_ms=(*watch.laps_ms, *draft.timings_ms),
        version=installed_version(),
        context_passage_ids=tuple(name for name in passage_ids.values() if name not in found),
        is_cut_off=draft.is_cut_off,
    )


def installed_version() -> str:
    """Return Ronbun's version as installed."""
    try:
        return version("ronbun")
    except PackageNotFoundError:
        return NOT_INSTALLED
