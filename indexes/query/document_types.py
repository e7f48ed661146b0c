"""Kinds of text that readers ask for or rule out: surveys, theses, case reports. By what a paper calls itself."""

from __future__ import annotations

import re
from dataclasses import dataclass

ASIDE_VALUE = 0.6
"""What a passage that calls itself such a text counts for, where the title says nothing; the title counts 1."""


@dataclass(frozen=True, slots=True)
class DocumentType:
    """A kind of text: how readers name it, and what its titles and its own words about itself hold."""

    name: str
    asked: str
    titles: str
    own_words: str


_WE = r"(?:we|this (?:paper|article|work|chapter|study|report)|here,? we|本稿では|本論文では|本研究では)"

DOCUMENT_TYPES = (
    DocumentType(
        "survey",
        r"surveys?(?: (?:papers?|articles?))?|(?:literature |systematic |scoping )?reviews?(?: (?:papers?|articles?))?|"
        r"overviews?(?: papers?)?|サーベイ(?:論文)?|レビュー(?:論文)?|総説(?:論文)?|解説(?:論文)?|概説",
        r"\bsurvey (?:of|on)\b|: an? (?:\w+ ){0,3}survey\b|\ba (?:\w+ ){0,3}survey\b|\breviews?\b|\boverview\b|"
        r"state of the art|サーベイ|レビュー|総説|概観|解説",
        rf"this (?:survey|review|overview)|{_WE} (?:survey|review|summari[sz]e)s? (?:the |recent |existing |current |"
        rf"\d+ )|"
        r"we (?:systematically )?review(?:ed)? |概観する|総説する|サーベイする|レビューする|概説する|整理し",
    ),
    DocumentType(
        "tutorial",
        r"tutorials?(?: papers?)?|introductory texts?|チュートリアル|入門(?:記事|論文)?",
        r"\btutorial\b|\bprimer\b|a gentle introduction|入門|チュートリアル",
        r"this (?:tutorial|primer)|本チュートリアル|入門的に",
    ),
    DocumentType(
        "thesis",
        r"(?:phd |doctoral |master'?s )?(?:theses|thesis|dissertations?)|(?:博士|修士|学位)論文",
        r"\bthesis\b|\bdissertation\b|博士論文|修士論文",
        r"this (?:thesis|dissertation)|本学位論文|本博士論文|本修士論文",
    ),
    DocumentType(
        "position paper",
        r"(?:position|opinion|perspective|viewpoint) (?:papers?|pieces?|articles?)|opinions?|editorials?|"
        r"commentar(?:y|ies)|"
        r"意見論文|論説|ポジションペーパー|提言",
        r"\bposition\b|\bopinion\b|\bviewpoint\b|\bperspectives?\b|\bcommentary\b|提言|論説|考え直す",
        rf"this (?:position paper|essay|commentary|viewpoint)|{_WE} argues?\b|論じる|提言する|主張する",
    ),
    DocumentType(
        "case report",
        r"case (?:reports?|studies|study|series)|症例報告|事例報告|事例研究",
        r"\bcase (?:report|study|series)\b|症例|事例",
        r"(?:we|this (?:paper|report)) (?:report|describe)s? (?:a|the|one|two|three) (?:\w+ )?cases?\b|"
        r"症例を報告|事例を報告",
    ),
    DocumentType(
        "benchmark",
        r"(?:benchmark|dataset|data set|resource) papers?|データセット論文|ベンチマーク論文",
        r"\bbenchmark\b|\bdata ?set\b|\bcorpus\b|データセット|コーパス|ベンチマーク",
        rf"{_WE} (?:introduces?|presents?|releases?|publish(?:es)?) (?:a|an|the) (?:\w+[- ]){{0,4}}(?:benchmark|"
        rf"data ?set|corpus)|"
        r"(?:データセット|コーパス|ベンチマーク)を(?:公開|構築)",
    ),
)

_ASKED = tuple((kind.name, re.compile(kind.asked, re.IGNORECASE)) for kind in DOCUMENT_TYPES)
_HELD = {
    kind.name: (re.compile(kind.titles, re.IGNORECASE), re.compile(kind.own_words, re.IGNORECASE))
    for kind in DOCUMENT_TYPES
}

PLURAL_TYPES = (
    r"surveys|survey (?:papers|articles)|(?:literature |systematic |scoping )?reviews|review (?:papers|articles)|"
    r"overviews|tutorials|"
    r"theses|dissertations|(?:position|opinion|perspective) (?:papers|pieces)|editorials|case (?:reports|studies)"
)
"""A pattern of what is unmistakably a kind of text, and not a subject, when it is ruled out inside a question."""

TYPES_JA = (
    r"サーベイ(?:論文)?|レビュー論文|総説(?:論文)?|解説(?:論文)?|チュートリアル|"
    r"(?:博士|修士|学位)論文|症例報告|事例報告"
)


def document_type(words: str) -> str | None:
    """Return the name of the kind of text that a reader's words mean, or None."""
    return next((name for name, pattern in _ASKED if pattern.fullmatch(words.strip())), None)


def is_of_type(name: str, *, title: str, text: str) -> float:
    """Return how sure it is, 0 to 1, that a paper is of this kind, by its title and one of its passages."""
    by_title, by_text = _HELD[name]
    if by_title.search(title):
        return 1.0
    return ASIDE_VALUE if by_text.search(text) else 0.0
