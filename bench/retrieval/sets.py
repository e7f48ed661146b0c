"""What a set of questions is: lines to ingest, questions, and what is relevant to each. Knows no search."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from bench.gold import Stretch

Line = Mapping[str, Any]
"""One paper as a line of JSON for the ingest: paper_id, title, text, abstract, paragraphs …"""

_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Question:
    """One question and what answers it.

    `question_id` holds no space, as TREC files need. With `paper_id` the question is asked within that paper, and what
    shares a character with one of the `stretches` of its text is relevant. Without, it is asked of the whole library:
    `relevance` grades papers (a paper is as good as its best passage), and papers in `excluded` are taken out of the
    results. Confidence intervals resample by `group`: the paper asked about, the paper that a question to the library
    was `written_on` where the set says so, or the question itself.
    """

    question_id: str
    text: str
    paper_id: str | None = None
    stretches: tuple[Stretch, ...] = ()
    relevance: Mapping[str, int] = field(default_factory=dict)
    excluded: frozenset[str] = frozenset()
    written_on: str | None = None

    @property
    def group(self) -> str:
        """What is drawn at once when questions are resampled, and never parted by folds."""
        return self.paper_id or self.written_on or self.question_id


@dataclass(frozen=True, slots=True)
class QuestionSet:
    """A named set. Sets with the same `library` share it; `texts` are what stretches count in, by paper.

    `relevant` says in words what counts as relevant.
    """

    name: str
    library: str
    relevant: str
    lines: Sequence[Line]
    questions: tuple[Question, ...]
    texts: Mapping[str, str] = field(default_factory=dict)

    @property
    def is_within_papers(self) -> bool:
        """Whether each question is asked within one paper."""
        return any(question.paper_id is not None for question in self.questions)


Loader = Callable[[Path], QuestionSet]
"""Reads a set from the folder of the evaluation data."""


def trec_id(name: str) -> str:
    """Return a name without spaces, for files whose columns spaces part."""
    return _SPACES.sub("_", name.strip())


def read_lines(path: Path) -> Iterator[dict[str, Any]]:
    """Yield the objects of a file of JSON lines."""
    with path.open(encoding="utf-8") as stream:
        for line in stream:
            yield json.loads(line)


def known_item_questions(rows: Iterable[tuple[str, str, str]]) -> tuple[Question, ...]:
    """Return questions with one relevant paper each, from (id, text, paper id); those without text are none."""
    return tuple(
        Question(trec_id(question_id), text, relevance={paper_id: 1})
        for question_id, text, paper_id in rows
        if text.strip()
    )
