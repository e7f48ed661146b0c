import pytest

from indexes.errors import ModelMissing
from indexes.rerank.cross_encoder import open_reranker


def test_cross_encoder_without_a_name_is_refused() -> None:
    with pytest.raises(ModelMissing, match="no name"):
        open_reranker(" ")


def test_absent_model_is_noticed_at_the_first_query(tmp_path: object) -> None:
    absent = open_reranker(f"{tmp_path}/absent")
    assert absent.scores("query", []).shape == (0,)
    with pytest.raises(ModelMissing, match="does not load"):
        absent.scores("query", ["text"])
