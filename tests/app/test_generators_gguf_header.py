"""What is refused before llama.cpp sees a file: each damage gets one clear message that names the file."""

import contextlib
import struct
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf_models import Claim, make_claims, make_gguf
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.generators.gguf.header import check_gguf
from app.generators.gguf.kinds import FILE_KINDS, TENSOR_KINDS
from indexes.errors import ModelFailed, ModelMissing

GGUFValueType = gguf.GGUFValueType
FLOAT32, FLOAT64, INT32 = GGUFValueType.FLOAT32, GGUFValueType.FLOAT64, GGUFValueType.INT32


@pytest.fixture(scope="module")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", seed=0)


def test_sound_file_passes(model: Path) -> None:
    header = check_gguf(model)
    assert header.architecture == "llama"
    assert len(header.tensors) == 12
    assert sum(tensor.size_bytes for tensor in header.tensors) == sum(4 * tensor.weights for tensor in header.tensors)
    assert header.text("general.name") == "tiny"
    assert header.number("{}.context_length") == 4096
    assert header.numbers("{}.attention.head_count", count=1) == (4,)
    assert (header.text("general.license"), header.number("{}.expert_count"), header.chat_template) == ("", None, "")
    assert header.vocabulary_tokens == 273
    assert header.control_tokens == {"<|endoftext|>", "<|im_start|>", "<|im_end|>"}


def test_kinds_are_those_of_the_format_library() -> None:
    known = {
        int(kind): (kind.name, block_weights, block_bytes)
        for kind, (block_weights, block_bytes) in gguf.GGML_QUANT_SIZES.items()
    }
    assert {kind: (one.name, one.block_weights, one.block_bytes) for kind, one in TENSOR_KINDS.items()} == known
    named = {int(kind): kind.name.removeprefix("MOSTLY_").removeprefix("ALL_") for kind in gguf.LlamaFileType}
    assert {kind: name for kind, name in named.items() if name != "GUESSED"} == FILE_KINDS


def test_header_agrees_with_the_format_library(model: Path) -> None:
    header, other = check_gguf(model), gguf.GGUFReader(model)
    assert [(one.name, one.weights, one.size_bytes) for one in header.tensors] == [
        (one.name, one.n_elements, one.n_bytes) for one in other.tensors
    ]
    assert header.metadata.keys() | {"tokenizer.ggml.tokens", "tokenizer.ggml.token_type"} == {
        name for name in other.fields if not name.startswith("GGUF.")
    }


def test_numbers_for_each_layer_are_read(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "layers.gguf", "gemma4")
    writer.add_head_count_kv([1, 2, 0])
    writer.add_array("general.languages", ["en", "ja"])
    writer.add_array("tokenizer.ggml.scores", [0.5] * 5000)
    writer.add_tensor("output.weight", np.zeros((2, 2), np.float32))
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    header = check_gguf(tmp_path / "layers.gguf")
    assert header.numbers("{}.attention.head_count_kv", count=3) == (1, 2, 0)
    assert header.numbers("{}.attention.head_count_kv", count=4) is None
    assert header.metadata["general.languages"] == ("en", "ja")
    assert "tokenizer.ggml.scores" not in header.metadata


@pytest.mark.parametrize(
    ("value", "kind", "number"),
    [
        (float("nan"), FLOAT32, None),
        (float("inf"), FLOAT32, None),
        (float("-inf"), FLOAT64, None),
        (1e308, FLOAT64, None),
        (1e-308, FLOAT64, None),
        (0.5, FLOAT32, None),
        (-5, INT32, None),
        (2**64 - 1, GGUFValueType.UINT64, None),
        ("32", GGUFValueType.STRING, None),
        (32.0, FLOAT32, 32),
        (0, INT32, 0),
        (2**53, GGUFValueType.UINT64, 2**53),
    ],
)
def test_numbers_are_sizes_or_nothing(tmp_path: Path, value: object, kind: GGUFValueType, number: int | None) -> None:
    header = check_gguf(make_claims(tmp_path / "m.gguf", claims={"llama.size": Claim(value, kind)}))
    assert header.number("{}.size") == number
    assert header.numbers("{}.size", count=2) == (None if number is None else (number, number))


def test_claimed_layers_take_no_memory(tmp_path: Path) -> None:
    claims = {"llama.heads": Claim(4, INT32), "llama.each": Claim([1.0, float("nan")], GGUFValueType.ARRAY, FLOAT32)}
    header = check_gguf(make_claims(tmp_path / "m.gguf", claims=claims))
    assert header.numbers("{}.heads", count=1024) == (4,) * 1024
    assert header.numbers("{}.heads", count=1025) is None
    assert header.numbers("{}.heads", count=4_000_000_000) is None
    assert header.numbers("{}.each", count=2) is None


@pytest.mark.parametrize(
    ("kinds", "element"),
    [([float("nan"), 1.0], FLOAT32), ([1.0, 3.0], FLOAT64), ([True, False], GGUFValueType.BOOL),
     (["1", "3"], GGUFValueType.STRING)],
)  # fmt: skip
def test_kinds_of_tokens_are_integers(tmp_path: Path, kinds: list[object], element: GGUFValueType) -> None:
    claims = {
        "tokenizer.ggml.tokens": Claim(["a", "b"], GGUFValueType.ARRAY, GGUFValueType.STRING),
        "tokenizer.ggml.token_type": Claim(kinds, GGUFValueType.ARRAY, element),
    }
    path = make_claims(tmp_path / "m.gguf", claims=claims)
    with pytest.raises(ModelFailed, match=r"token_type holds elements of type \d+, which are no integers"):
        check_gguf(path)


def test_missing_file_and_folder_are_missing(tmp_path: Path) -> None:
    for path in (tmp_path / "absent.gguf", tmp_path):
        with pytest.raises(ModelMissing, match=str(path)):
            check_gguf(path)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "does not begin with the bytes GGUF"),
        (b"%PDF-1.7", "does not begin with the bytes GGUF"),
        (b"version https://git-lfs.github.com/spec/v1\n", "does not begin with the bytes GGUF"),
        (b"GGUF", "ends after 4 bytes"),
        (b"GGUF" + struct.pack("<I", 1), "version 1"),
        (b"GGUF" + struct.pack(">I", 3), "version 50331648"),
        (b"GGUF" + struct.pack("<IQQ", 3, 2**40, 0), "1099511627776 tensors"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 2**40), "1099511627776 metadata keys"),
        (b"GGUF" + struct.pack("<IQQQ", 3, 0, 1, 2**40), "bytes of a string"),
        (b"GGUF" + struct.pack("<IQQQ1sI", 3, 0, 1, 1, b"k", 99), "unknown type 99"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 9, 1), "elements of the unknown type 9"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 4, 2**40), "array elements"),
        (b"GGUF" + struct.pack("<IQQQ1sIIQ", 3, 0, 1, 1, b"k", 9, 4, 2**20), "inside its header"),
        (b"GGUF" + struct.pack("<IQQ", 3, 0, 0), "general.architecture"),
    ],
)
def test_damage_is_named_with_the_file(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "odd.gguf"
    path.write_bytes(content)
    with pytest.raises(ModelFailed, match=message) as failure:
        check_gguf(path)
    assert str(path) in failure.value.message
    assert "again" in failure.value.hint


def make_sparse(path: Path, *, entries: int, entry: bytes, hole_bytes: int) -> Path:
    """Write a header of entries with keys of two bytes, each begun by `entry` and followed by zeros on no disk."""
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack("<IQQ", 3, 0, entries))
        for number in range(entries):
            file.write(struct.pack("<QH", 2, number) + entry)
            file.seek(hole_bytes, 1)
        file.truncate(file.tell())
    return path


@pytest.mark.parametrize(
    ("entries", "entry", "hole_bytes"),
    [
        (5, struct.pack("<IQ", 8, 1 << 24), 1 << 24),  # texts
        (2000, struct.pack("<IIQ", 9, 0, 1024), 1024),  # arrays of numbers
        (1000, struct.pack("<IIQQ", 9, 8, 1, 1 << 17), 1 << 17),  # arrays of one text
    ],
    ids=["texts", "numbers", "text-arrays"],
)
def test_values_together_have_a_limit(tmp_path: Path, entries: int, entry: bytes, hole_bytes: int) -> None:
    path = make_sparse(tmp_path / "sparse.gguf", entries=entries, entry=entry, hole_bytes=hole_bytes)
    with pytest.raises(ModelFailed, match=f"names and values take more than the limit of {64 << 20} bytes") as failure:
        check_gguf(path)
    assert "again" in failure.value.hint


@pytest.mark.parametrize(
    ("key", "element", "count", "length"),
    [(b"tokenizer.ggml.tokens", 8, 130, 1 << 20), (b"tokenizer.ggml.token_type", 0, 1 << 24, 1 << 24)],
    ids=["tokens", "kinds"],
)
def test_vocabulary_has_a_limit(tmp_path: Path, key: bytes, element: int, count: int, length: int) -> None:
    path = tmp_path / "sparse.gguf"
    with path.open("wb") as file:
        file.write(b"GGUF" + struct.pack(f"<IQQQ{len(key)}sIIQ", 3, 0, 1, len(key), key, 9, element, count))
        for _ in range(count if element == 8 else 0):
            file.write(struct.pack("<Q", length))
            file.seek(length, 1)
        file.truncate(file.tell() + length)
    with pytest.raises(ModelFailed, match=f"its kinds take more than the limit of {128 << 20} bytes"):
        check_gguf(path)


def test_largest_vocabulary_passes(tmp_path: Path) -> None:
    words = [f"{number:06x}ĠãģĵãĤ" for number in range(1 << 18)]
    claims = {
        "tokenizer.ggml.tokens": Claim(words, GGUFValueType.ARRAY, GGUFValueType.STRING),
        "tokenizer.ggml.token_type": Claim([1] * len(words), GGUFValueType.ARRAY, INT32),
        "tokenizer.chat_template": Claim("{{ turn }}" * 100_000, GGUFValueType.STRING),
    }
    header = check_gguf(make_claims(tmp_path / "m.gguf", claims=claims))
    assert (header.vocabulary_tokens, len(header.chat_template)) == (1 << 18, 1_000_000)


@given(share=st.floats(0, 0.9999))
@settings(max_examples=50, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_truncated_file_is_refused(model: Path, tmp_path: Path, share: float) -> None:
    content = model.read_bytes()
    path = tmp_path / "cut.gguf"
    path.write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelFailed, match="not a sound GGUF"):
        check_gguf(path)


@given(place=st.integers(0, 9000), value=st.integers(0, 255))
@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_flipped_byte_never_breaks_the_check_itself(model: Path, tmp_path: Path, place: int, value: int) -> None:
    content = bytearray(model.read_bytes())
    content[place] = value
    path = tmp_path / "flipped.gguf"
    path.write_bytes(content)
    with contextlib.suppress(ModelFailed):
        check_gguf(path)
