from collections import Counter
from pathlib import Path

import numpy as np

from bench.training.alignment import align
from bench.training.edict import Entry, forms_of, read_edict
from bench.training.lexicon import EXPRESSIONS, gloss_of, read_terms, word_costs
from bench.training.lexicon_sources import Dictionaries, build_lexicon
from bench.training.loanwords import read_loanwords
from bench.training.pair_files import Pair, own_pairs, unspaced
from bench.training.student_network import BATCH, arrays_of, train
from indexes.japanese.glossing import gloss_of as glossed
from indexes.japanese.student import Student

EDICT = """\
細胞 [さいぼう] /(n) (1) {biol} cell/(2) cell (in an organization, esp. a communist party)/(P)/
書く [かく] /(v5k,vt) (1) to write/to compose/(P)/
イ /(n) 3rd in a sequence denoted by the iroha system/
木 [き] /(n) (1) a tree/a shrub/a bush/(P)/
古語 [こご] /(n) (arch) old word/
"""


def _entries(tmp_path: Path) -> dict[str, list[Entry]]:
    path = tmp_path / "edict"
    path.write_text(EDICT, encoding="euc_jp")
    return read_edict(path)


def test_edict_gives_bare_glosses_and_marks(tmp_path: Path) -> None:
    entries = _entries(tmp_path)
    assert entries["細胞"][0].glosses == ("cell",)
    assert entries["細胞"][0].is_science
    assert entries["木"][0].glosses == ("tree", "shrub", "bush")
    assert [entries[word][0].rank for word in ("木", "古語")] == [3.0, 0.0]
    assert "イ" not in entries
    assert forms_of("書く", entries["書く"][0].marks)[:3] == ["書か", "書き", "書く"]


def test_alignment_finds_the_word_that_always_comes_along() -> None:
    pairs = [(["細胞", "を"], ["the", "cell"]), (["木", "を"], ["the", "tree"]), (["細胞", "木"], ["cell", "tree"])] * 3
    links = align(pairs)
    assert links["細胞"][0].english == "cell"
    assert links["木"][0].english == "tree"
    assert links["木"][0].probability > 0.9


def test_dictionary_decides_where_pairs_are_few_and_pairs_where_they_are_many(tmp_path: Path) -> None:
    entries = _entries(tmp_path)["木"]
    links = align([(["木", "を"], ["the", "bush"]), (["を"], ["the"])] * 6)["木"]
    assert gloss_of("木", entries, links, count=6) == "bush"
    assert gloss_of("木", entries, links, count=1) == "tree"
    assert gloss_of("木", (), (), count=0) == ""


def test_costs_know_inflected_stems_and_counted_words(tmp_path: Path) -> None:
    costs = word_costs(Counter({"書き": 5, "の": 100, "一度": 1}), _entries(tmp_path))
    assert costs["の"] < costs["書き"] < costs["書か"]
    assert "一度" not in costs


def test_lexicon_takes_expressions_first_then_pairs_then_dictionaries(tmp_path: Path) -> None:
    pairs = [Pair("The cell zorgs.", "細胞がゾルグ"), Pair("The tree zorgs.", "木がゾルグ")] * 6
    counts = Counter({"が": 12, "ゾルグ": 12, "細胞": 6, "木": 6, "何": 3})
    lexicon = build_lexicon(pairs, counts, Dictionaries(_entries(tmp_path), {"アレイ": "array"}))
    assert glossed("細胞アレイは何を書く？", lexicon) == "cell array what write"
    assert lexicon.glosses["ゾルグ"] == "zorgs"


def test_loanwords_are_read_out_of_the_compiled_dictionary(tmp_path: Path) -> None:
    path = tmp_path / "sys.dic"
    path.write_bytes(b"\0\xff" + "名詞,*,アレイ,アレイ-array,アレイ,外,ローズ-Rose,x,ローズ-rose,".encode() + b"\0")
    assert read_loanwords(path) == {"アレイ": "array", "ローズ": "rose"}


def test_expressions_and_own_pairs_are_well_formed() -> None:
    expressions = read_terms(EXPRESSIONS)
    assert expressions["なぜ"] == "why"
    assert expressions["は"] == ""
    assert all(gloss.isascii() for gloss in expressions.values())
    assert all(pair.english and pair.japanese for pair in own_pairs())


def test_spaces_between_japanese_words_go_and_others_stay() -> None:
    assert unspaced("彼 は deep learning を 3 回 学ん だ 。") == "彼はdeep learningを3回学んだ。"


def test_network_learns_and_its_arrays_compute_the_same_in_numpy() -> None:
    numbers = np.random.default_rng(1)
    directions = numbers.normal(size=(20, 6)).astype(np.float32)
    texts = [numbers.integers(0, 20, 4) for _ in range(2 * BATCH)]
    targets = np.stack([directions[text].sum(axis=0) for text in texts])
    targets /= np.linalg.norm(targets, axis=1, keepdims=True)
    losses: list[float] = []
    network = train(texts, targets, features=20, epochs=12, on_epoch=lambda _, loss: losses.append(loss))
    assert losses[-1] < losses[0] / 1.5
    student = Student({str(number): number for number in range(20)}, arrays_of(network))
    pooled = np.stack([student._pooled([str(number) for number in text]) for text in texts[:50]])
    held = student.arrays
    inner = pooled @ held["inner"] + held["inner_bias"]
    inner = 0.5 * inner * (1 + np.tanh(0.7978845608 * (inner + 0.044715 * inner**3)))
    vectors = pooled @ held["skip"] + held["skip_bias"] + inner @ held["outer"] + held["outer_bias"]
    cosines = (vectors * targets[:50]).sum(axis=1) / np.linalg.norm(vectors, axis=1)
    assert cosines.mean() > 0.9
