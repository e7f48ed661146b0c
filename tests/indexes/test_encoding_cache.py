from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder

from indexes import encoding_cache
from indexes.encoding_cache import EncodingCache, key_of
from indexes.passage_encoding import encode_for_storing

TEXTS = ["Cranes rest.", "Drones fly.", "Storks nest."]


class CountingEncoder(FakeEncoder):
    """Notes what it was asked to encode."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[str] = []

    def encode_passages(self, texts, *, on_batch=None):  # type: ignore[no-untyped-def]
        self.asked += texts
        return super().encode_passages(texts, on_batch=on_batch)


def test_text_that_was_encoded_is_not_encoded_again(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    cache = EncodingCache(tmp_path / "encodings.sqlite3")
    first = encode_for_storing(encoder, TEXTS[:2], cache=cache)
    done: list[int] = []
    second = encode_for_storing(encoder, [*TEXTS, TEXTS[0]], cache=cache, on_batch=done.append)
    assert encoder.asked == TEXTS
    assert sum(done) == 4
    assert np.array_equal(second.vectors, FakeEncoder().encode_passages([*TEXTS, TEXTS[0]]))
    assert np.array_equal(first.vectors, second.vectors[:2])


def test_what_another_process_kept_is_found(tmp_path: Path) -> None:
    encode_for_storing(FakeEncoder(), TEXTS, cache=EncodingCache(tmp_path / "e"))
    encoder = CountingEncoder()
    encode_for_storing(encoder, TEXTS, cache=EncodingCache(tmp_path / "e"))
    assert encoder.asked == []


def test_key_tells_encoders_and_texts_apart() -> None:
    keys = {key_of(text, encoder_sha256=name, projection=None) for text in TEXTS for name in ("a", "b")}
    assert len(keys) == 6


def test_oldest_are_dropped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(encoding_cache, "MAX_TEXTS", 2)
    cache = EncodingCache(tmp_path / "e")
    cache.keep({b"1": (b"x", None), b"2": (b"y", b"z"), b"3": (b"w", None)})
    assert cache.known([b"1", b"2", b"3"]) == {b"2": (b"y", b"z"), b"3": (b"w", None)}


@pytest.mark.parametrize("content", [b"no database at all, of some length" * 100, b""])
def test_damaged_file_costs_an_encoding_and_no_more(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "e"
    encode_for_storing(FakeEncoder(), TEXTS, cache=EncodingCache(path))
    path.write_bytes(content)
    encoder = CountingEncoder()
    found = encode_for_storing(encoder, TEXTS, cache=EncodingCache(path))
    assert encoder.asked == TEXTS
    assert np.array_equal(found.vectors, FakeEncoder().encode_passages(TEXTS))
    again = CountingEncoder()
    encode_for_storing(again, TEXTS, cache=EncodingCache(path))
    encode_for_storing(again, TEXTS, cache=EncodingCache(path))
    assert again.asked in ([], TEXTS)


def test_vector_of_another_length_is_encoded_again(tmp_path: Path) -> None:
    encoder = CountingEncoder()
    cache = EncodingCache(tmp_path / "e")
    cache.keep({key_of(TEXTS[0], encoder_sha256=encoder.sha256, projection=None): (b"short", None)})
    encode_for_storing(encoder, TEXTS[:1], cache=cache)
    assert encoder.asked == TEXTS[:1]
