"""What the rows must reach: each target is a figure of a row, on one side of a bound."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Target:
    """`figure` of row `row` (a dot leads into one of several parts), at most `bound`; at least, where `is_least`."""

    row: str
    figure: str
    bound: float
    what: str
    is_least: bool = False


@dataclass(frozen=True, slots=True)
class Judged:
    """A target and its value; None where the row did not give it."""

    target: Target
    value: float | None

    @property
    def is_met(self) -> bool:
        """Whether the value lies on the right side."""
        if self.value is None:
            return False
        return self.value >= self.target.bound if self.target.is_least else self.value <= self.target.bound


TARGETS = (
    Target("1", "to_cold", 0.16, "ten answers over one prefix, of the time of cold ones"),
    Target("1", "to_prefix_kept", 0.60, "of the time one by one with the prefix kept"),
    Target("1", "to_bare_loop", 1.10, "of the time of a bare loop"),
    Target("2", "ratio", 1.15, "the same with the answer's grammar, of the time without"),
    Target("2", "unparsable", 0, "answers under the grammar that do not parse"),
    Target("3", "to_one_by_one", 1.8, "readers at once, tokens a second, times one by one", is_least=True),
    Target("3", "to_server", 1.8, "times llama_cpp.server on the same file", is_least=True),
    Target("4", "to_the_wait", 0.15, "first token of a short question beside a long prompt, of the whole wait"),
    Target("5", "to_anew", 0.10, "second question after a restart, context from disk, of reading anew"),
    Target("6", "faults", 0, "faults among random requests"),
    Target("6", "unparsable", 0, "unparsable texts among them"),
    Target("6", "not_ended_once", 0, "requests that did not end exactly once"),
    Target("6", "left_running_or_waiting", 0, "requests left in the engine"),
    Target("6", "grown_megabytes", 24, "growth of memory in the second half, MB"),  # allocators keep what they once had
    Target("7", "not_ties", 0, "texts that differ from those written alone, but for ties"),
    Target("9", "all_refused.mean_ms", 2.0, "ms a token under the grammar where every first choice is refused"),
)
"""From issue 5; 24 MB of growth are what allocators keep, a lost sequence of each request would be more."""


def judged(rows: Mapping[str, Mapping[str, Any]], *, is_quick: bool) -> list[Judged]:
    """Return the targets of the rows that were run, with their values; quick runs only show what must be nothing."""
    asked = [target for target in TARGETS if target.row in rows and (target.bound == 0 or not is_quick)]
    return [Judged(target, _figure(rows[target.row], target.figure)) for target in asked]


def _figure(figures: Any, path: str) -> float | None:
    for name in path.split("."):
        figures = figures.get(name) if isinstance(figures, Mapping) else None
    return figures if isinstance(figures, int | float) else None
