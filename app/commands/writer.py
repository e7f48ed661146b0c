"""The generator that a command writes with."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from app.commands.session import Session
from app.generators.factory import open_generator
from app.generators.prompting import load_prompts
from app.generators.protocol import Generator


@contextmanager
def open_writer(session: Session) -> Iterator[Generator]:
    """Open the generator that the settings name and free it afterwards."""
    generator = open_generator(session.settings, encoder=session.library.encoder, prompts=load_prompts())
    try:
        yield generator
    finally:
        generator.close()
