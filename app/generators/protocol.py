"""What a generator is asked and what it gives back: sentences that name the passages they rest on.

A generator never writes quotes or markers; `app.answering` attaches both by code and checks every sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from indexes.records import Language, Paper, Passage


class Task(StrEnum):
    """What the sentences are for; each task has a prompt of its own."""

    ANSWER = "answer"
    ONE_LINE = "one_line"
    SUMMARY = "summary"


class GeneratorKind(StrEnum):
    """Where sentences come from."""

    EXTRACTIVE = "extractive"
    LLAMA = "llama"
    REMOTE = "remote"


@dataclass(frozen=True, slots=True)
class GeneratorIdentity:
    """Which generator wrote: `sha256` is of the model file, None where there is none to hash."""

    kind: GeneratorKind
    name: str
    sha256: str | None


@dataclass(frozen=True, slots=True)
class Evidence:
    """A passage offered to a generator. `number` counts from 1, best first; `score` is the search's."""

    number: int
    passage: Passage
    title: str
    score: float


@dataclass(frozen=True, slots=True)
class DraftRequest:
    """One thing to write. `paper` is set when all evidence comes from one paper; `language` is the reader's.

    `query` is what was searched where that is not the question: a generator without a model compares sentences with it,
    for a Japanese question shares no word with an English paper; one with a model reads the question alone.
    """

    task: Task
    question: str
    language: Language
    evidence: tuple[Evidence, ...]
    paper: Paper | None
    max_sentences: int
    seed: int
    query: str | None = None


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence and the numbers of the evidence it rests on (each of the request's; never empty)."""

    text: str
    evidence_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens read and written; both 0 for a generator without a model."""

    prompt_tokens: int
    completion_tokens: int


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generator wrote. No sentences means that it abstains.

    `dropped_evidence` numbers what did not fit the model's window. `prompt_id` and `prompt_sha256` name the template,
    None where none was used.
    """

    sentences: tuple[DraftSentence, ...]
    usage: Usage
    dropped_evidence: tuple[int, ...]
    prompt_id: str | None
    prompt_sha256: str | None


class Generator(Protocol):
    """Writes sentences from evidence. Safe to call from several threads."""

    @property
    def identity(self) -> GeneratorIdentity:
        """Which generator this is."""
        ...

    def draft(self, request: DraftRequest, *, on_sentence: Callable[[DraftSentence], None] | None = None) -> Draft:
        """Write up to `request.max_sentences` sentences.

        Args:
            request: what to write, from which evidence.
            on_sentence: called with each sentence as it is complete; what it raises stops the work and is passed on.

        Raises:
            ModelFailed: the model or its server broke, or gave what cannot be read.
            Busy: the model's queue is full.
        """
        ...

    def close(self) -> None:
        """Free the model; the generator is not used again."""
        ...
