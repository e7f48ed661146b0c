"""The oracle, kinds of failure and targets, on runs made by hand."""

import json
from pathlib import Path
from typing import Any

import pytest

from bench.retrieval.figures import figures_of
from bench.retrieval.judged import NOWHERE
from bench.retrieval.limits import counts_of, failures_of, limits_of, write_failures
from bench.retrieval.measuring import Outcome
from bench.retrieval.peers import Times
from bench.retrieval.sets import Question, QuestionSet
from bench.retrieval.targets import judged

GOLD = {"q1": {"p-0001": 1}, "q2": {"p-0002": 1}, "q3": {NOWHERE: 1}, "q4": {"p-0060": 1}}


def made_outcome(**runs: dict[str, tuple[str, ...]]) -> Outcome:
    questions = tuple(Question(name, f"{name}?", "p", ((0, 1),)) for name in GOLD)
    made = QuestionSet("made", "made", "made", [], questions)
    return Outcome(made, 1, 70, GOLD, runs, {"ronbun": Times([9.0, 11.0, 10.0], [2.0, 4.0, 3.0], [1.0, 1.0, 1.0])})


LATE = tuple(f"p-{number:04}" for number in range(61))
OUTCOME = made_outcome(
    ronbun={"q1": ("p-0001",), "q2": ("p-0003", "p-0002"), "q3": ("p-0000",), "q4": LATE},
    keywords={"q1": ("p-0001",), "q2": ("p-0002",), "q3": (), "q4": ()},
    encoder={"q1": ("p-0005",), "q2": ("p-0004",), "q3": ("p-0000",), "q4": LATE},
)


def test_the_oracle_finds_what_stands_among_the_first_50() -> None:
    limits = limits_of(OUTCOME)
    assert (limits.oracle_over_50, limits.gold_in_no_passage) == (0.5, 0.25)


def test_failures_say_where_the_answer_stood_and_who_had_it() -> None:
    failures = {failure.question_id: failure for failure in failures_of(OUTCOME)}
    assert set(failures) == {"q2", "q3", "q4"}
    assert (failures["q2"].place, failures["q2"].first_by, failures["q2"].is_beside) == ("2 to 5", "keywords", True)
    assert failures["q3"].place == "in no passage"
    assert (failures["q4"].place, failures["q4"].first_by, failures["q4"].is_beside) == ("beyond 50", "neither", False)


def test_failures_are_counted_and_written(tmp_path: Path) -> None:
    failures = list(failures_of(OUTCOME))
    write_failures(tmp_path / "failures", failures)
    written = [json.loads(line) for line in (tmp_path / "failures").read_text().splitlines()]
    assert sum(counts_of(failures).values()) == len(written) == 3
    assert written[0]["question"] == "q2?"


def test_figures_hold_what_the_runs_say() -> None:
    figures = figures_of(OUTCOME)
    assert figures["systems"]["ronbun"]["mrr"] == pytest.approx((1 + 0.5 + 0 + 1 / 61) / 4, abs=1e-4)
    assert figures["systems"]["ronbun"]["ms_p50"] == 10.0
    assert "p_mrr" not in figures["systems"]["ronbun"]
    assert figures["systems"]["keywords"]["p_mrr"] > 0.05
    assert figures["ndcg_over_better_part"] < 0
    assert figures["limits"]["gold_in_no_passage"] == 0.25


def found(**systems: dict[str, Any]) -> dict[str, Any]:
    return {"systems": systems}


def test_a_target_is_met_at_its_very_value() -> None:
    sets = {"covidqa": found(ronbun={"hit@1": 0.75, "hit@5": 0.9449, "mrr": 0.9})}
    assert [target.is_met for target in judged(sets)] == [True, False, True]


def test_what_was_not_measured_is_not_judged() -> None:
    assert list(judged({"covidqa": found(keywords={"hit@1": 0.9})})) == []


def test_japanese_is_judged_as_a_share_of_english() -> None:
    sets = {"ja_questions": found(ronbun={"mrr": 0.3}), "ja_questions_en": found(ronbun={"mrr": 0.6})}
    share = next(judged(sets))
    assert (share.value, share.is_met) == (0.5, False)


def test_fusing_may_lose_half_a_point_and_no_more() -> None:
    kept = {"cranfield": {**found(), "ndcg_over_better_part": -0.005}}
    lost = {"cranfield": {**found(), "ndcg_over_better_part": -0.0051}}
    assert [target.is_met for sets in (kept, lost) for target in judged(sets)] == [True, False]


def test_a_rival_must_be_slower_thrice_and_worse() -> None:
    sets = {"qasper": found(ronbun={"mrr": 0.5, "ms_p50": 10.0}, txtai={"mrr": 0.5, "ms_p50": 30.0})}
    worse, slower = [target for target in judged(sets) if "txtai" in target.name]
    assert (worse.is_met, slower.is_met, slower.value) == (False, True, 3.0)
