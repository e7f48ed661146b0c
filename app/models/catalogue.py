"""The models that are offered by name: a table of our own, kept as data beside this module."""

from __future__ import annotations

import difflib
import importlib.resources
import tomllib
from dataclasses import dataclass, fields

from app.models.source import HubFile
from indexes.errors import BadInput, ModelFailed


@dataclass(frozen=True, slots=True)
class CatalogueModel:
    """One offered model: where its file is, under which licence, what it needs, which languages it was made for."""

    name: str
    repo: str
    file: str
    license: str
    size_gb: float
    memory_gb: int
    languages: tuple[str, ...]
    note: str = ""

    @property
    def source(self) -> HubFile:
        """Its file on the hub."""
        return HubFile(self.repo, self.file)


def load_catalogue() -> tuple[CatalogueModel, ...]:
    """Return the table, smallest memory first.

    Raises:
        ModelFailed: the installed table cannot be read.
    """
    file = importlib.resources.files("app.models") / "catalogue.toml"
    known = {field.name for field in fields(CatalogueModel)}
    try:
        rows = tomllib.loads(file.read_text("utf-8"))["model"]
        models = [CatalogueModel(**{**row, "languages": tuple(row["languages"])}) for row in rows]
    except (OSError, tomllib.TOMLDecodeError, KeyError, TypeError) as error:
        raise ModelFailed(f"{file}: {error}", hint=f"Each model has {sorted(known)}; install Ronbun again.") from error
    return tuple(sorted(models, key=lambda model: model.memory_gb))


def find_model(name: str) -> CatalogueModel:
    """Return the model of that name.

    Raises:
        BadInput: none is called so; the hint names what is near.
    """
    models = {model.name: model for model in load_catalogue()}
    if name in models:
        return models[name]
    near = difflib.get_close_matches(name.lower(), models, n=3) or list(models)
    raise BadInput(
        f"no model is offered as {name!r}",
        hint=f"There is {', '.join(near)}; `ronbun models catalogue` has all. Others: hf:OWNER/REPO/FILE.gguf.",
    )
