"""Lets the extractive generator rank sentences by the words that a sheet searches with.

That generator has no model: it compares sentences with the question it is given, and a question such as
"この論文の限界は何ですか?" shares no word with an English paper. Generators with a model read the question itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from app.generators.protocol import Draft, DraftRequest, DraftSentence, Generator, GeneratorIdentity, GeneratorKind


def asked_by_query(generator: Generator, query: str) -> Generator:
    """Return the generator, one that quotes being asked with `query` in place of the question."""
    return _ByQuery(generator, query) if generator.identity.kind is GeneratorKind.EXTRACTIVE else generator


class _ByQuery:
    """Passes requests on with the query as their question."""

    def __init__(self, generator: Generator, query: str) -> None:
        self._generator = generator
        self._query = query

    @property
    def identity(self) -> GeneratorIdentity:
        return self._generator.identity

    def draft(self, request: DraftRequest, *, on_sentence: Callable[[DraftSentence], None] | None = None) -> Draft:
        return self._generator.draft(replace(request, question=self._query), on_sentence=on_sentence)

    def close(self) -> None:
        """Nothing: the generator is its owner's to close."""
