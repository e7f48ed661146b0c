"""Sets whose questions are asked of many papers at once. Relevant are whole papers, each as good as its best passage.

"Paper" is whatever the set judges: an abstract, a paragraph, a passage. Each becomes a paper of the library and may be
cut into several passages there.
"""

from __future__ import annotations

import gzip
import json
import re
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path

from bench.retrieval.sets import Line, Question, QuestionSet, known_item_questions, read_lines, trec_id

DISTRACTORS = 5_000
"""Abstracts put beside dair's 216, so that finding one's own is not trivial: those with the lowest hash of their id."""

_NOT_WORDS = re.compile(r"[\W_]+")


def qasper_pooled(data: Path) -> QuestionSet:
    """Evidence paragraphs of many QASPER papers in one pool of gold only; a paragraph is a paper here."""
    lines = [
        {"paper_id": _plain_id(row["passage_id"]), "text": row["text"]}
        for row in read_lines(data / "qa/corpus/qasper_dev_passages.jsonl")
    ]
    questions = tuple(
        Question(
            trec_id(row["id"]),
            row["question"],
            relevance={_plain_id(piece["passage_id"]): 1 for piece in row["evidence"]},
            written_on=row["paper_id"],
        )
        for row in read_lines(data / "qa/qasper_dev_extractive.jsonl")
    )
    return QuestionSet("qasper_pooled", "qasper-pooled", "the question's evidence paragraphs", lines, questions)


def cranfield(data: Path) -> QuestionSet:
    """Abstracts on aerodynamics with the classic judgements, which are binary here."""
    lines = [
        {"paper_id": f"cranfield_{row['doc_id']}", "text": row["text"]}
        for row in read_lines(data / "ir/cranfield/corpus.jsonl")
    ]
    questions = tuple(
        Question(
            trec_id(row["id"]),
            row["question"],
            relevance={f"cranfield_{number}": 1 for number in row["relevant_doc_ids"]},
        )
        for row in read_lines(data / "qa/cranfield_queries.jsonl")
    )
    return QuestionSet("cranfield", "cranfield", "abstracts judged relevant", lines, questions)


def csfcube(data: Path) -> QuestionSet:
    """Papers near a paper in one facet; grades 1 to 3.

    The data do not say which sentences of an abstract belong to a facet, so the query is the paper's title and abstract
    for every facet of it; what is not judged counts as not relevant. The paper itself is taken out of the results.
    """
    lines = [
        {"paper_id": row["paper_id"], "title": row["title"], "abstract": row["abstract"]}
        for row in read_lines(data / "ir/csfcube/corpus.jsonl")
    ]
    worded = {line["paper_id"]: f"{line['title']}\n{line['abstract']}" for line in lines}
    questions = tuple(
        Question(
            trec_id(row["id"]),
            worded[row["paper_id"]],
            relevance={paper: grade for paper, grade in row["relevance"].items() if grade > 0},
            excluded=frozenset({row["paper_id"]}),
        )
        for row in read_lines(data / "qa/csfcube.jsonl")
    )
    return QuestionSet("csfcube", "csfcube", "abstracts judged near in the facet, graded", lines, questions)


def dair(data: Path) -> QuestionSet:
    """A digest's note on a paper, and that paper's abstract among the others' and `DISTRACTORS` more."""
    rows = list(read_lines(data / "qa/dair_knownitem.jsonl"))
    lines: list[Line] = [
        {"paper_id": _plain_id(row["paper_id"]), "title": row["title"], "abstract": row["abstract"]} for row in rows
    ]
    titles = {_words(str(line["title"])) for line in lines}
    others = [line for line in _abstracts(data) if _words(str(line.get("title", ""))) not in titles]
    others.sort(key=lambda line: sha256(str(line["paper_id"]).encode()).digest())
    questions = known_item_questions((row["id"], row["question"], _plain_id(row["paper_id"])) for row in rows)
    lines += others[:DISTRACTORS]
    return QuestionSet("dair", "dair", "the abstract of the paper that the note is about", lines, questions)


def pubmedqa(data: Path) -> QuestionSet:
    """Questions that are titles of papers, and those papers' abstracts without their conclusions."""
    lines = [
        {"paper_id": row["paper_id"], "paragraphs": row["paragraphs"], "sections": row["labels"]}
        for row in read_lines(data / "qa/corpus/pubmedqa.jsonl")
    ]
    questions = known_item_questions(
        (row["id"], row["question"], row["paper_id"]) for row in read_lines(data / "qa/pubmedqa.jsonl")
    )
    return QuestionSet("pubmedqa", "pubmedqa", "the abstract that the question is the title of", lines, questions)


def scifact(data: Path) -> QuestionSet:
    """Claims, and the abstracts that they are supported or contradicted by."""
    lines = [
        {"paper_id": row["paper_id"], "title": row["title"], "text": row["text"]}
        for row in read_lines(data / "qa/corpus/scifact_sqa.jsonl")
    ]
    questions = tuple(
        Question(trec_id(row["id"]), row["question"], relevance=dict.fromkeys(row["paper_ids"], 1))
        for row in read_lines(data / "qa/scifact_sqa.jsonl")
    )
    return QuestionSet("scifact", "scifact", "the abstracts that the claim was judged by", lines, questions)


def japanese_notes(data: Path) -> QuestionSet:
    """Japanese notes on papers, and those papers' English abstracts among all of `scale/`."""
    lines = list(_abstracts(data))
    questions = known_item_questions(
        (row["id"], row["note"], _plain_id(row["abstract_paper_id"]))
        for row in read_lines(data / "ja/ja_paper_notes.jsonl")
        if row["abstract_paper_id"]
    )
    return QuestionSet("ja_notes", "abstracts", "the abstract of the paper that the note is about", lines, questions)


def jsquad(data: Path) -> QuestionSet:
    """Japanese questions, and the paragraph of Wikipedia each was written on."""
    lines = [
        {
            "paper_id": f"{row['paper_id']}_{row['paragraph']}",
            "title": row["title"],
            "text": row["text"].removeprefix(f"{row['title']} [SEP] "),
        }
        for row in read_lines(data / "ja/corpus_jsquad_valid.jsonl")
    ]
    questions = known_item_questions(
        (row["id"], row["question"], f"{row['paper_id']}_{row['paragraph']}")
        for row in read_lines(data / "ja/ja_jsquad_valid.jsonl")
    )
    return QuestionSet("jsquad", "jsquad", "the paragraph that the question was written on", lines, questions)


def jaquad(data: Path) -> QuestionSet:
    """Japanese questions, and the paragraph each was written on; other paragraphs of its article are not relevant."""
    lines = [
        {"paper_id": row["passage_id"], "title": row["title"], "text": row["text"]}
        for row in read_lines(data / "ja/corpus_jaquad_dev.jsonl")
    ]
    questions = known_item_questions(
        (row["id"], row["question"], row["passage_id"]) for row in read_lines(data / "ja/ja_jaquad_dev.jsonl")
    )
    return QuestionSet("jaquad", "jaquad", "the paragraph that the question was written on", lines, questions)


def _abstracts(data: Path) -> Iterator[Line]:
    with gzip.open(data / "scale/abstracts.jsonl.gz", "rt", encoding="utf-8") as stream:
        for text in stream:
            row = json.loads(text)
            line = {name: row[name] for name in ("title", "abstract") if row.get(name)}
            yield {"paper_id": _plain_id(row["paper_id"]), **line}


def _plain_id(name: str) -> str:
    """Return an id that the pipeline keeps as it is."""
    return re.sub(r"[^\w.-]", "_", name, flags=re.ASCII)


def _words(title: str) -> str:
    return _NOT_WORDS.sub("", title).casefold()
