from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fake_encoder import FakeEncoder
from token_projections import make_projection

from indexes.encoding.model_folder import find_model_folder, read_model_folder
from indexes.encoding.sentence_encoder import SentenceEncoder
from indexes.errors import ModelFailed
from indexes.late_interaction.projection import PATH, projection_for, read_projection, write_projection


def test_projection_comes_back_as_it_was(tmp_path: Path) -> None:
    made = make_projection(FakeEncoder())
    write_projection(tmp_path / "p.npz", made)
    read = read_projection(tmp_path / "p.npz")
    np.testing.assert_allclose(read.matrix, made.matrix, atol=1e-3)
    np.testing.assert_array_equal(read.weight, made.weight)
    assert (read.encoder_sha256, read.layer) == (made.encoder_sha256, made.layer)
    assert read.bias == pytest.approx(made.bias)


def test_another_matrix_has_another_mark(tmp_path: Path) -> None:
    made = make_projection(FakeEncoder())
    turned = replace(made, matrix=made.matrix[::-1].copy())
    marks = set()
    for number, projection in enumerate((made, turned, made)):
        write_projection(tmp_path / f"{number}.npz", projection)
        marks.add(read_projection(tmp_path / f"{number}.npz").mark)
    assert len(marks) == 2


def test_the_bundled_encoder_has_one_and_another_has_none() -> None:
    encoder = SentenceEncoder(read_model_folder(find_model_folder("bundled"), name="bundled"), threads=1)
    projection = projection_for(encoder)
    assert projection is not None
    assert projection.matrix.shape[0] == encoder.dimension
    assert PATH.stat().st_size < 200_000
    assert projection_for(FakeEncoder()) is None


def test_an_encoder_around_the_bundled_one_has_its_projection() -> None:
    shipped = read_projection(PATH)

    class Around(FakeEncoder):
        pieces_sha256 = shipped.encoder_sha256

    assert projection_for(Around()) is not None


@pytest.mark.parametrize("share", [0.0, 0.3, 0.9])
def test_a_file_cut_off_is_told(tmp_path: Path, share: float) -> None:
    content = PATH.read_bytes()
    (tmp_path / "p.npz").write_bytes(content[: int(len(content) * share)])
    with pytest.raises(ModelFailed, match=r"p\.npz: cannot be read"):
        read_projection(tmp_path / "p.npz")


def test_no_file_is_told(tmp_path: Path) -> None:
    with pytest.raises(ModelFailed, match=r"absent\.npz"):
        read_projection(tmp_path / "absent.npz")


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"format": np.int64(9)}, "format 9"),
        ({"matrix": np.zeros((32, 31), dtype=np.float16)}, "matrix of shape"),
        ({"weight": np.zeros(5, dtype=np.float32)}, "weight of shape"),
        ({"bias": np.float32("nan")}, "not finite"),
        ({"matrix": np.array([{}], dtype=object)}, "cannot be read"),
    ],
)
def test_a_file_of_other_content_is_told(tmp_path: Path, changes: dict[str, object], reason: str) -> None:
    write_projection(tmp_path / "p.npz", make_projection(FakeEncoder()))
    with np.load(tmp_path / "p.npz") as held:
        fields = {name: held[name] for name in held.files} | changes
    np.savez(tmp_path / "p.npz", **fields)  # type: ignore[arg-type]
    with pytest.raises(ModelFailed, match=reason):
        read_projection(tmp_path / "p.npz")
