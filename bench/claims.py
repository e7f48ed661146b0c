"""Measure the claim checks: how many good claims pass, how many bad ones are turned away.

    python -m bench.claims [--json] [--data DIR]

WiCE: sentences of Wikipedia with the page they cite; good is "supported", bad is "not_supported" ("partially
supported" is counted apart). HaluEval QA: right and invented answers with their paragraph; an answer of a few words is
checked with its question among the texts, as a reader meets it. The checks compare words, numbers and names: an
invented answer in the paragraph's own words passes.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from app.answering.checks import verify_claim
from app.answering.records import Verdict

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))


@dataclass(frozen=True, slots=True)
class Labelled:
    """A claim, the text it cites, and what people say of it: "good", "partly" or "bad"."""

    claim: str
    passages: tuple[str, ...]
    label: str


def read_wice(path: Path) -> Iterator[Labelled]:
    """Return WiCE's claims."""
    labels = {"supported": "good", "partially_supported": "partly", "not_supported": "bad"}
    for row in _rows(path):
        yield Labelled(row["claim"], ("\n".join(row["context_sentences"]),), labels[row["label"]])


def read_halueval(path: Path) -> Iterator[Labelled]:
    """Return HaluEval's answers, each after its question."""
    for row in _rows(path):
        yield Labelled(row["answer"], (row["question"], row["context"]), "good" if row["grounded"] else "bad")


READERS = {
    "wice": ("ground_wice_claims.jsonl", read_wice),
    "halueval_qa": ("ground_halueval_qa.jsonl", read_halueval),
}


def measure(claims: Sequence[Labelled]) -> dict[str, float]:
    """Return the counts, and the shares accepted and turned away."""
    accepted: dict[str, list[bool]] = {}
    for one in claims:
        verdict = verify_claim(one.claim, one.passages).verdict
        accepted.setdefault(one.label, []).append(verdict is Verdict.SUPPORTED)
    figures: dict[str, float] = {}
    for label, passed in sorted(accepted.items()):
        figures[label] = len(passed)
        is_bad = label == "bad"
        figures[f"{label}_{'rejected' if is_bad else 'accepted'}"] = round(
            sum(one is not is_bad for one in passed) / len(passed), 3
        )
    return figures


def main(arguments: Sequence[str] | None = None) -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--data", type=Path, default=DATA, help="the evaluation data")
    given = parser.parse_args(arguments)
    folder = given.data / "grounding"
    if not folder.is_dir():
        print(f"skipped: the evaluation data is not at {given.data} (set RONBUN_SHARED_DATA)")
        return 0
    figures = {name: measure(list(read(folder / file))) for name, (file, read) in READERS.items()}
    if given.json:
        print(json.dumps(figures, indent=1))
        return 0
    for name, rows in figures.items():
        print(name, *(f"  {key:18} {value:8.3f}" for key, value in rows.items()), sep="\n")
    return 0


def _rows(path: Path) -> Iterator[dict[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


if __name__ == "__main__":
    sys.exit(main())
