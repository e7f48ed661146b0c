"""An answer and what stands behind it: claims, citations, hits and provenance."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from app.generators.protocol import DraftProgress, GeneratorIdentity, Priority, Task, Usage
from indexes.records import Box, Hit, Language, PaperRole, Passage


class Verdict(StrEnum):
    """What the checks say of a claim."""

    SUPPORTED = "supported"
    CONTRADICTED = "contradicted"
    NOT_FOUND = "not_found"


class AnswerStatus(StrEnum):
    """How a question ended. Abstaining (`not_in_paper`) is a result, not an error."""

    ANSWERED = "answered"
    NOT_IN_PAPER = "not_in_paper"
    UNSUPPORTED = "unsupported"


@dataclass(frozen=True, slots=True)
class PlacedBox:
    """A box and the page it is on (pages count from 1)."""

    page: int
    box: Box


@dataclass(frozen=True, slots=True)
class Citation:
    """A quote and its place. `quote` is `passage.text[start:end]`, copied by code.

    `page` is where the quote begins; `boxes` are all on their own pages, empty where the source has none. `role` says
    whether it is the paper's own statement or that of a note about it.
    """

    marker: int
    passage_id: str
    paper_id: str
    title: str
    section: str
    page: int
    boxes: tuple[PlacedBox, ...]
    quote: str
    start: int
    end: int
    role: PaperRole = PaperRole.PAPER


@dataclass(frozen=True, slots=True)
class Check:
    """One check of a claim against its cited text; `detail` names the values compared."""

    name: str
    passed: bool
    detail: str


@dataclass(frozen=True, slots=True)
class Claim:
    """One sentence of an answer, without markers, and what the checks say of it; `reason` names the deciding check."""

    text: str
    citations: tuple[Citation, ...]
    verdict: Verdict
    reason: str
    checks: tuple[Check, ...]

    @property
    def role(self) -> PaperRole:
        """Whether a paper says this, or a note alone."""
        is_noted = bool(self.citations) and all(citation.role is PaperRole.NOTE for citation in self.citations)
        return PaperRole.NOTE if is_noted else PaperRole.PAPER


@dataclass(frozen=True, slots=True)
class Provenance:
    """Enough to run an answer again.

    `context_passage_ids` are passages that the generator read beside the hits, in the order of its prompt.
    """

    encoder: str
    generator: GeneratorIdentity
    prompt_id: str | None
    prompt_sha256: str | None
    generation: int
    parsers: tuple[str, ...]
    seed: int
    usage: Usage
    dropped_passage_ids: tuple[str, ...]
    timings_ms: tuple[tuple[str, float], ...]
    version: str
    context_passage_ids: tuple[str, ...] = ()
    is_cut_off: bool = False


@dataclass(frozen=True, slots=True)
class Answer:
    """A question's answer. When answered, every `[n]` in `text` resolves and every claim has a citation.

    `titles` names the papers of the hits and of what was read beside them, by id, as they were called when retrieved.
    """

    question: str
    language: Language
    status: AnswerStatus
    text: str
    claims: tuple[Claim, ...]
    citations: tuple[Citation, ...]
    hits: tuple[Hit, ...]
    titles: Mapping[str, str]
    provenance: Provenance


ANSWER_SENTENCES = 3
"""Sentences of an answer that nobody asked to be longer or shorter."""


@dataclass(frozen=True, slots=True)
class AnswerOptions:
    """How to answer. `language` None means the question's own; `paper_ids` None means the whole library.

    `k` passages are retrieved, with the words of `retrieval_query` where it is given (a Japanese question can search
    with English words). `max_sentences` bounds what is written. Notes about the papers named are searched too, unless
    `with_notes` is off. `context` are passages that the generator reads before the hits, so that questions which share
    them share its work; an answer rests on hits alone. `reader`, `priority` and `deadline_s` are the draft request's.
    """

    language: Language | None
    paper_ids: tuple[str, ...] | None
    k: int
    max_sentences: int = ANSWER_SENTENCES
    task: Task = Task.ANSWER
    seed: int = 0
    retrieval_query: str | None = None
    with_notes: bool = True
    context: tuple[Passage, ...] = ()
    reader: str = ""
    priority: Priority = Priority.INTERACTIVE
    deadline_s: float | None = None


@dataclass(frozen=True, slots=True)
class Retrieved:
    """The search has ended: what the answer may rest on, best first; `titles` as in `Answer`."""

    hits: tuple[Hit, ...]
    titles: Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Progressed:
    """The generator has the question: it waits in line, reads or writes."""

    progress: DraftProgress


@dataclass(frozen=True, slots=True)
class Claimed:
    """One claim is written, cited and checked; its markers are final."""

    claim: Claim


@dataclass(frozen=True, slots=True)
class Done:
    """The answer is whole."""

    answer: Answer


AnswerEvent = Retrieved | Progressed | Claimed | Done
