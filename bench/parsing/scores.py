"""What parsing gave, against the truth of the evaluation data: text, titles, authors, abstracts, dates, headings."""

from __future__ import annotations

import json
import re
import subprocess
import sys
import tempfile
import unicodedata
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import mean
from typing import Any

from bench.parsing.outcomes import Outcome

BESIDE_THE_BODY = frozenset(
    (
        "abstract",
        "summary",
        "keywords",
        "references",
        "bibliography",
        "literaturecited",
        "acknowledgements",
        "acknowledgments",
        "acknowledgement",
        "acknowledgment",
        "funding",
        "authorcontributions",
        "authorscontributions",
        "conflictofinterest",
        "conflictsofinterest",
        "competinginterests",
        "dataavailability",
        "dataavailabilitystatement",
        "codeavailability",
        "ethicsstatement",
        "supplementarymaterial",
        "supplementarymaterials",
        "supplementaryinformation",
        "supportinginformation",
        "additionalinformation",
        "abbreviations",
        "appendix",
        "authordetails",
        "authorinformation",
        "consentforpublication",
        "availabilityofdataandmaterials",
    )
)
"""Headings that a paper has before and after its body; the gold lists them in some papers and not in others."""


PRINTED_SHARE = 0.5
"""Share of a gold abstract's 4-grams that stand in the file's text when the file prints that abstract."""


def normalised(text: str) -> str:
    """Return a title or name for comparison: no accents, marks or case."""
    plain = unicodedata.normalize("NFKD", text)
    return re.sub(r"[\W_]+", "", "".join(letter for letter in plain if not unicodedata.combining(letter))).casefold()


def f1(found: Counter[Any], wanted: Counter[Any]) -> float:
    """Return the harmonic mean of precision and recall of two multisets."""
    common = (found & wanted).total()
    return 2 * common / (found.total() + wanted.total()) if common else 0.0


def grams(text: str, size: int = 4) -> Counter[tuple[str, ...]]:
    """Return the word 4-grams of a text."""
    words = re.findall(r"\w+", text.casefold())
    return Counter(tuple(words[start : start + size]) for start in range(len(words) - size + 1))


def text_recall(texts: Mapping[str, str], truth: Path) -> dict[str, float]:
    """Return the mean 4-gram recall by layout of texts by paper id, as the data's own script scores them."""
    with tempfile.TemporaryDirectory() as folder:
        for paper_id, text in texts.items():
            (Path(folder) / f"{paper_id}.txt").write_text(text, encoding="utf-8", errors="replace")
        command = [sys.executable, str(truth / "text_recall.py"), folder]
        printed = subprocess.run(command, check=True, capture_output=True, text=True).stdout
    print(printed, file=sys.stderr)
    return {kind: float(value) for kind, value in re.findall(r"^mean (\w+): ([\d.]+)", printed, re.M)}


def metadata_scores(outcomes: Mapping[str, Outcome], truth: Path) -> dict[str, float]:
    """Return shares of right titles, years and DOIs, and mean F1 of authors and abstracts, where the truth has them.

    The truth comes from registries, which cut given names ("J. Field") and hold abstracts that some files do not print.
    So two scores stand beside the strict ones: `surnames_f1` compares each author's surname and first initial, and
    `printed_abstract_f1` leaves out papers on whose pages fewer than half of the abstract's 4-grams stand at all.
    """
    names = ("titles", "authors_f1", "surnames_f1", "abstract_f1", "printed_abstract_f1", "years", "dois")
    scores: dict[str, list[float]] = {name: [] for name in names}
    for wanted in _lines(truth / "metadata_dev.jsonl"):
        outcome = outcomes.get(wanted["paper_id"])
        if outcome is None:
            continue
        for name, score in _metadata(outcome, wanted).items():
            scores[name].append(score)
    return {name: mean(values) for name, values in scores.items() if values}


def _metadata(outcome: Outcome, wanted: Mapping[str, Any]) -> dict[str, float]:
    scores: dict[str, float] = {}
    if wanted.get("title"):
        scores["titles"] = float(normalised(outcome.title) == normalised(wanted["title"]))
        _note(scores["titles"] == 1, outcome, "title", outcome.title, wanted["title"])
    if wanted.get("authors"):
        scores["authors_f1"] = f1(
            Counter(map(normalised, outcome.authors)), Counter(map(normalised, wanted["authors"]))
        )
        scores["surnames_f1"] = f1(
            Counter(map(_shortened, outcome.authors)), Counter(map(_shortened, wanted["authors"]))
        )
        _note(scores["authors_f1"] > 0.7, outcome, "authors", outcome.authors, wanted["authors"])
    if wanted.get("abstract"):
        scores["abstract_f1"] = f1(grams(outcome.abstract), grams(wanted["abstract"]))
        printed = grams(wanted["abstract"])
        if (printed & grams(outcome.text)).total() >= PRINTED_SHARE * printed.total():
            scores["printed_abstract_f1"] = scores["abstract_f1"]
        _note(scores["abstract_f1"] > 0.8, outcome, "abstract", outcome.abstract[:150], wanted["abstract"][:150])
    if wanted.get("year"):
        scores["years"] = float(outcome.year == str(wanted["year"]))
        _note(scores["years"] == 1, outcome, "year", outcome.year, wanted["year"])
    if wanted.get("doi"):
        scores["dois"] = float(outcome.doi == wanted["doi"].casefold())
    return scores


def _shortened(name: str) -> str:
    """Return an author's surname and first initial, as the name is written: given names first, or after a comma."""
    surname, comma, given = name.partition(",")
    parts = name.split()
    if not comma:
        surname, given = parts[-1] if parts else "", " ".join(parts[:-1])
    return normalised(surname) + normalised(given)[:1]


def heading_scores(outcomes: Mapping[str, Outcome], truth: Path) -> dict[str, float]:
    """Return recall, and F1 over all headings found and over those that the gold could hold.

    The gold lists the sections that have paragraphs of their own: no heading that only holds further headings, and
    what stands beside the body in some papers only. `headings_f1` leaves both out of what was found; `_raw` does not.
    """
    counts: Counter[str] = Counter()
    for paper in _lines(truth / "fulltext_dev.jsonl"):
        outcome = outcomes.get(paper["paper_id"])
        gold = {_unnumbered(section["title"]) for section in paper["sections"] if section["title"].strip()}
        if outcome is None or not gold:
            continue
        every = {_unnumbered(title) for title in outcome.headings}
        body = set(_body_headings(outcome))
        _note(gold <= every, outcome, "headings missed", "", sorted(gold - every))
        _note(body <= gold, outcome, "headings not in the gold", sorted(body - gold), "")
        counts.update(gold=len(gold), common=len(gold & every), every=len(every), comparable=len(body | (gold & every)))
    if not counts["gold"]:
        return {}
    return {
        "headings_recall": counts["common"] / counts["gold"],
        "headings_f1": 2 * counts["common"] / (counts["gold"] + counts["comparable"]),
        "headings_f1_raw": 2 * counts["common"] / (counts["gold"] + counts["every"]),
    }


def _body_headings(outcome: Outcome) -> Iterator[str]:
    for title in outcome.owning_headings:
        plain = _unnumbered(title)
        if plain not in BESIDE_THE_BODY:
            yield plain


def _unnumbered(title: str) -> str:
    return normalised(re.sub(r"^\s*(?:[\dIVX]+(?:\.\d+)*|[A-Z])[.\s]\s*", "", title))


def by_paper(outcomes: Sequence[Outcome]) -> dict[str, Outcome]:
    """Return the parsed papers by id."""
    return {outcome.path.name.split("__")[0]: outcome for outcome in outcomes if outcome.fate == "parsed"}


def _lines(path: Path) -> Iterator[Mapping[str, Any]]:
    for line in path.read_text(encoding="utf-8").splitlines():
        yield json.loads(line)


def _note(right: bool, outcome: Outcome, what: str, got: object, wanted: object) -> None:
    if not right:
        print(f"{outcome.path.name[:60]} {what}:\n    got    {got!r}\n    wanted {wanted!r}", file=sys.stderr)
