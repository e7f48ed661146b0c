"""How a sheet asks: one question with what to search for it, and the function that answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

from app.answering.records import Answer
from app.generators.protocol import Task


@dataclass(frozen=True, slots=True)
class Asked:
    """One question about the sheet's paper; `query` is what to search, in the paper's language."""

    question: str
    task: Task
    query: str
    max_sentences: int


class Ask(Protocol):
    """Answers one question about the sheet's paper; `query` is what to search, in the paper's language."""

    def __call__(self, question: str, *, task: Task, query: str, max_sentences: int) -> Answer:
        """Return the answer."""
        ...
