"""The measurement of the grammar's cost, on a small vocabulary: the figures that it must give."""

from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")
pytestmark = pytest.mark.llama


def test_each_way_is_measured_at_every_token(tmp_path: Path) -> None:
    from bench.engine.grammar_cost import measure, write_vocabulary

    found = measure(write_vocabulary(tmp_path / "small.gguf", 3000))
    assert found["tokens"] == 3000
    assert found["all_refused"]["count"] == found["none_refused"]["count"] == found["test_first"]["count"] > 100
    for way in ("full_pass", "test_first", "none_refused", "all_refused"):
        assert 0 < found[way]["mean_ms"] <= found[way]["p99_ms"] <= found[way]["max_ms"]
    assert found["next_grammar_ms"] < 1000
