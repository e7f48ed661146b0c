from collections.abc import Sequence

import numpy as np
import pytest

from indexes.arrays import Vectors
from indexes.encoding.bilingual import LANGUAGES, BilingualEncoder
from indexes.encoding.encoder import Encoder, open_encoder
from indexes.encoding.model_folder import BUNDLED, find_model_folder, read_model_folder
from indexes.encoding.sentence_encoder import SentenceEncoder
from indexes.japanese.glossing import has_japanese

ENGLISH = "How many patients had a cough?"
JAPANESE = "咳が出た患者は何人ですか？"
OTHER = "What programming language is the parser written in?"
LONG = "本研究では、ドローンで鶴を数える方法を提案する。" * 20


class RecordingEncoder(SentenceEncoder):
    """The bundled encoder, remembering what it was given."""

    def __init__(self) -> None:
        super().__init__(read_model_folder(find_model_folder(BUNDLED), name=BUNDLED), threads=1)
        self.given: list[str] = []

    def _batch(self, texts: list[str], *, layer: int, is_query: bool):  # type: ignore[no-untyped-def]
        self.given += texts
        return super()._batch(texts, layer=layer, is_query=is_query)


@pytest.fixture(scope="module")
def recording() -> RecordingEncoder:
    return RecordingEncoder()


@pytest.fixture(scope="module")
def bilingual(recording: RecordingEncoder) -> Encoder:
    return BilingualEncoder(recording)


def _cosine(left: Vectors, right: Vectors) -> float:
    return float(left @ right)


def test_bundled_encoder_is_bilingual_and_others_are_not() -> None:
    opened = open_encoder(BUNDLED, threads=1)
    alone = open_encoder(str(find_model_folder(BUNDLED)), threads=1)
    assert isinstance(opened, BilingualEncoder)
    assert isinstance(alone, SentenceEncoder)
    assert opened.languages == LANGUAGES == frozenset({"en", "ja"})
    assert (opened.name, opened.dimension, opened.max_tokens) == ("all-MiniLM-L6-v2", 384, 256)
    assert opened.sha256 != alone.sha256
    assert opened.count_tokens([ENGLISH, JAPANESE]) == alone.count_tokens([ENGLISH, JAPANESE])


def test_english_text_gets_the_vector_it_always_had(bilingual: Encoder, recording: RecordingEncoder) -> None:
    texts = [ENGLISH, OTHER, "", "Erdős–Rényi graphs"]
    assert np.array_equal(bilingual.encode_queries(texts), recording.encode_queries(texts))
    assert np.array_equal(bilingual.encode_passages(texts), recording.encode_passages(texts))


def test_japanese_question_is_near_its_translation(bilingual: Encoder) -> None:
    english, japanese, other = bilingual.encode_queries([ENGLISH, JAPANESE, OTHER])
    assert _cosine(english, japanese) > 0.6
    assert _cosine(english, japanese) > _cosine(other, japanese) + 0.3


def test_encoder_never_sees_a_japanese_character(bilingual: Encoder, recording: RecordingEncoder) -> None:
    texts: Sequence[str] = [JAPANESE, LONG, "What is 注意機構?", "ﾓﾃﾞﾙ", "、。", "鰐々ヴ"]
    recording.given.clear()
    bilingual.encode_queries(texts)
    bilingual.encode_passages(texts)
    bilingual.encode_passages_with_tokens(texts)
    bilingual.encode_query_with_tokens(LONG)
    assert len(recording.given) >= 4 * len(texts) - 5
    assert not any(has_japanese(text) for text in recording.given)


def test_rows_come_in_order_and_have_norm_one(bilingual: Encoder) -> None:
    texts = [ENGLISH, LONG, JAPANESE, OTHER, "鰐"]
    done: list[int] = []
    vectors = bilingual.encode_passages(texts, on_batch=done.append)
    assert sum(done) == len(texts)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(len(texts)), abs=1e-5)
    for row, text in enumerate(texts):
        assert _cosine(vectors[row], bilingual.encode_passages([text])[0]) > 0.999
    assert bilingual.encode_passages([]).shape == (0, 384)
    assert bilingual.encode_queries([]).shape == (0, 384)


def test_repeated_windows_do_not_move_a_long_text(bilingual: Encoder) -> None:
    once, often = bilingual.encode_passages([LONG[:24], LONG])
    assert _cosine(once, often) > 0.9


def test_word_pieces_of_a_japanese_query_are_those_of_its_gloss(bilingual: Encoder) -> None:
    vectors, tokens = bilingual.encode_query_with_tokens(JAPANESE)
    assert np.allclose(vectors, bilingual.encode_queries([JAPANESE]), atol=1e-6)
    assert 0 < len(tokens.ids) == len(tokens.vectors)
    rows, pieces = bilingual.encode_passages_with_tokens([ENGLISH, LONG, JAPANESE])
    assert len(rows) == len(pieces) == 3
    assert np.array_equal(pieces[2].ids, tokens.ids)
