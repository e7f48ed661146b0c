"""`ronbun models`: the encoders and generators that can be used here, and the model files with what they need."""

from __future__ import annotations

import contextlib
import importlib.util
import os
from pathlib import Path

import click

from app.commands.model_fetching import catalogue, pull
from app.commands.model_outputs import engine_sizes, file_output
from app.commands.model_printing import print_models
from app.commands.printing import print_json
from app.commands.session import encoder_for, json_option, settings_for
from app.generators.factory import gguf_path
from app.generators.protocol import GeneratorKind
from app.models.installed import SUFFIX, DamagedModel, InstalledModel, installed_models, read_model
from app.models.memory import available_bytes
from app.models.speed import MachineSpeed, measure_machine
from app.schemas_models import ModelOutput, ModelsOutput
from app.settings import Settings, models_path
from indexes.errors import ModelError

NO_LLAMA = "install the extra: make llm"


@click.group(invoke_without_command=True)
@click.option("--speed", "with_speed", is_flag=True, help="Measure this machine for a second; tell rough speeds.")
@json_option
@click.pass_context
def command(context: click.Context, with_speed: bool, as_json: bool) -> None:
    """List the encoder, the generators and the GGUF files: what is in use, what can be, what each needs.

    GGUF files are looked for in the folder RONBUN_MODELS_DIR; RONBUN_GENERATOR takes their bare names. Memory is for
    RONBUN_CONTEXT_TOKENS, RONBUN_PARALLEL_TEXTS and RONBUN_MEMORY_TOKENS. What a file says of itself (name, licence) is
    shown as it stands there.
    """
    if context.invoked_subcommand is not None:
        return
    settings = settings_for()
    machine = measure_machine(threads=settings.threads or os.cpu_count() or 1) if with_speed else None
    output = ModelsOutput(
        folder=str(models_path(settings)),
        models=[
            encoder_row(settings),
            _extractive_row(settings),
            *gguf_rows(settings, machine=machine),
            _remote_row(settings),
        ],
    )
    if as_json:
        print_json(output)
    else:
        print_models(output)


command.add_command(catalogue)
command.add_command(pull)


def encoder_row(settings: Settings) -> ModelOutput:
    """Return the row of the encoder in use."""
    try:
        encoder = encoder_for(settings)
        note = f"{encoder.dimension} dimensions, {encoder.max_tokens} word pieces"
        name, sha256, is_available = encoder.name, encoder.sha256, True
    except ModelError as error:
        note, name, sha256, is_available = f"{error.message} {error.hint}", settings.encoder, None, False
    return ModelOutput(
        role="encoder", name=name, kind="sentence", sha256=sha256, available=is_available, in_use=True, note=note
    )


def gguf_rows(settings: Settings, *, machine: MachineSpeed | None) -> list[ModelOutput]:
    """Return a row for each file of the models folder, and for the one in use where it is elsewhere."""
    used = gguf_path(settings) if settings.generator.lower().endswith(SUFFIX) else None
    found = installed_models(models_path(settings), sizes=engine_sizes(settings))
    if used is not None and not any(_is_same(used, model.path) for model in found):
        found.insert(0, read_model(used, sizes=engine_sizes(settings)))
    return [
        _gguf_row(model, is_used=used is not None and _is_same(used, model.path), machine=machine) for model in found
    ]


def _gguf_row(model: InstalledModel | DamagedModel, *, is_used: bool, machine: MachineSpeed | None) -> ModelOutput:
    has_llama = importlib.util.find_spec("llama_cpp") is not None
    is_sound = isinstance(model, InstalledModel)
    return ModelOutput(
        role="generator",
        name=model.path.name,
        kind=GeneratorKind.LLAMA,
        sha256=None,
        available=has_llama and is_sound,
        in_use=is_used,
        note=model.reason if isinstance(model, DamagedModel) else "" if has_llama else NO_LLAMA,
        file=file_output(model, machine=machine, free_bytes=available_bytes())
        if isinstance(model, InstalledModel)
        else None,
    )


def _extractive_row(settings: Settings) -> ModelOutput:
    return ModelOutput(
        role="generator",
        name="extractive",
        kind=GeneratorKind.EXTRACTIVE,
        sha256=None,
        available=True,
        in_use=settings.generator == GeneratorKind.EXTRACTIVE,
        note="quotes sentences; needs no weights",
    )


def _remote_row(settings: Settings) -> ModelOutput:
    is_set = bool(settings.remote_url and settings.remote_model)
    return ModelOutput(
        role="generator",
        name=settings.remote_model or "OpenAI-compatible server",
        kind=GeneratorKind.REMOTE,
        sha256=None,
        available=is_set,
        in_use=settings.generator == GeneratorKind.REMOTE,
        note=f"at {settings.remote_url}" if is_set else "set RONBUN_REMOTE_URL and RONBUN_REMOTE_MODEL",
    )


def _is_same(one: Path, other: Path) -> bool:
    with contextlib.suppress(OSError):  # either is not there, or cannot be looked at
        return one.samefile(other)
    return False
