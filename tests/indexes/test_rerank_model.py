import json
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from indexes.encoding.model_folder import BUNDLED, find_model_folder, read_model_folder
from indexes.encoding.sentence_encoder import SentenceEncoder
from indexes.errors import ModelFailed
from indexes.rerank.model import PATH, LearnedReranker, part_of, read_reranker, reranker_for, write_reranker


def reranker() -> LearnedReranker:
    within, across = np.array([2.0, -1.0], np.float32), np.array([1.0, 0.0], np.float32)
    return LearnedReranker("ab" * 32, ("keyword", "place in paper"), within, across)


def test_scores_are_sums_of_shares_and_parts_add_up_to_them() -> None:
    columns = {"keyword": np.array([1.0, 0.0]), "place in paper": np.array([0.0, 1.0])}
    shares = reranker().shares(columns, is_library_wide=False)
    assert shares.tolist() == [[2.0, 1.0], [-2.0, -1.0]]
    parts = reranker().parts(shares, columns)
    assert parts.names == ("keywords", "place in the paper")
    assert (parts.values[0].tolist(), parts.amounts[0].tolist()) == ([1.0, 0.0], [2.0, 1.0])
    assert reranker().shares(columns, is_library_wide=True).sum(axis=1).tolist() == [1.0, -1.0]


def test_file_is_read_as_it_was_written(tmp_path: Path) -> None:
    write_reranker(tmp_path / "r.json", reranker(), trained_on={"a set": 3})
    held = read_reranker(tmp_path / "r.json")
    assert held.names == reranker().names
    assert held.within_paper.tolist() == [2.0, -1.0]
    assert held.across_papers.tolist() == [1.0, 0.0]


def test_changed_cut_or_missing_file_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "r.json"
    with pytest.raises(ModelFailed, match=r"r\.json"):
        read_reranker(path)
    write_reranker(path, reranker(), trained_on={})
    content = path.read_text()
    path.write_text(content.replace("2.0", "3.0"))
    with pytest.raises(ModelFailed, match="checksum"):
        read_reranker(path)
    path.write_text(content[:40])
    with pytest.raises(ModelFailed):
        read_reranker(path)


def test_shipped_model_belongs_to_the_bundled_encoder_only() -> None:
    assert reranker_for(FakeEncoder()) is None
    folder = read_model_folder(find_model_folder(BUNDLED), name=BUNDLED)
    held = reranker_for(SentenceEncoder(folder, threads=1))
    assert held is not None
    assert all(part_of(name) for name in held.names)
    assert json.loads(PATH.read_text())["trained_on"]
