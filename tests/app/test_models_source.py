"""What may be fetched is named in one form, and no name leaves the models folder."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.models.catalogue import find_model, load_catalogue
from app.models.source import parse_hub_file
from indexes.errors import BadInput


def test_repository_and_file_are_read() -> None:
    file = parse_hub_file("hf:cranes/tiny-GGUF/Q4_K_M/tiny.v1 (new).gguf")
    assert (file.repo, file.path, file.name) == ("cranes/tiny-GGUF", "Q4_K_M/tiny.v1 (new).gguf", "tiny.v1 (new).gguf")
    assert str(file) == "hf:cranes/tiny-GGUF/Q4_K_M/tiny.v1 (new).gguf"


@pytest.mark.parametrize(
    "text",
    [
        "cranes/tiny/tiny.gguf",
        "hf:tiny.gguf",
        "hf:cranes/tiny.gguf",
        "hf:cranes/tiny/../tiny.gguf",
        "hf:cranes/tiny/..",
        "hf:../tiny/tiny.gguf",
        "hf:cranes/../tiny.gguf",
        "hf:cranes/tiny//etc/x.gguf",
        "hf:cranes/tiny/.hidden.gguf",
        "hf:cranes/tiny/.git/x.gguf",
        "hf:cranes/tiny/-rf.gguf",
        "hf:cranes/tiny/tiny.bin",
        "hf:cranes/tiny/tiny.gguf/",
        "hf:cranes/tiny/tiny.gguf\n",
        "hf:cranes/tiny/ti\x00ny.gguf",
        "hf:cranes/tiny/a\\b.gguf",
        "hf:cranes/tiny/a?b=c.gguf",
        "hf:cranes/tiny/a#b.gguf",
        "hf:cranes/tiny/a%2f..%2fb.gguf",
        "hf:user@host/tiny/tiny.gguf",
        "hf://cranes/tiny/tiny.gguf",
        "hf:cra--nes/tiny/tiny.gguf",
        "hf:cranes/tiny/" + "a" * 300 + ".gguf",
    ],
)
def test_other_names_are_refused(text: str) -> None:
    with pytest.raises(BadInput, match="names no GGUF file"):
        parse_hub_file(text)


def test_part_of_a_split_model_is_refused() -> None:
    with pytest.raises(BadInput, match="several parts"):
        parse_hub_file("hf:cranes/tiny/tiny-00001-of-00002.gguf")


@given(st.text(alphabet=".-/\\ aZ0:%~", max_size=40))
def test_no_name_leaves_the_folder(text: str) -> None:
    try:
        file = parse_hub_file(f"hf:a/b/{text}.gguf")
    except BadInput:
        return
    folder = Path("/models")
    assert (folder / file.name).resolve().parent == folder
    assert not file.name.startswith(".")


def test_catalogue_is_sound() -> None:
    models = load_catalogue()
    assert len({model.name for model in models}) == len({model.source for model in models}) == len(models)
    for model in models:
        assert parse_hub_file(str(model.source)) == model.source
        assert model.size_gb < model.memory_gb
        assert model.license
    assert {model.memory_gb for model in models} == {1, 2, 4, 8, 16}
    for memory_gb in (2, 4, 8, 16):
        assert any(model.memory_gb == memory_gb and "ja" in model.languages for model in models)


def test_unknown_name_gets_what_is_near() -> None:
    assert find_model("qwen3-8b").repo == "Qwen/Qwen3-8B-GGUF"
    with pytest.raises(BadInput, match="no model is offered") as failure:
        find_model("qwen3-8")
    assert "qwen3-8b" in failure.value.hint
