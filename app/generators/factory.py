"""The setting `generator` into an open generator."""

from __future__ import annotations

import os
from pathlib import Path

from prometheus_client import CollectorRegistry

from app.generators.extractive import ExtractiveGenerator
from app.generators.llama import open_llama
from app.generators.llama.measured import EngineMeasures
from app.generators.prompting import Prompts
from app.generators.protocol import Generator, GeneratorKind
from app.generators.remote import RemoteGenerator
from app.generators.traced import TracedGenerator
from app.settings import Settings, cache_path, models_path
from indexes.encoding.encoder import Encoder
from indexes.errors import BadInput

_GGUF_SUFFIX = ".gguf"


def open_generator(
    settings: Settings, *, encoder: Encoder, prompts: Prompts, registry: CollectorRegistry | None = None
) -> Generator:
    """Open the generator that `settings.generator` names; one with a model is measured in `registry`, and traced.

    Raises:
        BadInput: the name is none of the choices, or `remote` lacks its address or model.
        ModelMissing: the GGUF file or llama-cpp-python is not there.
        ModelFailed: the file is not a GGUF, or is damaged.
    """
    name = settings.generator
    if name == GeneratorKind.EXTRACTIVE:
        return ExtractiveGenerator(encoder=encoder)
    if name.lower().endswith(_GGUF_SUFFIX):
        generator = _open_llama(settings, prompts=prompts, registry=registry)
        return TracedGenerator(generator, kind=GeneratorKind.LLAMA, name=gguf_path(settings).name)
    if name == GeneratorKind.REMOTE:
        remote = _open_remote(settings, prompts=prompts, registry=registry)
        return TracedGenerator(remote, kind=GeneratorKind.REMOTE, name=settings.remote_model)
    raise BadInput(
        f"unknown generator {name!r}",
        hint="Set RONBUN_GENERATOR to `extractive`, a .gguf file, or `remote`; `ronbun models` lists what is here.",
    )


def gguf_path(settings: Settings) -> Path:
    """Return the file that the setting names: a path, or a bare name that is not here but in the models folder."""
    path = Path(settings.generator).expanduser()
    if path.name == settings.generator and not path.exists():
        return models_path(settings) / path.name
    return path


def _open_llama(settings: Settings, *, prompts: Prompts, registry: CollectorRegistry | None) -> Generator:
    path = gguf_path(settings)
    return open_llama(
        path,
        prompts=prompts,
        context_tokens=settings.context_tokens,
        threads=settings.threads or os.cpu_count() or 1,
        max_queue=settings.max_queue,
        sequences=settings.parallel_texts,
        cells=settings.memory_tokens,
        saved_contexts=cache_path(settings) / "contexts" if settings.saved_contexts_mb else None,
        saved_bytes=settings.saved_contexts_mb << 20,
        observer=None if registry is None else EngineMeasures(registry, model_name=path.name),
    )


def _open_remote(settings: Settings, *, prompts: Prompts, registry: CollectorRegistry | None) -> Generator:
    missing = [name for name in ("remote_url", "remote_model") if not getattr(settings, name)]
    if missing:
        raise BadInput(
            f"the generator `remote` needs {' and '.join(f'RONBUN_{name.upper()}' for name in missing)}",
            hint="Set the base URL (such as http://127.0.0.1:8080/v1) and the model's name on that server.",
        )
    return RemoteGenerator(
        url=settings.remote_url,
        model=settings.remote_model,
        key=settings.remote_key,
        timeout_s=settings.remote_timeout_s,
        concurrency=settings.remote_concurrency,
        max_waiting=settings.max_queue,
        context_tokens=settings.context_tokens,
        prompts=prompts,
        registry=registry,
    )
