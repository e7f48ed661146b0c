"""Measure extractive answers: do the citations meet the gold evidence, how near is the text, when does it abstain.

    python -m bench.answers [--json] [--questions N] [--japanese] [--library DIR] [--data DIR]

COVID-QA and QASPER (development halves) go through the real ingest into one library; every question is asked of its own
paper, of another paper of the same collection, and of a paper of the other collection (both must be turned away).
With `--japanese` the questions that were translated are asked in Japanese of the same English papers. A citation
meets the gold evidence where their characters overlap in the paper (COVID-QA) or where it lies in a gold paragraph
(QASPER); white space and punctuation are not compared.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import re
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import mean
from typing import Any

from app.answering.answer import answer_question
from app.answering.records import Answer, AnswerOptions, AnswerStatus
from app.generators.extractive import ExtractiveGenerator
from indexes.encoding.encoder import open_encoder
from indexes.library import Library, open_library
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.pipeline import ingest_sources

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[2] / "shared" / "data"))
COLLECTIONS = {"covidqa": "covidqa", "qasper": "qasper_full"}
OPTIONS = AnswerOptions(language=None, paper_ids=None, k=8, max_sentences=3)
SEED = 20261122
_NOT_LETTERS = re.compile(r"[\W_]+")


@dataclass(frozen=True, slots=True)
class Question:
    """A question, the accepted answers, and the letters of its paper that bear one out, as places in `letters`."""

    collection: str
    paper_id: str
    text: str
    answers: tuple[str, ...]
    gold: tuple[tuple[int, int], ...]


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of one question put to its own paper."""

    question: Question
    answer: Answer
    elapsed_ms: float
    meets: tuple[bool, ...]


def letters(text: str) -> str:
    """Return the text's letters and digits alone, folded."""
    return _NOT_LETTERS.sub("", text).casefold()


def read_lines(path: Path) -> list[dict[str, Any]]:
    """Return the records of a JSON-lines file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def read_papers(data: Path) -> dict[str, str]:
    """Return the letters of every paper by id."""
    papers = {}
    for name in COLLECTIONS.values():
        for row in read_lines(data / "qa" / "corpus" / f"{name}.jsonl"):
            papers[row["paper_id"]] = letters(_whole(row))
    return papers


def read_questions(data: Path, papers: dict[str, str], *, is_japanese: bool) -> list[Question]:
    """Return the questions that have gold evidence; in Japanese those alone that were translated."""
    translated = {row["id"]: row["question_ja"] for row in read_lines(data / "ja" / "ja_questions_dev.jsonl")}
    questions = []
    for collection, name in COLLECTIONS.items():
        rows = {row["paper_id"]: row for row in read_lines(data / "qa" / "corpus" / f"{name}.jsonl")}
        for row in read_lines(data / "qa" / f"{name}.jsonl"):
            gold = tuple(_gold(row, rows[row["paper_id"]], papers[row["paper_id"]]))
            text = translated.get(row["id"]) if is_japanese else row["question"]
            if gold and text:
                questions.append(Question(collection, row["paper_id"], text, tuple(row["answers"]), gold))
    return questions


def _whole(row: dict[str, Any]) -> str:
    return str(row.get("text") or "\n".join((row.get("abstract", ""), *row.get("paragraphs", ()))))


def _gold(row: dict[str, Any], paper: dict[str, Any], paper_letters: str) -> Iterable[tuple[int, int]]:
    for piece in row["evidence"]:
        if piece.get("start") is not None:
            text = _whole(paper)
            yield len(letters(text[: piece["start"]])), len(letters(text[: piece["end"]]))
    for number in row.get("gold_paragraphs") or ():
        paragraph = letters(paper["paragraphs"][number])
        place = paper_letters.find(paragraph)
        if paragraph and place >= 0:
            yield place, place + len(paragraph)


def meets_gold(quote: str, question: Question, paper_letters: str) -> bool:
    """Say whether any place where the quote stands in the paper overlaps a gold place."""
    needle = letters(quote)
    place = paper_letters.find(needle) if needle else -1
    while place >= 0:
        if any(max(place, start) < min(place + len(needle), end) for start, end in question.gold):
            return True
        place = paper_letters.find(needle, place + 1)
    return False


def token_f1(text: str, gold: str) -> float:
    """Return the F1 of shared words, articles apart (SQuAD's measure)."""
    words, wanted = (
        Counter(word for word in re.findall(r"\w+", part.casefold()) if word not in ("a", "an", "the"))
        for part in (text, gold)
    )
    shared = (words & wanted).total()
    return 2 * shared / (words.total() + wanted.total()) if shared else 0.0


def ask_own(library: Library, generator: ExtractiveGenerator, question: Question, paper_letters: str) -> Asked:
    """Ask a question of its own paper."""
    began = time.perf_counter()
    answer = _ask(library, generator, question.text, question.paper_id)
    elapsed_ms = (time.perf_counter() - began) * 1000
    meets = tuple(meets_gold(citation.quote, question, paper_letters) for citation in answer.citations)
    return Asked(question, answer, elapsed_ms, meets)


def _ask(library: Library, generator: ExtractiveGenerator, text: str, paper_id: str) -> Answer:
    options = AnswerOptions(
        language=OPTIONS.language, paper_ids=(paper_id,), k=OPTIONS.k, max_sentences=OPTIONS.max_sentences
    )
    return answer_question(text, library=library, generator=generator, options=options)


def abstention(library: Library, generator: ExtractiveGenerator, asked: Sequence[tuple[str, str]]) -> float:
    """Return the share of (question, paper) pairs that were turned away."""
    statuses = [_ask(library, generator, text, paper_id).status for text, paper_id in asked]
    return mean(status is AnswerStatus.NOT_IN_PAPER for status in statuses)


def foreign_pairs(
    questions: Sequence[Question], everything: Sequence[Question], *, within: bool
) -> list[tuple[str, str]]:
    """Return each question with a paper that is not its own: of its collection, or of another."""
    chance = random.Random(SEED)
    pairs = []
    for question in questions:
        papers = sorted(
            {
                other.paper_id
                for other in everything
                if (other.collection == question.collection) == within and other.paper_id != question.paper_id
            }
        )
        pairs.append((question.text, chance.choice(papers)))
    return pairs


def summarise(asked: Sequence[Asked]) -> dict[str, float]:
    """Return the figures of one collection's own questions."""
    elapsed = sorted(one.elapsed_ms for one in asked)
    return {
        "questions": len(asked),
        "answered": mean(one.answer.status is AnswerStatus.ANSWERED for one in asked),
        "gold_in_a_citation": mean(any(one.meets) for one in asked),
        "gold_in_first_citation": mean(bool(one.meets) and one.meets[0] for one in asked),
        "token_f1": mean(max(_f1(one, gold) for gold in one.question.answers) for one in asked),
        "token_f1_of_first_claim": mean(max(_first_f1(one, gold) for gold in one.question.answers) for one in asked),
        "sentences": mean(len(one.answer.claims) for one in asked),
        "p50_ms": elapsed[len(elapsed) // 2],
        "p95_ms": elapsed[int(len(elapsed) * 0.95)],
    }


def _f1(one: Asked, gold: str) -> float:
    return token_f1(" ".join(claim.text for claim in one.answer.claims), gold)


def _first_f1(one: Asked, gold: str) -> float:
    return token_f1(one.answer.claims[0].text, gold) if one.answer.claims else 0.0


def measure(library: Library, questions: Sequence[Question], papers: dict[str, str]) -> dict[str, dict[str, float]]:
    """Return every figure, by collection."""
    generator = ExtractiveGenerator(encoder=library.encoder)
    _ask(library, generator, questions[0].text, questions[0].paper_id)  # loads the model
    figures = {}
    for collection in COLLECTIONS:
        chosen = [question for question in questions if question.collection == collection]
        asked = [ask_own(library, generator, question, papers[question.paper_id]) for question in chosen]
        figures[collection] = summarise(asked) | {
            "abstained_within_field": abstention(library, generator, foreign_pairs(chosen, questions, within=True)),
            "abstained_across_fields": abstention(library, generator, foreign_pairs(chosen, questions, within=False)),
        }
    return figures


def open_measured_library(path: Path, data: Path) -> Library:
    """Open the library at `path`, holding both collections."""
    library = open_library(path, encoder=open_encoder("bundled", threads=0), create=True)
    sources = [str(data / "qa" / "corpus" / f"{name}.jsonl") for name in COLLECTIONS.values()]
    report = ingest_sources(sources, library=library, limits=ParsingLimits(), jobs=1, fetching=FetchSettings())
    print(f"ingested added={len(report.added)} failed={len(report.failed)}", file=sys.stderr)
    return library


def main() -> int:
    """Print the figures."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument("--questions", type=int, default=0, help="questions of each collection; 0 means all")
    parser.add_argument("--japanese", action="store_true", help="ask in Japanese what was translated")
    parser.add_argument("--library", type=Path, help="folder kept for the next run; default: a temporary one")
    parser.add_argument("--data", type=Path, default=DATA, help="the evaluation data")
    given = parser.parse_args()
    if not given.data.is_dir():
        print(f"skipped: the evaluation data is not at {given.data} (set RONBUN_SHARED_DATA)")
        return 0
    papers = read_papers(given.data)
    questions = sampled(read_questions(given.data, papers, is_japanese=given.japanese), given.questions)
    with (
        tempfile.TemporaryDirectory() as folder,
        open_measured_library(given.library or Path(folder), given.data) as library,
    ):
        figures = measure(library, questions, papers)
    if given.json:
        print(json.dumps(figures, indent=1))
        return 0
    for collection, rows in figures.items():
        print(collection, *(f"  {name:26} {value:8.3f}" for name, value in rows.items()), sep="\n")
    return 0


def sampled(questions: Sequence[Question], count: int) -> list[Question]:
    """Return `count` questions of each collection, always the same ones; all where it is 0."""
    chance = random.Random(SEED)
    kept = []
    for collection in COLLECTIONS:
        chosen = [question for question in questions if question.collection == collection]
        kept += chance.sample(chosen, min(count, len(chosen))) if count else chosen
    return kept


if __name__ == "__main__":
    sys.exit(main())
