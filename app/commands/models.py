"""`ronbun models`: the encoders and generators that can be used here."""

from __future__ import annotations

import importlib.util

import click

from app.commands.printing import print_json
from app.commands.session import encoder_for, json_option, settings_for
from app.schemas_library import ModelOutput, ModelsOutput
from app.settings import Settings
from indexes.errors import ModelError


@click.command()
@json_option
def command(as_json: bool) -> None:
    """List the encoder and generators: which are in use, which can be, and what is missing for the rest."""
    settings = settings_for()
    output = ModelsOutput(models=[encoder_row(settings), *generator_rows(settings)])
    if as_json:
        print_json(output)
        return
    for model in output.models:
        mark = "ready  " if model.available else "missing"
        click.echo(f"{mark}  {model.role:9}  {model.kind:10}  {model.name}  {model.note}".rstrip())


def encoder_row(settings: Settings) -> ModelOutput:
    """Return the row of the encoder in use."""
    try:
        encoder = encoder_for(settings)
        note = f"{encoder.dimension} dimensions, {encoder.max_tokens} word pieces"
        return _row("encoder", encoder.name, kind="sentence", sha256=encoder.sha256, note=note)
    except ModelError as error:
        return _row("encoder", settings.encoder, kind="sentence", note=f"{error.message} {error.hint}", available=False)


def generator_rows(settings: Settings) -> list[ModelOutput]:
    """Return a row for each kind of generator; the file or server is named where one is set."""
    is_file = settings.generator.lower().endswith(".gguf")
    has_llama = importlib.util.find_spec("llama_cpp") is not None
    llama_note = "set RONBUN_GENERATOR to a .gguf file" if has_llama else "install the extra: make llm"
    remote_note = "" if settings.remote_url else "set RONBUN_REMOTE_URL and RONBUN_REMOTE_MODEL"
    return [
        _row("generator", "extractive", kind="extractive", note="quotes sentences; needs no weights"),
        _row(
            "generator",
            settings.generator if is_file else "GGUF file",
            kind="llama",
            note="" if is_file and has_llama else llama_note,
            available=has_llama,
        ),
        _row(
            "generator",
            settings.remote_model or "OpenAI-compatible server",
            kind="remote",
            note=remote_note,
            available=bool(settings.remote_url and settings.remote_model),
        ),
    ]


def _row(
    role: str, name: str, *, kind: str, note: str, sha256: str | None = None, available: bool = True
) -> ModelOutput:
    return ModelOutput.model_validate(
        {"role": role, "name": name, "kind": kind, "sha256": sha256, "available": available, "note": note}
    )
