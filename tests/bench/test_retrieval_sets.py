"""The sets of the evaluation data, as far as counts and ids tell: what is relevant is there, and ids can be kept."""

from pathlib import Path

import pytest

from bench.retrieval.catalogue import SETS
from ingest.identity import is_paper_id

COUNTS = {
    "covidqa": (50, 702),
    "qasper": (10, 43),
    "argscichat": (12, 117),
    "qasper_pooled": (546, 299),
    "cranfield": (1_400, 124),
    "csfcube": (4_205, 21),
    "pubmedqa": (500, 500),
    "scifact": (93, 106),
    "ja_questions": (60, 213),
    "ja_questions_en": (60, 213),
    "jsquad": (755, 2_983),
    "jaquad": (867, 2_382),
}

pytestmark = pytest.mark.shared


@pytest.mark.parametrize("name", COUNTS)
def test_a_set_is_whole(shared_data: Path, name: str) -> None:
    made = SETS[name](shared_data)
    papers = {str(line["paper_id"]) for line in made.lines}
    assert (len(papers), len(made.questions)) == COUNTS[name]
    assert all(map(is_paper_id, papers))
    assert len({question.question_id for question in made.questions}) == len(made.questions)
    assert not any(" " in question.question_id for question in made.questions)
    for question in made.questions:
        assert bool(question.relevance) != bool(question.stretches)
        assert set(question.relevance) <= papers
        assert question.paper_id is None or question.paper_id in papers


def test_stretches_are_the_gold_they_name(shared_data: Path) -> None:
    """An answer's offsets and a paragraph's place are counted in the text that passages are placed in."""
    covidqa, argscichat = SETS["covidqa"](shared_data), SETS["argscichat"](shared_data)
    first = covidqa.questions[0]
    start, end = first.stretches[0]
    assert first.paper_id is not None
    assert 0 <= start < end <= len(covidqa.texts[first.paper_id])
    for question in argscichat.questions:
        text = argscichat.texts[question.paper_id or ""]
        assert all(text[end : end + 1] in ("\n", "") for _, end in question.stretches)
        assert all(start == 0 or text[start - 1] == "\n" for start, _ in question.stretches)


def test_japanese_questions_are_asked_with_the_gold_of_the_english(shared_data: Path) -> None:
    japanese, english = SETS["ja_questions"](shared_data), SETS["ja_questions_en"](shared_data)
    assert [one.stretches for one in japanese.questions] == [one.stretches for one in english.questions]
    assert not any(one.text.isascii() for one in japanese.questions)
    assert japanese.library == english.library
