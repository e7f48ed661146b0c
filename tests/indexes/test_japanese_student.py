import time
from pathlib import Path

import numpy as np
import pytest

from indexes.errors import ModelFailed, ModelMissing
from indexes.japanese.lexicon import LEXICON_FILE, Lexicon, read_lexicon, sha256_of, write_lexicon
from indexes.japanese.student import STUDENT_FILE, Student, features_of, read_student, write_student

LEXICON = Lexicon({"鶴": 9.0, "を": 2.0}, {"鶴": "crane", "を": ""})
MAX_FILES_BYTES = 25_000_000
QUESTION = "小児の急性気道感染症で最も多いウイルスは何ですか？"


def make_student() -> Student:
    numbers = np.random.default_rng(0)
    arrays = {
        "rows": numbers.integers(-127, 127, (3, 8)).astype(np.int8),
        "scales": np.full(3, 0.01, dtype=np.float32),
        "weights": np.array([1.0, 2.0, 3.0], dtype=np.float32),
    }
    for name, shape in (("skip", (8, 4)), ("inner", (8, 6)), ("outer", (6, 4))):
        arrays[name] = numbers.normal(size=shape).astype(np.float16).astype(np.float32)
        arrays[f"{name}_bias"] = np.zeros(shape[1], dtype=np.float32)
    return Student({"w:鶴": 0, "e:crane": 1, "w:を": 2}, arrays)


def test_features_are_words_their_english_and_n_grams() -> None:
    assert features_of("鶴をGPT-4", LEXICON) == [
        "w:鶴", "e:crane", "w:を", "e:gpt", "e:4", "^鶴", "鶴を", "を$", "^鶴を", "鶴を$", "^鶴を$",
    ]  # fmt: skip


def test_vector_is_the_network_of_the_weighted_mean() -> None:
    student = make_student()
    held = student.arrays
    pooled = (held["rows"][0] * 0.01 + held["rows"][1] * 0.02 + held["rows"][2] * 0.03) / 6
    inner = pooled @ held["inner"]
    inner = 0.5 * inner * (1 + np.tanh(np.sqrt(2 / np.pi) * (inner + 0.044715 * inner**3)))
    wanted = pooled @ held["skip"] + inner @ held["outer"]
    assert np.allclose(student.encode(["鶴を"], LEXICON)[0], wanted / np.linalg.norm(wanted), atol=1e-5)


def test_text_without_known_features_gives_zeros() -> None:
    vectors = make_student().encode(["", "鰐"], LEXICON)
    assert not vectors.any()


def test_student_written_and_read_is_the_same(tmp_path: Path) -> None:
    write_student(make_student(), tmp_path / "student.npz")
    again = read_student(tmp_path / "student.npz")
    assert np.allclose(again.encode(["鶴を"], LEXICON), make_student().encode(["鶴を"], LEXICON), atol=1e-3)


def test_lexicon_written_and_read_is_the_same(tmp_path: Path) -> None:
    write_lexicon(LEXICON, tmp_path / "lexicon.npz")
    assert read_lexicon(tmp_path / "lexicon.npz") == LEXICON


def test_damaged_and_absent_files_are_named(tmp_path: Path) -> None:
    with pytest.raises(ModelMissing, match=r"none\.npz"):
        read_student(tmp_path / "none.npz")
    with pytest.raises(ModelMissing, match=r"none\.npz"):
        sha256_of(tmp_path / "none.npz")
    for name, read in (("student.npz", read_student), ("lexicon.npz", read_lexicon)):
        write_student(make_student(), tmp_path / name)
        whole = (tmp_path / name).read_bytes()
        (tmp_path / name).write_bytes(whole[: len(whole) // 2])
        with pytest.raises(ModelFailed, match=name):
            read(tmp_path / name)


def test_pickled_arrays_are_refused(tmp_path: Path) -> None:
    np.savez(tmp_path / "lexicon.npz", words=np.array([{}], dtype=object), glosses=np.zeros(1), costs=np.zeros(1))
    with pytest.raises(ModelFailed, match=r"lexicon\.npz"):
        read_lexicon(tmp_path / "lexicon.npz")


def test_shipped_files_are_small_and_quick() -> None:
    assert LEXICON_FILE.stat().st_size + STUDENT_FILE.stat().st_size <= MAX_FILES_BYTES
    lexicon, student = read_lexicon(), read_student()
    elapsed_ms = []
    for _ in range(20):
        started = time.perf_counter()
        student.encode([QUESTION], lexicon)
        elapsed_ms.append((time.perf_counter() - started) * 1000)
    assert min(elapsed_ms) < 3


def test_shipped_student_brings_translations_together() -> None:
    lexicon, student = read_lexicon(), read_student()
    texts = ["ウイルスの感染経路は何ですか。", "このウイルスはどのように広がるのか", "翻訳モデルの訓練データの大きさ"]
    first, second, other = student.encode(texts, lexicon)
    assert first @ second > first @ other + 0.2
