"""The time is told where passages have no vector yet, and only there."""

import time
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from fake_encoder import FakeEncoder

from bench.retrieval.foretelling import foretell
from bench.retrieval.sets import QuestionSet
from bench.retrieval.stored_vectors import StoredVectors, VectorFile
from indexes.arrays import Vectors

LINES = [
    {"paper_id": f"p{number}", "text": f"The crane number {number} was counted at dawn."} for number in range(30_000)
]
MADE = QuestionSet("made", "made", "made", LINES, ())


class SlowEncoder(FakeEncoder):
    """Takes five milliseconds a text."""

    def encode_passages(self, texts: Sequence[str], *, on_batch: Callable[[int], None] | None = None) -> Vectors:
        time.sleep(0.005 * len(texts))
        return super().encode_passages(texts, on_batch=on_batch)


def test_minutes_are_foretold_from_a_sample(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    encoder = SlowEncoder()
    foretell(MADE, encoder=StoredVectors(encoder, VectorFile(tmp_path / "v", dimension=encoder.dimension)))
    said = capsys.readouterr().err
    assert said.startswith("made: encoding about 30,000 passages takes about ")
    assert "minutes" in said
    assert len(encoder.encoded) < 60


def test_nothing_is_said_where_every_vector_is_known(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each round keeps the vectors that it timed, so that after some rounds the whole sample is known."""
    encoder = SlowEncoder()
    stored = StoredVectors(encoder, VectorFile(tmp_path / "v", dimension=encoder.dimension))
    for _ in range(3):
        foretell(MADE, encoder=stored)
    capsys.readouterr()
    encoder.encoded.clear()
    foretell(MADE, encoder=stored)
    assert capsys.readouterr().err == ""
    assert len(encoder.encoded) == 2  # those that are compared with what is stored
