"""What a command needs before it can work: settings, options that many share, an open library."""

from __future__ import annotations

import logging
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import click

from app.settings import Settings, read_settings
from indexes.encoding.encoder import Encoder, open_encoder
from indexes.errors import NotFound
from indexes.library import Library, open_library
from indexes.records import Language
from indexes.rerank.cross_encoder import open_cross_encoder

Function = TypeVar("Function", bound=Callable[..., Any])

library_option = click.option(
    "--library", metavar="DIR", default=None, help="Folder of the library (default: RONBUN_LIBRARY or the user's data)."
)
json_option = click.option("--json", "as_json", is_flag=True, help="Print one JSON object on stdout.")
paper_option = click.option("--paper", "papers", multiple=True, metavar="ID", help="Only this paper (may be repeated).")
language_option = click.option(
    "--lang", "language", type=click.Choice([language.value for language in Language]), default=None, help="Language."
)
model_option = click.option(
    "--model", metavar="NAME", default=None, help="Generator: extractive, FILE.gguf, or remote."
)


@dataclass(frozen=True, slots=True)
class Session:
    """An open library with its settings."""

    settings: Settings
    library: Library

    def paper_ids(self, names: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the ids of the papers that the reader named, each once; None where none is named.

        Raises:
            NotFound: a paper is not there, or the library holds none at all.
        """
        self._require_papers()
        return self.library.papers.resolve_all(names) or None

    def searched_ids(self, names: tuple[str, ...]) -> tuple[str, ...] | None:
        """Return the ids of the papers that the reader named and of the notes about them; None where none is named.

        Raises:
            NotFound: as `paper_ids`.
        """
        paper_ids = self.paper_ids(names)
        return None if paper_ids is None else self.library.papers.with_notes(paper_ids)

    def _require_papers(self) -> None:
        if self.library.papers.count() == 0:
            raise NotFound(f"the library {self.library.path} holds no papers", hint="Add some: ronbun ingest FOLDER")


def settings_for(**overrides: object) -> Settings:
    """Read the settings and set up logging to stderr."""
    settings = read_settings(**overrides)
    logging.basicConfig(
        stream=sys.stderr, level=settings.log_level.value, format="%(asctime)s %(levelname)s %(name)s %(message)s"
    )
    return settings


def encoder_for(settings: Settings) -> Encoder:
    """Open the encoder that the settings name; its weights load at the first use."""
    return open_encoder(settings.encoder, threads=settings.threads)


@contextmanager
def open_session(settings: Settings, *, create: bool = False) -> Iterator[Session]:
    """Open the library for one command and close it afterwards."""
    library = open_library(
        settings.library_path(),
        encoder=encoder_for(settings),
        create=create,
        cross_encoder=open_cross_encoder(settings.reranker) if settings.reranker else None,
    )
    try:
        yield Session(settings=settings, library=library)
    finally:
        library.close()
