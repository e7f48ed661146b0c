"""A follow-up and the turns before it to a question that stands alone, without a model.

It carries over what the follow-up points at and does not name: the last question's names and topic words. A question
that points at nothing stays as it is. It knows nothing of papers or answers beyond their text.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.answering.languages import language_of
from app.answering.names import names_in
from app.generators.extractive.terms import content_terms
from indexes.records import Language

MAX_CARRIED = 5
"""Words carried over at most: more would drown what the follow-up asks."""

FEW_TERMS = 4
"""An English question that opens like a follow-up and has more content terms than this says itself what it is about."""

_POINTS_BACK = re.compile(
    r"\b(?:it|its|they|them|their|theirs|this|these|those|that (?!the|a)|such|he|she|his|her|the (?:former|latter|"
    r"same|other|others|"
    r"first|second|third|last|two|three|above)|one of (?:them|these)|both|there)\b|"
    r"それ|これ|その|この|あれ|彼|彼女|そこ|同じ|前者|後者|両者|両方|[一二三]つ目|[1-3１-３]つ目",
    re.IGNORECASE,
)
_ELLIPSIS = re.compile(
    r"^(?:(?:and|but|so|or|then|also)\b|(?:what|how) about\b|(?:on|in|for|with|at|by|from|without|compared|versus|"
    r"vs)\b|why(?: not)?\??$|"
    r"how(?: so| come)?\??$|(?:which|what) (?:one|ones|other|else)\b|any (?:other|others|more)\b|anything else\b)|"
    r"^(?:では|じゃあ|それから|また|他に|ほかに|なぜ(?:です)?か?[?？]?$)|(?:の場合|については|に関しては|だと|"
    r"では)(?:どう(?:です)?か?)?[?？。]?$|はどう",
    re.IGNORECASE,
)
_THIS_PAPER = re.compile(
    r"\b(?:this|the|your|their) (?:paper|work|study|article|authors?|approach here)\b|この論文|本論文|本研究|この研究"
)
_WORD = re.compile(r"[A-Za-z][A-Za-z0-9]*(?:-[A-Za-z0-9]+)*|[ァ-ヴー]{2,}|[\u4e00-\u9fff]{2,}")


@dataclass(frozen=True, slots=True)
class PastTurn:
    """A question as it was understood and the answer's text (empty where nothing was answered)."""

    question: str
    answer: str


def standalone_question(question: str, history: Sequence[PastTurn]) -> str:
    """Return the question with what it points at in brackets after it; unchanged where it stands alone.

    "And on GSM8K?" after "What accuracy does CraneNet reach?" becomes "And on GSM8K? (CraneNet accuracy reach)".
    """
    question = question.strip()
    if not history or not points_back(question):
        return question
    carried = _carried(question, history[-1])
    if not carried:
        return question
    is_japanese = language_of(question) is Language.JAPANESE
    return f"{question}（{'、'.join(carried)}）" if is_japanese else f"{question} ({' '.join(carried)})"


def points_back(question: str) -> bool:
    """Say whether the question leaves out what it is about: a pronoun, or an opening that only goes on."""
    plain = _THIS_PAPER.sub(" ", question)
    if _POINTS_BACK.search(plain):
        return True
    if _ELLIPSIS.search(plain.strip()) is None:
        return False
    return language_of(question) is Language.JAPANESE or len(set(content_terms(plain))) <= FEW_TERMS


def _carried(question: str, last: PastTurn) -> list[str]:
    """Return the last question's names and topic words that the follow-up lacks, names first, then the answer's "
    "names."""
    held = set(content_terms(question))
    words = [name.text for name in names_in(last.question)]
    words += [found.group() for found in _WORD.finditer(_without_brackets(last.question))]
    words += [found.group() for found in _WORD.finditer(last.question)]
    if asks_for_another(question):
        words = [name.text for name in names_in(last.answer)] + words
    carried: list[str] = []
    for word in words:
        terms = set(content_terms(word))
        if terms and not terms <= held:
            carried.append(word)
            held |= terms
    return carried[:MAX_CARRIED]


def asks_for_another(question: str) -> bool:
    """Say whether the follow-up points into the answer: the second one, the latter, 後者."""
    return (
        re.search(
            r"\bthe (?:first|second|third|last|former|latter|other)\b|前者|後者|[一二三]つ目", question, re.IGNORECASE
        )
        is not None
    )


def _without_brackets(question: str) -> str:
    """Leave out what an earlier follow-up carried, so that the newest words come first."""
    return re.sub(r"\([^()]*\)$|（[^（）]*）$", "", question)
