"""A made set through the real pipeline, every one of our systems, and a library that is kept between runs."""

from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from bench.retrieval.figures import figures_of
from bench.retrieval.libraries import library_of
from bench.retrieval.measuring import Conditions, Outcome, measure_set
from bench.retrieval.sets import Question, QuestionSet
from bench.retrieval.stored_vectors import StoredVectors, VectorFile
from bench.retrieval.systems import OUR_SYSTEMS, Parts, normalised_sum, rrf

LINES = [
    {
        "paper_id": "cranes",
        "title": "Counting cranes",
        "text": "Cranes were counted from drones over the marsh.",
    },
    {
        "paper_id": "tables",
        "title": "Reading tables",
        "text": "Tables in papers are read cell by cell and checked.",
    },
    {"paper_id": "wind", "title": "Wind at sea", "text": "The wind at sea was measured with three masts for a year."},
]
ACROSS = QuestionSet(
    "across",
    "made",
    "made",
    LINES,
    (
        Question("q1", "how were cranes counted over the marsh?", relevance={"cranes": 1}),
        Question("q2", "tables read cell by cell", relevance={"tables": 1}, excluded=frozenset({"wind"})),
    ),
)
WITHIN = QuestionSet(
    "within",
    "made",
    "made",
    LINES,
    (Question("q", "masts at sea", "wind", ((4, 8),)),),
    {line["paper_id"]: line["text"] for line in LINES},
)


def stored(folder: Path, encoder: FakeEncoder) -> StoredVectors:
    return StoredVectors(encoder, VectorFile(folder / "vectors.f32", dimension=encoder.dimension))


def measured(questions: QuestionSet, folder: Path) -> Outcome:
    encoder = stored(folder, FakeEncoder())
    with library_of(questions, cache=folder, encoder=encoder) as library:
        return measure_set(questions, library, encoder=encoder, conditions=Conditions(OUR_SYSTEMS, None))


def test_every_system_ranks_the_papers_of_a_made_set(tmp_path: Path) -> None:
    outcome = measured(ACROSS, tmp_path)
    assert set(outcome.runs) == set(OUR_SYSTEMS)
    assert (outcome.papers, outcome.passages) == (3, 3)
    for system in OUR_SYSTEMS:
        assert outcome.runs[system]["q1"][0] == "cranes"
        assert outcome.runs[system]["q2"][0] == "tables"
        assert "wind" not in outcome.runs[system]["q2"]
    figures = figures_of(outcome)
    assert figures["systems"]["ronbun"]["mrr"] == 1.0
    assert figures["systems"]["ronbun"]["ms_p50"] > 0
    assert figures["ndcg_over_better_part"] == 0.0


def test_a_question_within_a_paper_sees_only_its_passages(tmp_path: Path) -> None:
    outcome = measured(WITHIN, tmp_path)
    assert outcome.qrels == {"q": {"wind-0000": 1}}
    assert {system: run["q"] for system, run in outcome.runs.items()} == dict.fromkeys(OUR_SYSTEMS, ("wind-0000",))
    assert figures_of(outcome)["limits"] == {"oracle_over_50": 1.0, "gold_in_no_passage": 0.0}


def test_a_library_is_made_once_for_the_same_lines(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    with library_of(ACROSS, cache=tmp_path, encoder=stored(tmp_path, encoder)) as library:
        first = library.path
    encoded = len(encoder.encoded)
    with library_of(WITHIN, cache=tmp_path, encoder=stored(tmp_path, encoder)) as library:
        assert (library.path, len(encoder.encoded)) == (first, encoded)
    changed = QuestionSet("across", "made", "made", LINES[:2], ACROSS.questions)
    with library_of(changed, cache=tmp_path, encoder=stored(tmp_path, encoder)) as library:
        assert library.path != first
        assert len(library.log.all_rows()) == 2


@pytest.fixture
def parts() -> Parts:
    rows = np.array([1, 2, 3], dtype=np.int64)
    return Parts(
        keyword_rows=np.array([1, 2], dtype=np.int64),
        encoder_rows=np.array([2, 3, 1], dtype=np.int64),
        candidates=rows,
        keyword_scores=np.array([8.0, 2.0, 0.0], dtype=np.float32),
        encoder_scores=np.array([0.1, 0.5, 0.4], dtype=np.float32),
    )


def test_rrf_is_by_rank(parts: Parts) -> None:
    """By hand: 1/61 + 1/63, 1/62 + 1/61, 1/62."""
    assert rrf(parts).tolist() == [2, 1, 3]


def test_the_sum_is_by_stretched_scores(parts: Parts) -> None:
    """By hand, halves added: 1 + 0, .25 + 1, 0 + .75."""
    assert normalised_sum(parts).tolist() == [2, 1, 3]


def test_a_timed_question_is_encoded_anew_in_both_rounds(tmp_path: Path) -> None:
    encoder = FakeEncoder()
    looked_up = stored(tmp_path, encoder)
    with library_of(ACROSS, cache=tmp_path, encoder=looked_up) as library:
        outcome = measure_set(ACROSS, library, encoder=looked_up, conditions=Conditions(OUR_SYSTEMS, None))
    assert encoder.encoded.count(ACROSS.questions[0].text) >= 3  # once for all runs, and twice for its time
    assert len(outcome.times["ronbun"].encoding) == len(outcome.times["ronbun"].encoded_cpu) == 2
