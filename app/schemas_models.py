"""JSON outputs about models: what is here, what can be fetched, what was fetched."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from app.schemas import Output


class MemoryOutput(Output):
    """Bytes that an open model takes, and what is free now (null where the system does not say).

    `window_tokens` are the most of one prompt with its answer; all readers share memory for `memory_tokens`.
    """

    window_tokens: int
    memory_tokens: int
    weights_bytes: int
    context_bytes: int
    work_bytes: int
    total_bytes: int
    available_bytes: int | None


class SpeedOutput(Output):
    """Tokens a second for one reader, from and to: a rough range, nothing of the model was run."""

    reading: tuple[float, float]
    writing: tuple[float, float]


class ModelFileOutput(Output):
    """What a GGUF file says of itself, and what follows from it here; name and licence are the file's own words."""

    path: str
    size_bytes: int
    name: str
    license: str
    languages: list[str]
    architecture: str
    parameters: int
    quantisation: str
    bits_per_weight: float
    trained_tokens: int | None
    chat_format: str
    chat_format_grounds: str
    memory: MemoryOutput | None
    speed: SpeedOutput | None
    warnings: list[str]


class ModelOutput(Output):
    """An encoder or generator that can be used here; of a GGUF file also what it is."""

    role: Literal["encoder", "generator"]
    name: str
    kind: str
    sha256: str | None
    available: bool
    in_use: bool
    note: str
    file: ModelFileOutput | None = None


class ModelsOutput(Output):
    """Encoder and generators; `folder` is where GGUF files are looked for."""

    schema_: Literal["ronbun.models/1"] = Field(default="ronbun.models/1", alias="schema")
    folder: str
    models: list[ModelOutput]


class CatalogueModelOutput(Output):
    """One model that is offered by name."""

    name: str
    source: str
    license: str
    size_gb: float
    memory_gb: int
    languages: list[str]
    note: str
    is_installed: bool


class CatalogueOutput(Output):
    """The models that are offered by name, smallest memory first."""

    schema_: Literal["ronbun.catalogue/1"] = Field(default="ronbun.catalogue/1", alias="schema")
    models: list[CatalogueModelOutput]


class PullOutput(Output):
    """A model that was fetched, or was there; `resumed_bytes` came in an earlier attempt."""

    schema_: Literal["ronbun.pull/1"] = Field(default="ronbun.pull/1", alias="schema")
    source: str
    commit: str
    sha256: str
    state: Literal["fetched", "unchanged"]
    resumed_bytes: int
    setting: str
    file: ModelFileOutput
