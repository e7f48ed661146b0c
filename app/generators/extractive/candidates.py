"""Evidence to the sentences that may be quoted: whole, readable, and not about a table that is not there.

Of a table, the statements of its cells may be; which of them a question asks for is decided in `cells`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.generators.protocol import Evidence
from indexes.records import PassageKind
from indexes.sentences import sentence_spans
from indexes.statements import Statement, statements_in

MIN_WORDS = 4
MAX_WORDS = 80
MAX_SEMICOLONS = 3
MIN_JAPANESE_CHARACTERS = 10
MAX_JAPANESE_CHARACTERS = 320

_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
_CITATIONS = re.compile(r"\s*\[\s*\d+(?:\s*[,;–-]\s*\d+)*\s*\]")
_CITATION_AFTER_STOP = re.compile(r"(?<=[a-z)]\.)\s?\d{1,3}(?:\s?[,–-]\s?\d{1,3})*$")
_LABEL = re.compile(
    r"^(?:(?:abstract|text|summary|background|objectives?|(?:patients and )?methods?|methodology|results?|conclusions?|"
    r"introduction|discussion|(?:principal )?findings|interpretation|purpose|aims?|importance|rationale|study design|"
    r"significance|概要|要旨|あらまし|抄録|目的|方法|結果|結論)"
    r"\s?(?:[:.：．—–-]|\s-)\s*)+(?=[A-Z0-9\u3040-\u9fff])",
    re.IGNORECASE,
)
_GLUED_HEADING = re.compile(r"^(?:\d+(?:\.\d+)*\.? )?(?:Introduction|INTRODUCTION|Abstract|ABSTRACT) (?=[A-Z])")
_POINTER = re.compile(
    r"^(?:(?:as )?(?:shown|seen|listed|reported|illustrated|summari[sz]ed|depicted|presented|given) in )?"
    r"(?:(?:supplementary|supporting|the (?:following|above|left|right)) )?(?:tables?|figures?|figs?\.?|algorithm|"
    r"appendix)\s*"
    r"(?:[A-Z]?\d+[a-z]?|[IVX]+|below|above)?\b(?!.{140})|^(?:表|図)\s*[0-9０-９]+(?:に|は|で)(?!.{70})",
    re.IGNORECASE,
)
_REFERENCE = re.compile(
    r"\bet al\.,? \(?\d{4}\)?\.? [A-Z]|\b(?:arXiv preprint|In Proceedings|Proc\. |pp\. ?\d|doi:|https?://doi)|"
    r"\b\d+\(\d+\):\s?\d+|\bvol\. ?\d+, ?no\. ?\d|"
    r"(?:[A-Z]\. ?){1,3}(?:and|&|,) (?:[A-Z]\. ?){0,3}[A-Z][a-z]+.{0,80}\b(?:19|20)\d\d[.)]"
)
_BOILERPLATE = re.compile(
    r"open access article|creative commons|all rights reserved|copyright|©|authors? declares?|competing interests?|"
    r"conflicts? of interest|correspond(?:ing author|ence to)|permission to make digital|e-?mail:|[\w.]+@[\w.]+\.\w+|"
    r"authors? contribut\w+|received: |accepted: |preprint (?:server|posted)|et al\.?$|"
    r"we (?:would like to )?thank|funded by|"
    r"supplementary (?:material|data) (?:is|are|for)|利益相反|謝辞|著作権",
    re.IGNORECASE,
)
_DANGLING = re.compile(
    r"^(?:(?:however|moreover|furthermore|therefore|thus|hence|in addition|additionally|also|but|and|so|indeed|"
    r"instead|then|"
    r"similarly|consequently|nevertheless|for this reason|in contrast|on the other hand|in particular|"
    r"specifically),?\s+)?"
    r"(?:(?:this|these|those|that)(?!\s+(?:paper|work|study|article|survey|review|report|thesis|section|manuscript))\b|"
    r"(?:it|they|he|she|its|their|such|both|the (?:former|latter|same|above|following|two|"
    r"three))\b(?! is (?:known|well|important))|"
    r"(?:in|for|from|by|with|to|under|on) (?:this|these|such|that|those)(?! (?:paper|work|study|article|survey|"
    r"review|section))\b)",
    re.IGNORECASE,
)
_CONNECTED = re.compile(
    r"^(?:however|moreover|furthermore|therefore|thus|hence|instead|similarly|consequently|nevertheless|otherwise|"
    r"in contrast|for example|for instance|accordingly|in other words)\b",
    re.IGNORECASE,
)
_DANGLING_JAPANESE = re.compile(
    r"^(?:しかし|また|さらに|そのため|したがって|一方|なお|ただし|つまり|すなわち)?[、,]?(?:これ|それ|この(?!論文|"
    r"研究)|その|こう|そう|ここで|第[一二三四]に|同手法|同様|前者|後者|両者)"
)
_LISTED = re.compile(
    r"(?:^|\s)(?:発行日|最終更新日|更新日|著者|カテゴリ|URL|Published|Updated|Authors?|Categor(?:y|ies)|Date)\s?[:：]\s*\S|"
    r"^(?:Q|A|問|答)\s?[:：]",
    re.IGNORECASE,
)
"""A line of a list of papers or of questions, run together with what stands around it."""

_ENDS_WELL = re.compile(r"[.!?。！？．][\"'”’)\]」』）\d,–-]*$")


@dataclass(frozen=True, slots=True)
class Candidate:
    """A sentence that may be quoted.

    `text` reads well alone: one line, without citation brackets and labels. `source` is what stands in the passage.
    `position` counts the passage's sentences from 0, quotable or not. `before` is the quotable sentence directly
    before it, None where there is none.
    """

    text: str
    source: str
    evidence_number: int
    position: int
    passage_score: float
    section: str
    title: str
    kind: PassageKind
    before: str | None
    is_dangling: bool


def candidates_of(evidence: Sequence[Evidence]) -> tuple[Candidate, ...]:
    """Return the quotable sentences of the evidence, best passage first, in reading order within it, none twice."""
    found: list[Candidate] = []
    seen: set[str] = set()
    for piece in evidence:
        for candidate in _sentences(piece):
            if candidate.text not in seen:
                seen.add(candidate.text)
                found.append(candidate)
    return tuple(found)


def _sentences(piece: Evidence) -> list[Candidate]:
    if piece.passage.kind is PassageKind.TABLE:
        return [_stated(piece, position, stated) for position, stated in enumerate(statements_in(piece.passage.text))]
    found = []
    before = None
    text = piece.passage.text
    for position, (start, end) in enumerate(sentence_spans(text)):
        source = text[start:end]
        sentence = readable(source)
        if not is_quotable(sentence):
            before = None
            continue
        found.append(
            Candidate(
                text=sentence,
                source=source,
                evidence_number=piece.number,
                position=position,
                passage_score=piece.score,
                section=piece.passage.section,
                title=piece.title,
                kind=piece.passage.kind,
                before=before,
                is_dangling=is_dangling(sentence),
            )
        )
        before = sentence
    return found


def _stated(piece: Evidence, position: int, stated: Statement) -> Candidate:
    """Return a cell's statement as a candidate: it is a sentence by its form."""
    source = piece.passage.text[stated.start : stated.end]
    return Candidate(
        text=source,
        source=source,
        evidence_number=piece.number,
        position=position,
        passage_score=piece.score,
        section=piece.passage.section,
        title=piece.title,
        kind=PassageKind.TABLE,
        before=None,
        is_dangling=False,
    )


def readable(sentence: str) -> str:
    """Return the sentence on one line, without citation numbers and without a label such as "RESULTS:"."""
    sentence = " ".join(sentence.split())
    sentence = _CITATION_AFTER_STOP.sub("", _CITATIONS.sub("", sentence))
    sentence = re.sub(r"\s+([.,;:)])(?=\s|$)", r"\1", sentence)
    return _LABEL.sub("", _GLUED_HEADING.sub("", sentence)).strip()


def is_quotable(sentence: str) -> bool:
    """Say whether a sentence reads as one: not a heading, fragment, reference, pointer to a table or boilerplate."""
    if not _has_sentence_length(sentence) or not _ENDS_WELL.search(sentence):
        return False
    if sentence[0].islower() and not re.match(r"[a-zα-ω]{1,4}-?[A-Z0-9]", sentence):
        return False
    if sum(character.isalpha() or character.isspace() for character in sentence) < 0.72 * len(sentence):
        return False
    if sentence.count(";") + sentence.count("；") > MAX_SEMICOLONS:
        return False
    words = sentence.split()
    if sum(len(word) == 1 and word.isalpha() for word in words) > max(3, len(words) // 4):
        return False
    return not (
        _POINTER.search(sentence)
        or _REFERENCE.search(sentence)
        or _BOILERPLATE.search(sentence)
        or _LISTED.search(sentence)
    )


def is_dangling(sentence: str) -> bool:
    """Say whether the sentence opens with a word that points at the one before it."""
    return any(pattern.search(sentence) for pattern in (_DANGLING, _CONNECTED, _DANGLING_JAPANESE))


def _has_sentence_length(sentence: str) -> bool:
    if len(_CJK.findall(sentence)) > 0.2 * len(sentence):
        return MIN_JAPANESE_CHARACTERS <= len(sentence) <= MAX_JAPANESE_CHARACTERS
    return MIN_WORDS <= len(sentence.split()) <= MAX_WORDS
