"""A file about one paper: the paper itself, an article, or somebody's note about it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from indexes.records import PaperRole
from ingest.document import Block, BlockKind, ParsedDocument
from ingest.notes.labels import Field, label_of

MIN_SIGNS = 2
"""Signs that make a file a note. On the 66 notes by others that this was tried with, see docs/adr/0013; an article or
a paper in Markdown has none."""

MIN_QUESTIONS = 3

_TITLE = re.compile(
    r"\s*[【\[(（]?(?:論文(?:メモ|読み|紹介|要約|まとめ|解説|ノート)|(?:paper|reading|literature) notes?\b|notes on\b"
    r"|paper (?:summary|review)\b|summary of\b)",
    re.IGNORECASE,
)
_QUESTIONNAIRE = re.compile(
    r"どんなもの|先行研究と比べて|技術や手法の|どうやって有効|議論は(?:ある|あるか)|次に読むべき|論文情報|"
    r"what (?:is it|did the authors do)\?|how does it compare|key idea.{0,20}\?|what to read next",
    re.IGNORECASE,
)


def note_or_paper(document: ParsedDocument) -> ParsedDocument:
    """Return the document with the role of a note where its shape is that of one: a note's headings, questions with
    answers, a title that says so."""
    if signs_of_note(document) < MIN_SIGNS:
        return document
    return replace(document, paper=replace(document.paper, role=PaperRole.NOTE))


def signs_of_note(document: ParsedDocument) -> int:
    """Count what says that a file is a note: each heading of a note's questionnaire, a title, questions and answers."""
    headings = [section.title for section in document.sections]
    signs = len({found.group() for title in headings if (found := _QUESTIONNAIRE.search(title[:200]))})
    signs += 2 * (_TITLE.match(document.paper.title) is not None)
    return signs + 2 * (_questions_in(document.blocks) >= MIN_QUESTIONS and signs > 0)


def _questions_in(blocks: Sequence[Block]) -> int:
    lines = (line for block in blocks if block.kind is not BlockKind.TABLE for line in block.text.split("\n"))
    return sum((label := label_of(line[:400])) is not None and label.field is Field.QUESTION for line in lines)
