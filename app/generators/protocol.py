"""What a generator is asked and what it gives back: sentences that name the passages they rest on.

A generator never writes quotes or markers; `app.answering` attaches both by code and checks every sentence.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from typing import Protocol

from indexes.records import Language, Paper, Passage

PROGRESS_S = 0.5
"""Longest time between two words of a working generator: what a reader who left costs at most."""


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


class Priority(StrEnum):
    """Who waits for the text: a person at this moment, or nobody in particular (a sheet, a digest)."""

    INTERACTIVE = "interactive"
    BACKGROUND = "background"


class Stage(StrEnum):
    """How far a draft has come; `LOADING` is before the first one, while the model comes into memory."""

    LOADING = "loading"
    WAITING = "waiting"
    READING = "reading"
    WRITING = "writing"


@dataclass(frozen=True, slots=True)
class DraftProgress:
    """Where a draft stands: `position` 1 is next in line; `wait_s` estimates the wait; both only while it waits."""

    stage: Stage
    position: int | None = None
    wait_s: float | None = None


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

    `citable` are the numbers of evidence that a sentence may rest on, best first, where that is not all of it:
    questions of one sheet share their evidence, so that a model reads it once. `reader` tells whose turn it is where
    several wait; after `deadline_s` seconds nobody waits any more.
    """

    task: Task
    question: str
    language: Language
    evidence: tuple[Evidence, ...]
    paper: Paper | None
    max_sentences: int
    seed: int
    query: str | None = None
    citable: tuple[int, ...] | None = None
    reader: str = ""
    priority: Priority = Priority.INTERACTIVE
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True)
class DraftSentence:
    """A sentence and the numbers of the evidence it rests on (each of the request's; never empty)."""

    text: str
    evidence_numbers: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Usage:
    """Tokens of the prompt, how many of them had been read before, and tokens written; 0 without a model."""

    prompt_tokens: int
    completion_tokens: int
    cached_tokens: int = 0


@dataclass(frozen=True, slots=True)
class Draft:
    """What a generator wrote. No sentences means that it abstains.

    `dropped_evidence` numbers what did not fit the model's window. `prompt_id` and `prompt_sha256` name the template,
    None where none was used. `is_cut_off` says that writing stopped at the token limit; `timings_ms` are the stages
    that the generator measured, in order.
    """

    sentences: tuple[DraftSentence, ...]
    usage: Usage
    dropped_evidence: tuple[int, ...]
    prompt_id: str | None
    prompt_sha256: str | None
    is_cut_off: bool = False
    timings_ms: tuple[tuple[str, float], ...] = ()


class Generator(Protocol):
    """Writes sentences from evidence. Safe to call from several threads."""

    @property
    def identity(self) -> GeneratorIdentity:
        """Which generator this is."""
        ...

    @property
    def parallel_drafts(self) -> int:
        """How many drafts are written at once, at least 1; more than 1 says that drafts share what they read too."""
        ...

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Write up to `request.max_sentences` sentences.

        What either callback raises stops the work and is passed on.

        Args:
            request: what to write, from which evidence.
            on_sentence: called with each sentence as it is complete.
            on_progress: called by a generator with a line or a slow model when the stage or the place in line changes,
                and at least every `PROGRESS_S` seconds until it returns.

        Raises:
            ModelFailed: the model or its server broke, or gave what cannot be read.
            Busy: the model's queue is full, or the deadline passed.
        """
        ...

    def close(self) -> None:
        """Free the model; the generator is not used again."""
        ...
