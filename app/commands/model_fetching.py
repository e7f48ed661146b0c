"""`ronbun models catalogue` and `ronbun models pull`: what can be fetched, and fetching it."""

from __future__ import annotations

import importlib.util
import os

import click

from app.commands.model_outputs import engine_sizes, file_output
from app.commands.model_printing import print_catalogue, print_pull
from app.commands.printing import print_json
from app.commands.session import json_option, settings_for
from app.generators.llama.probe import probe_model
from app.models.catalogue import find_model, load_catalogue
from app.models.hub import Hub
from app.models.installed import DamagedModel, read_model
from app.models.memory import available_bytes
from app.models.pulling import PulledModel, pull_model
from app.models.source import PREFIX, HubFile, parse_hub_file
from app.schemas_models import CatalogueModelOutput, CatalogueOutput, PullOutput
from app.settings import Settings, models_path
from indexes.errors import ModelFailed


@click.command()
@json_option
def catalogue(as_json: bool) -> None:
    """List models that can be fetched by name, by the memory that they need."""
    folder = models_path(settings_for())
    output = CatalogueOutput(
        models=[
            CatalogueModelOutput(
                name=model.name,
                source=str(model.source),
                license=model.license,
                size_gb=model.size_gb,
                memory_gb=model.memory_gb,
                languages=list(model.languages),
                note=model.note,
                is_installed=(folder / model.source.name).is_file(),
            )
            for model in load_catalogue()
        ]
    )
    if as_json:
        print_json(output)
    else:
        print_catalogue(output)


@click.command()
@click.argument("name", metavar="NAME")
@click.option("--replace", "can_replace", is_flag=True, help="Let another file of that name go.")
@json_option
def pull(name: str, can_replace: bool, as_json: bool) -> None:
    """Fetch a GGUF file from the hub into the models folder.

    NAME is one of `ronbun models catalogue`, or hf:OWNER/REPO/FILE.gguf. An attempt that broke off goes on where it
    stopped. The file is compared with the sha256 that the hub names, and must be a sound GGUF, before it appears in the
    folder. A model behind terms needs HF_TOKEN, which is told to the hub alone.
    """
    settings = settings_for()
    file = _source(name)
    pulled = pull_model(
        file,
        hub=Hub(url=settings.hub_url, token=os.environ.get("HF_TOKEN", "")),
        folder=models_path(settings),
        can_replace=can_replace,
        probe=probe_model if importlib.util.find_spec("llama_cpp") is not None else None,
    )
    output = _output(file, pulled, settings=settings)
    if as_json:
        print_json(output)
    else:
        print_pull(output)


def _source(name: str) -> HubFile:
    return parse_hub_file(name) if name.startswith(PREFIX) else find_model(name).source


def _output(file: HubFile, pulled: PulledModel, *, settings: Settings) -> PullOutput:
    model = read_model(pulled.path, sizes=engine_sizes(settings))
    if isinstance(model, DamagedModel):
        raise ModelFailed(model.reason, hint="Something changed it just now; run the command again.")
    return PullOutput(
        source=str(file),
        commit=pulled.details.commit,
        sha256=pulled.details.sha256,
        state="unchanged" if pulled.is_unchanged else "fetched",
        resumed_bytes=0 if pulled.is_unchanged else pulled.held_bytes,
        setting=f"RONBUN_GENERATOR={pulled.path.name}",
        file=file_output(model, machine=None, free_bytes=available_bytes()),
    )
