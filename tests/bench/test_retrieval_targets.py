import json

from bench.retrieval.targets import TRAINED_ON, judged
from indexes.rerank.model import PATH


def test_sets_that_the_reranker_was_trained_on_are_marked() -> None:
    trained_on = set(json.loads(PATH.read_text(encoding="utf-8"))["trained_on"])
    assert trained_on <= TRAINED_ON
    assert {name for name in TRAINED_ON if not name.startswith("ja_")} == trained_on


def test_targets_tell_whether_they_are_met_and_of_what() -> None:
    systems = {"ronbun": {"hit@1": 0.8, "hit@5": 0.9, "mrr": 0.85, "mrr@10": 0.9}}
    found = {one.name: one.is_met for one in judged({"covidqa": {"systems": systems}, "jsquad": {"systems": systems}})}
    assert found == {
        "covidqa hit@1 (training fit)": True,
        "covidqa hit@5 (training fit)": False,
        "covidqa mrr (training fit)": True,
        "jsquad mrr@10": True,
    }
