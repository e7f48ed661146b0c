"""The setting `generator` into an open generator."""

from __future__ import annotations

import os
from pathlib import Path

from app.generators.extractive import ExtractiveGenerator
from app.generators.llama import open_llama
from app.generators.prompting import Prompts
from app.generators.protocol import Generator, GeneratorKind
from app.generators.remote import RemoteGenerator
from app.settings import Settings
from indexes.encoder import Encoder
from indexes.errors import BadInput

_GGUF_SUFFIX = ".gguf"


def open_generator(settings: Settings, *, encoder: Encoder, prompts: Prompts) -> Generator:
    """Open the generator that `settings.generator` names.

    Raises:
        BadInput: the name is none of the choices, or `remote` lacks its address or model.
        ModelMissing: the GGUF file or llama-cpp-python is not there.
        ModelFailed: the file is not a GGUF, or is damaged.
    """
    name = settings.generator
    if name == GeneratorKind.EXTRACTIVE:
        return ExtractiveGenerator(encoder=encoder)
    if name.lower().endswith(_GGUF_SUFFIX):
        return open_llama(
            Path(name).expanduser(),
            context_tokens=settings.context_tokens,
            threads=settings.threads or os.cpu_count() or 1,
            max_queue=settings.max_queue,
            prompts=prompts,
        )
    if name == GeneratorKind.REMOTE:
        return _open_remote(settings, prompts=prompts)
    raise BadInput(
        f"unknown generator {name!r}",
        hint="Set RONBUN_GENERATOR to `extractive`, the path of a .gguf file, or `remote`.",
    )


def _open_remote(settings: Settings, *, prompts: Prompts) -> Generator:
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
        context_tokens=settings.context_tokens,
        prompts=prompts,
    )
