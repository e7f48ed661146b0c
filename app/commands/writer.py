"""The generator that a command writes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from prometheus_client import CollectorRegistry

from app.answering.provenance import installed_version
from app.commands.session import Session
from app.generators.factory import open_generator
from app.generators.prompting import load_prompts
from app.generators.protocol import Generator
from app.tracing import start_tracing


@contextmanager
def open_writer(session: Session, *, registry: CollectorRegistry | None = None) -> Iterator[Generator]:
    """Open the generator that the settings name and free it afterwards; its spans go where the environment says.

    A model is measured in `registry`, where there is one.
    """
    end_tracing = start_tracing(service_version=installed_version())
    try:
        generator = open_generator(
            session.settings, encoder=session.library.encoder, prompts=load_prompts(), registry=registry
        )
        try:
            yield generator
        finally:
            generator.close()
    finally:
        end_tracing()
