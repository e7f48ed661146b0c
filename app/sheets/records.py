"""A paper's sheet of questions and answers, and a digest of sheets over a stretch of dates."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from app.answering.records import Answer, Provenance
from indexes.records import Language, Paper


class Facet(StrEnum):
    """What a planned question is about."""

    PROBLEM = "problem"
    GAP = "gap"
    KEY_IDEA = "key_idea"
    MECHANISM = "mechanism"
    DATA = "data"
    BASELINES = "baselines"
    MAIN_RESULT = "main_result"
    ABLATION = "ablation"
    COST = "cost"
    LIMITS = "limits"
    RESOURCES = "resources"
    DETAIL = "detail"


class SheetFindingKind(StrEnum):
    """A fault found when the whole sheet was read again."""

    REPEATED_ANSWER = "repeated_answer"
    CIRCULAR_ANSWER = "circular_answer"
    NON_ANSWER = "non_answer"
    UNSUPPORTED_CLAIM = "unsupported_claim"
    DANGLING_REFERENCE = "dangling_reference"
    RAW_LATEX = "raw_latex"
    BROKEN_WORDS = "broken_words"
    OFF_TOPIC = "off_topic"
    NOT_STATED = "not_stated"


@dataclass(frozen=True, slots=True)
class SheetFinding:
    """What was found, about which question, and what was done."""

    kind: SheetFindingKind
    question: str
    message: str


@dataclass(frozen=True, slots=True)
class SheetItem:
    """One question of a sheet with its answer."""

    question: str
    facet: Facet
    answer: Answer


@dataclass(frozen=True, slots=True)
class QASheet:
    """One paper's sheet. Rendering is a function of this alone. `language` is that of the questions and labels.

    `context` are the ids of the passages that a model read once for all questions, in their order; empty where each
    question was read by itself.
    """

    paper: Paper
    language: Language
    one_line: Answer
    summary: Answer
    items: tuple[SheetItem, ...]
    findings: tuple[SheetFinding, ...]
    provenance: Provenance
    context: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Digest:
    """The sheets of the papers published from `first` to `last` (ISO dates, both included), newest first.

    `overview` is one sentence a line; every statement in it is counted from `entries`.
    """

    first: str
    last: str
    language: Language
    entries: tuple[QASheet, ...]
    overview: tuple[str, ...]
