from pathlib import Path

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from indexes.library import open_library
from indexes.nearness import nearness


def test_nearness_is_the_highest_cosine_in_scope(tmp_path: Path) -> None:
    encoder = FakeEncoder(dimension=128, languages=frozenset({"en"}))
    with open_library(tmp_path / "library", encoder=encoder, create=True) as library:
        for paper_id, text in (("0123456789ab", "cranes rest"), ("ba9876543210", "ducks swim")):
            paper = make_paper(paper_id=paper_id, content_sha256=paper_id.ljust(64, "0"))
            passage = make_passage(paper_id=paper_id, text=text)
            library.store.put_paper(
                paper, [passage], encoder.encode_passages([text]), parser="hand", document_json="{}"
            )
        assert nearness(library, "cranes rest") == pytest.approx(1.0)
        only_ducks = nearness(library, "cranes rest", paper_ids=["ba9876543210"])
        assert only_ducks is not None
        assert only_ducks < 0.9
        assert nearness(library, "鶴はどこで休みますか？") is None


def test_nearness_of_an_empty_library_is_unknown(tmp_path: Path) -> None:
    with open_library(tmp_path / "library", encoder=FakeEncoder(), create=True) as library:
        assert nearness(library, "cranes") is None
