"""Sets whose questions are asked within one paper: COVID-QA, QASPER, ArgSciChat, and the first two in Japanese.

Relevant is a passage that shares a character with a gold stretch: COVID-QA's answer offsets, QASPER's gold paragraphs,
ArgSciChat's evidence sentences. Questions without gold are left out.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from pathlib import Path
from typing import Any

from bench.gold import Stretch
from bench.retrieval.sets import Line, Question, QuestionSet, read_lines, trec_id

Evidence = Callable[[Mapping[str, Any], Line], tuple[Stretch, ...]]


def covidqa(data: Path) -> QuestionSet:
    """Fifty papers on coronaviruses, 702 questions with answer spans."""
    lines = list(read_lines(data / "qa/corpus/covidqa.jsonl"))
    texts = {str(line["paper_id"]): str(line["text"]) for line in lines}
    questions = _questions(data / "qa/covidqa.jsonl", lines, _answer_offsets)
    return QuestionSet("covidqa", "covidqa", "passages that touch an answer span", lines, questions, texts)


def qasper(data: Path) -> QuestionSet:
    """Ten NLP papers; the 43 questions that have gold paragraphs."""
    lines = list(read_lines(data / "qa/corpus/qasper_full.jsonl"))
    texts = {str(line["paper_id"]): "\n\n".join(line["paragraphs"]) for line in lines}
    questions = _questions(data / "qa/qasper_full.jsonl", lines, _gold_paragraphs)
    return QuestionSet("qasper", "qasper", "passages that touch a gold paragraph", lines, questions, texts)


def argscichat(data: Path) -> QuestionSet:
    """Twelve NLP papers talked about; each turn is searched alone, without the turns before it."""
    lines = list(read_lines(data / "qa/corpus/argscichat.jsonl"))
    texts = {str(line["paper_id"]): "\n".join(line["sentences"]) for line in lines}
    questions = _questions(data / "qa/argscichat.jsonl", lines, _evidence_sentences)
    return QuestionSet("argscichat", "argscichat", "passages that touch an evidence sentence", lines, questions, texts)


def japanese_questions(data: Path) -> QuestionSet:
    """Questions of COVID-QA and QASPER in Japanese, over the English papers."""
    return _translated(data, "ja_questions", "question_ja")


def same_questions_in_english(data: Path) -> QuestionSet:
    """The English originals of `japanese_questions`, in the same library: what theirs is a share of."""
    return _translated(data, "ja_questions_en", "question_en")


def _translated(data: Path, name: str, field: str) -> QuestionSet:
    both = (covidqa(data), qasper(data))
    worded = {trec_id(str(row["id"])): str(row[field]) for row in read_lines(data / "ja/ja_questions_dev.jsonl")}
    questions = tuple(
        Question(one.question_id, worded[one.question_id], one.paper_id, one.stretches)
        for part in both
        for one in part.questions
        if one.question_id in worded
    )
    lines = [line for part in both for line in part.lines]
    texts = {paper_id: text for part in both for paper_id, text in part.texts.items()}
    return QuestionSet(name, "covidqa-qasper", "as in covidqa and qasper", lines, questions, texts)


def _questions(file: Path, lines: Sequence[Line], evidence: Evidence) -> tuple[Question, ...]:
    papers = {str(line["paper_id"]): line for line in lines}
    return tuple(_gold_questions(read_lines(file), papers, evidence))


def _gold_questions(
    rows: Iterator[dict[str, Any]], papers: Mapping[str, Line], evidence: Evidence
) -> Iterator[Question]:
    for row in rows:
        paper_id = str(row["paper_id"])
        stretches = evidence(row, papers[paper_id])
        if stretches:
            yield Question(trec_id(str(row["id"])), str(row["question"]), paper_id, stretches)


def _answer_offsets(row: Mapping[str, Any], line: Line) -> tuple[Stretch, ...]:
    return tuple((piece["start"], piece["end"]) for piece in row["evidence"] if piece["start"] is not None)


def _gold_paragraphs(row: Mapping[str, Any], line: Line) -> tuple[Stretch, ...]:
    return _parts(line["paragraphs"], row.get("gold_paragraphs") or (), between=2)


def _evidence_sentences(row: Mapping[str, Any], line: Line) -> tuple[Stretch, ...]:
    numbers = [number for piece in row["evidence"] for number in piece.get("sentences") or ()]
    return _parts(line["sentences"], numbers, between=1)


def _parts(parts: Sequence[str], numbers: Sequence[int], *, between: int) -> tuple[Stretch, ...]:
    """Return where the parts with these numbers stand once all are joined with `between` characters."""
    starts = list(accumulate((len(part) + between for part in parts), initial=0))
    return tuple((starts[number], starts[number] + len(parts[number])) for number in sorted(set(numbers)))
