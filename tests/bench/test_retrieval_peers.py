"""What the peers are given and give back, with a made search in the place of theirs."""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from bench.retrieval import peer_searches
from bench.retrieval.runs import read_run

PASSAGES = [
    {"passage_id": "a-0000", "paper_id": "a", "text": "cranes"},
    {"passage_id": "a-0001", "paper_id": "a", "text": "drones"},
    {"passage_id": "b-0000", "paper_id": "b", "text": "drones fly"},
]
QUESTIONS: list[dict[str, Any]] = [
    {"question_id": "within", "text": "drones", "paper_id": "a", "k": 2, "is_timed": True},
    {"question_id": "across", "text": "drones", "paper_id": None, "k": 3, "is_timed": False},
]


class MadeEncoder:
    """Counts what it is asked while no vectors are held."""

    asked: list[str]
    held: dict[str, Any]

    def __init__(self, model: str, *, threads: int) -> None:
        self.asked, self.held = [], {}

    def __call__(self, text: str) -> None:
        if text not in self.held:
            self.asked.append(text)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "settings.json").write_text(json.dumps({"model": "m", "threads": 1, "timed_k": 1}))
    (tmp_path / "passages.jsonl").write_text("".join(json.dumps(row) + "\n" for row in PASSAGES))
    (tmp_path / "questions.jsonl").write_text("".join(json.dumps(row) + "\n" for row in QUESTIONS))
    np.save(tmp_path / "vectors.npy", np.eye(3, dtype=np.float32))
    np.save(tmp_path / "query_vectors.npy", np.eye(2, 3, dtype=np.float32))
    return tmp_path


def test_each_question_is_asked_of_its_own_index(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    encoders: list[MadeEncoder] = []

    def reversed_order(texts: peer_searches.Texts, encode: Any) -> peer_searches.Search:
        assert texts.vectors.shape == (len(texts.ids), 3)
        encoders.append(encode)

        def search(query: str, k: int) -> list[str]:
            encode(query)
            return texts.ids[::-1][:k]

        return search

    monkeypatch.setitem(peer_searches.SYSTEMS, "made", reversed_order)
    monkeypatch.setattr(peer_searches, "QueryEncoder", MadeEncoder)
    peer_searches.main(["made", str(folder)])
    assert read_run(folder / "made.run") == {
        "within": ("a-0001", "a-0000"),
        "across": ("b-0000", "a-0001", "a-0000"),
    }
    times: dict[str, Sequence[float]] = json.loads((folder / "made.times.json").read_text())
    assert {name: len(held) for name, held in times.items()} == {"encoding": 1, "encoded": 1, "encoded_cpu": 1}
    assert encoders[0].asked == ["drones", "drones"]  # only while it is timed with its encoding, two rounds
