"""A paper's passages become statements: whole sentences with their place, good enough to show to a reader.

Refuses what a reader would stumble over: fragments of tables and formulas, sentences that lean on the one before, text
that the PDF's fonts have spoilt.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from app.sheets.legibility import is_broken
from indexes.records import Language, Passage, PassageKind
from indexes.sentences import sentence_spans

MIN_LENGTH = {Language.ENGLISH: 25, Language.JAPANESE: 15}
MIN_WORDS = 5
"""Of an English statement; shorter ones are fragments more often than not."""
MAX_LENGTH = {Language.ENGLISH: 420, Language.JAPANESE: 220}
MIN_LETTERS = 0.7
"""Share of letters and spaces below which a sentence is a formula or a row of a table."""

_LEANING = re.compile(
    r"(?:this|these|those|it|they|he|she|its|their|such|that|here|there|thus|hence|therefore|so|also|then|but|and|or|"
    r"in this case|in such|as a result|for example|for instance|e\.g|i\.e|likewise|similarly|otherwise|"
    r"first(?:ly)?,|one is|for completeness|"
    r"however|moreover|furthermore|nevertheless|rather|instead|indeed|in fact|in addition|additionally|consequently|"
    r"accordingly|in contrast|on the other hand|finally|second|third|the (?:former|latter|above|following|"
    r"figure|table)|which|see|fig|figure|table)\b",
    re.IGNORECASE,
)
_JAPANESE_LEANING = re.compile(
    r"(?:これ|それ|第[一二三四]に|一つ目|この(?!論文|研究)|その|ここで|また|なお|例えば|たとえば|さらに|そして)"
)
_REFERENCE = re.compile(r"\bvol\. ?\d|\bpp\. ?\d|\bno\. ?\d+, ")
_ANNOUNCING = re.compile(
    r"\b(?:several|some|two|three|four|five|a few|the following|certain) (?:\w+ )?"
    r"(?:limitations|drawbacks|caveats|weaknesses|advantages|contributions|reasons)\b|[二三四五]つの",
    re.IGNORECASE,
)
"""Says how many there are; what they are comes next."""
_JAPANESE = re.compile(r"[ぁ-んァ-ヶ一-龥]")


@dataclass(frozen=True, slots=True)
class Statement:
    """One readable sentence: `passage.text[start:end]` with its line breaks as spaces."""

    passage: Passage
    start: int
    end: int
    text: str


def statements_of(passages: Sequence[Passage], language: Language) -> tuple[Statement, ...]:
    """Return the readable sentences of a paper's prose, in reading order."""
    return tuple(statement for passage in passages for statement in _in_passage(passage, language))


def with_next(statement: Statement, statements: Sequence[Statement]) -> str:
    """Return the statement's text, with the one after it where that goes on with the same thought."""
    at = statements.index(statement)
    following = statements[at + 1] if at + 1 < len(statements) else None
    if following is None or following.passage != statement.passage:
        return statement.text
    if not leans_on_context(following.text) and not _ANNOUNCING.search(statement.text):
        return statement.text
    return f"{statement.text} {following.text}"


def leans_on_context(text: str) -> bool:
    """Say whether a sentence opens with a word that points at the sentence before it."""
    return _LEANING.match(text) is not None or _JAPANESE_LEANING.match(text) is not None


def _in_passage(passage: Passage, language: Language) -> Iterator[Statement]:
    if passage.kind in (PassageKind.TABLE, PassageKind.CAPTION):
        return
    for start, end in sentence_spans(passage.text):
        text = " ".join(passage.text[start:end].split())
        if _is_readable(text, language):
            yield Statement(passage=passage, start=start, end=end, text=text)


def _is_readable(text: str, language: Language) -> bool:
    if not MIN_LENGTH[language] <= len(text) <= MAX_LENGTH[language] or is_broken(text) or _REFERENCE.search(text):
        return False
    letters = sum(character.isalpha() or character.isspace() for character in text)
    if letters < MIN_LETTERS * len(text):
        return False
    if language is Language.JAPANESE:
        return text.endswith(("。", "．", ".")) and _JAPANESE.search(text) is not None
    return (
        len(text.split()) >= MIN_WORDS
        and text[0].isupper()
        and text.rstrip("”\"')]0123456789,[–- ").endswith((".", "!"))
    )
