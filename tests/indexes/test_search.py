import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np
import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from indexes.errors import BadInput, NotFound, TooLarge
from indexes.library import Library, open_library
from indexes.records import HitSource
from indexes.rerank.ordering import NOT_LEARNED
from indexes.search import MAX_K, MAX_QUERY_CHARACTERS, search


def put(library: Library, name: str, *texts: str) -> None:
    passages = [make_passage(paper_id=name, ordinal=n, text=text) for n, text in enumerate(texts)]
    library.store.put_paper(
        make_paper(paper_id=name, title=f"Paper {name}"),
        passages,
        library.encoder.encode_passages(texts),
        parser="hand/1",
        document_json="{}",
    )


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    encoder = FakeEncoder(languages=frozenset({"en"}))
    with open_library(tmp_path_factory.mktemp("library"), encoder=encoder, create=True) as library:
        put(library, "birds", "The drone counted 412 cranes.", "Storks were not counted.", "鶴の数は四百十二羽である。")
        put(
            library, "models", "GPT-4 beats BERT-base on GSM8K.", "Training took 18 hours.", "Cranes are not discussed."
        )
        yield library


def ids(hits: tuple) -> list[str]:
    return [hit.passage.passage_id for hit in hits]


def test_best_passage_comes_first_and_ranks_count_from_one(library: Library) -> None:
    hits = search(library, "how many cranes were counted by the drone?", k=3).hits
    assert ids(hits)[0] == "birds-0000"
    assert [hit.rank for hit in hits] == [1, 2, 3]
    assert [hit.score for hit in hits] == sorted((hit.score for hit in hits), reverse=True)
    assert all(0.0 <= hit.score <= 1.0 for hit in hits)
    assert hits[0].source is HitSource.FUSED


def test_search_stays_within_the_papers_asked_for(library: Library) -> None:
    hits = search(library, "how many cranes were counted?", k=10, paper_ids=["models"]).hits
    assert {hit.passage.paper_id for hit in hits} == {"models"}
    assert ids(hits)[0] == "models-0002"
    assert len(hits) == 3
    assert search(library, "cranes", k=10, paper_ids=[]).hits == ()


def test_identifier_is_found_however_it_is_written(library: Library) -> None:
    for query in ("GPT-4", "gpt4", "BERT", "GSM8K"):
        assert ids(search(library, query, k=1).hits) == ["models-0000"]


def test_japanese_query_is_not_ranked_by_an_english_encoder(library: Library) -> None:
    hits = search(library, "鶴の数は？", k=10).hits
    assert ids(hits) == ["birds-0002"]
    assert hits[0].source is HitSource.KEYWORD


def test_japanese_query_is_ranked_by_an_encoder_that_states_no_limit(tmp_path: Path) -> None:
    with open_library(tmp_path, encoder=FakeEncoder(), create=True) as library:
        put(library, "a", "鶴の数は四百十二羽である。", "nothing")
        assert len(search(library, "鶴の数は？", k=10).hits) == 2


def test_equal_passages_are_ordered_by_id(tmp_path: Path) -> None:
    with open_library(tmp_path, encoder=FakeEncoder(), create=True) as library:
        for name in ("c", "a", "b"):
            put(library, name, "cranes", "cranes")
        expected = ["a-0000", "a-0001", "b-0000", "b-0001", "c-0000"]
        assert ids(search(library, "cranes", k=5).hits) == expected


def test_empty_library_gives_nothing(tmp_path: Path) -> None:
    with open_library(tmp_path, encoder=FakeEncoder(), create=True) as library:
        assert search(library, "anything", k=5).hits == ()


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.text(max_size=60)
    | st.sampled_from(["*", "AND OR", 'a:"b', "(((", "text:x^9", "\\", "[a TO b]", "-x", "\ud800 x"])
)
def test_any_text_is_a_query(library: Library, query: str) -> None:
    try:
        hits = search(library, query, k=4).hits
    except BadInput:
        assert not query.strip()
    else:
        assert len(hits) <= 4


def test_bad_queries_are_refused(library: Library) -> None:
    with pytest.raises(BadInput, match="empty"):
        search(library, " \n ", k=3)
    with pytest.raises(BadInput, match="k is 0"):
        search(library, "x", k=0)
    with pytest.raises(TooLarge, match=f"10,001 characters, the limit is {MAX_QUERY_CHARACTERS:,}"):
        search(library, "x" * 10_001, k=3)
    with pytest.raises(NotFound, match="absent"):
        search(library, "x", k=3, paper_ids=["absent"])


def test_longest_query_is_searched(library: Library) -> None:
    assert search(library, "cranes counted " * 650, k=1).hits


def test_contributions_add_up_to_the_score_and_say_that_nothing_was_learned(library: Library) -> None:
    for query in ("how many cranes were counted?", "鶴の数は？"):
        for hit in search(library, query, k=10).hits:
            assert sum(part.amount for part in hit.contributions) == pytest.approx(hit.score, abs=1e-6)
            assert NOT_LEARNED in {part.name for part in hit.contributions}


def test_the_first_hits_are_the_same_however_many_are_wanted(tmp_path: Path) -> None:
    words = ("cranes", "storks", "drone", "pond", "count", "heat", "dusk", "reeds")
    with open_library(tmp_path, encoder=FakeEncoder(), create=True) as library:
        for paper in range(4):
            texts = [
                f"{words[n % 8]} {words[n * paper % 7]} {words[n // 8 % 5]} number {paper}-{n}." for n in range(100)
            ]
            put(library, f"paper{paper}", *texts)
        for query, papers in (
            ("drone count of cranes at dusk", None),
            ("pond number", ["paper1", "paper2", "paper3"]),
            ("zyzzyva", None),
        ):
            few, many = (search(library, query, k=k, paper_ids=papers).hits for k in (10, 290))
            assert len(many) > 210
            assert [(hit.passage.passage_id, hit.score) for hit in many[:10]] == [
                (hit.passage.passage_id, hit.score) for hit in few
            ]
            assert [hit.source for hit in many[:10]] == [hit.source for hit in few]
            assert len({hit.passage.passage_id for hit in many}) == len(many)
            assert [hit.score for hit in many] == sorted((hit.score for hit in many), reverse=True)
            assert [hit.rank for hit in many] == list(range(1, len(many) + 1))
            for hit in many:
                assert sum(part.amount for part in hit.contributions) == pytest.approx(hit.score, abs=1e-6)


class Scattering(FakeEncoder):
    """Gives every text a direction of its own."""

    def encode_passages(self, texts: Sequence[str], **_: object) -> np.ndarray:
        seeds = [zlib.crc32(text.encode()) for text in texts]
        vectors = np.array([np.random.default_rng(seed).standard_normal(self.dimension) for seed in seeds])
        return (vectors / np.linalg.norm(vectors, axis=1, keepdims=True)).astype(np.float32)

    def encode_queries(self, texts: Sequence[str]) -> np.ndarray:
        return self.encode_passages(texts)


def test_what_a_larger_k_finds_besides_is_in_order_where_no_word_is_known(tmp_path: Path) -> None:
    with open_library(tmp_path, encoder=Scattering(), create=True) as library:
        for paper in range(6):
            put(library, f"paper{paper}", *(f"Cranes {paper} {number} rest." for number in range(60)))
        hits = search(library, "zyzzyva", k=300).hits
        (query,) = library.encoder.encode_queries(["zyzzyva"])
        cosines = library.encoder.encode_passages([hit.passage.text for hit in hits]) @ query
    assert len(hits) == 300
    assert (np.diff(cosines) <= 1e-6).all()


def test_cross_encoder_orders_in_place_of_the_sum(library: Library) -> None:
    with open_library(library.path, encoder=library.encoder, create=False, cross_encoder=ByLength()) as again:
        hits = search(again, "how many cranes were counted?", k=3).hits
    lengths = [len(hit.passage.text) for hit in hits]
    assert lengths == sorted(lengths, reverse=True)
    assert hits[0].contributions[0].name == "cross-encoder"


def test_passage_of_another_paper_that_says_the_same_is_left_out(tmp_path: Path) -> None:
    text = "The grey drone counted four hundred and twelve cranes at the lake before the heavy rain began."
    with open_library(tmp_path, encoder=FakeEncoder(), create=True) as library:
        put(library, "first", text)
        put(library, "reprint", text, "Storks rest.")
        assert ids(search(library, "cranes counted by the drone", k=5).hits) == ["first-0000", "reprint-0001"]


class ByLength:
    name = "by length"

    def scores(self, query: str, texts: Sequence[str]) -> np.ndarray:
        return np.array([len(text) for text in texts], dtype=np.float32)


@pytest.mark.parametrize("k", [0, -1, MAX_K + 1, 2**31, 10**30])
def test_k_out_of_range_is_refused(library: Library, k: int) -> None:
    with pytest.raises(BadInput, match="k is"):
        search(library, "cranes", k=k)


def test_a_paper_named_twice_is_one_paper(library: Library) -> None:
    once, twice = (search(library, "cranes", k=5, paper_ids=papers) for papers in (["birds"], ["birds", "birds"]))
    assert once == twice


def test_half_a_character_anywhere_is_searched_as_a_question_mark(library: Library) -> None:
    found = search(library, "cranes \udcff", k=3, instruction="not \udcff storks")
    assert found.hits
