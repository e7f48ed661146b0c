"""What kind of answer a question wants, and whether a sentence has something of that kind."""

from __future__ import annotations

import re
from enum import StrEnum


class Wanted(StrEnum):
    """The kind of answer a question asks for; most questions ask for none of these."""

    DURATION = "duration"
    NUMBER = "number"
    DATE = "date"
    NAME = "name"
    REASON = "reason"
    DEFINITION = "definition"
    METHOD = "method"
    LIMITS = "limits"
    AIM = "aim"
    ANY = "any"


_QUESTIONS = (
    (Wanted.LIMITS, r"\b(?:limitations?|drawbacks?|shortcomings?|weakness(?:es)?|caveats?)\b|限界|制約|弱点|短所|欠点"),
    (
        Wanted.AIM,
        r"\bwhat (?:is|was|are|were) (?:the )?(?:main |overall |primary )?(?:aims?|purposes?|goals?|objectives?)\b|"
        r"(?:論文|研究|本稿)の(?:主な)?(?:目的|狙い|ねらい)",
    ),
    (
        Wanted.DATE,
        r"^(?:\w+ ){0,3}when\b|\bwhat (?:year|date|month)\b|\bwhich year\b|いつ|何年|何月|何日|年は",
    ),
    (
        Wanted.DURATION,
        r"\bhow long (?:does|do|did|will|must|can)\b|"
        r"\bhow (?:much|many) (?:time|seconds?|minutes?|hours?|days?|weeks?|months?|years?)\b|"
        r"\bwhat (?:\w+ ){0,2}(?:duration|latency|running time)\b|"
        r"どの(?:くらい|程度)の時間|何(?:秒|分|時間|日間|週間?|か月|年間)",
    ),
    (
        Wanted.NUMBER,
        r"\bhow (?:many|much|large|big|long|often|far|old|high|fast|accurate|well)\b|"
        r"\bwhat (?:\w+ ){0,3}(?:percent|percentage|"
        r"proportion|fraction|number|rate|size|score|accuracy|ratio|amount|length|duration|f1|bleu|range|cost|value)\b|"
        r"\bby how\b|いくつ|いくら|何[件人個種倍回割本枚%％]|どのくらい|どれくらい|どれだけ|何パーセント|割合|"
        r"件数|規模|精度|数は",
    ),
    (Wanted.REASON, r"\bwhy\b|\bwhat (?:causes?|caused|is the reason|are the reasons|explains)\b|"
     r"\breasons? (?:for|why)\b|なぜ|理由|原因|どうして"),
    (Wanted.METHOD, r"\bhow (?:do|does|did|is|are|was|were|can|to)\b|どのように|どうやって|どんな方法|方法は|仕組み"),
    (Wanted.NAME, r"^(?:\w+ ){0,2}(?:who|whom|whose)\b|\bwhich (?:\w+ ){0,2}(?:datasets?|models?|baselines?|"
     r"methods?|languages?|countr\w+|"
     r"cit\w+|tools?|corpora|metrics?)\b|\bwhat (?:\w+ ){0,2}(?:datasets?|baselines?|models?|corpora|languages?|"
     r"tools?)\b|"
     r"誰|どの(?:データセット|モデル|手法|言語|国)|どんな(?:データセット|モデル|ベースライン)|ベースラインは"),
    (Wanted.DEFINITION, r"^what (?:is|are|was|were|does)\b (?:an? |the )?(?:[\w-]+ ?){1,4}(?:mean|stand for)?\??$|"
     r"\bdefin(?:e|ition)\b|"
     r"\bwhat do (?:you|they) mean by\b|とは(?:何|なに|どういう|どんな)?|定義"),
)  # fmt: skip
_QUESTION_PATTERNS = tuple((wanted, re.compile(pattern, re.IGNORECASE)) for wanted, pattern in _QUESTIONS)

_NUMBER = re.compile(r"\d+(?:[.,]\d+)*")
_SPELLED_NUMBER = (
    r"two|three|four|five|six|seven|eight|nine|ten|eleven|twelve|dozen|hundred|thousand|million|billion|half|twice|"
    r"[二三四五六七八九十][つ種人個回]|万|億"
)
_ANSWERS = {
    Wanted.DURATION: re.compile(
        rf"(?:\d|\b(?:{_SPELLED_NUMBER}|several|few)\b)[ -]?(?:[mμn]?s|(?:milli|micro|nano)?seconds?|secs?|"
        r"min(?:ute)?s?|h(?:ours?|rs?)?|days?|weeks?|months?|years?)\b|"
        r"[\d０-９一二三四五六七八九十百] ?(?:ミリ秒|秒|分|時間|日|週|か月|ヶ月|年)",
    ),
    Wanted.LIMITS: re.compile(
        r"\b(?:limitations?|limited to|drawbacks?|shortcomings?|weakness(?:es)?|caveats?|future work|"
        r"beyond the scope)\b|限界|今後の課題|できない|対応していない",
        re.IGNORECASE,
    ),
    Wanted.AIM: re.compile(
        r"\b(?:aims?|aimed|purpose|goal|objective)\b|\b(?:we|this (?:paper|study|work|article)) (?:\w+ )?"
        r"(?:present|propos|introduc|investigat|describ|develop|examin|address)\w*|目的|目指|(?:本研究|本論文|本稿)(?:では|は)",
        re.IGNORECASE,
    ),
    Wanted.NUMBER: re.compile(
        rf"(?<![A-Za-z-])\d(?![\d]*\])|[０-９]|\b(?:{_SPELLED_NUMBER})\b|[二三四五六七八九十][つ種人個回]",
        re.IGNORECASE,
    ),
    Wanted.DATE: re.compile(
        r"\b(?:1[5-9]|20)\d\d\b|\b(?:January|February|March|April|May|June|July|August|September|October|November|"
        r"December)\b|\d+月|昨年|今年|世紀|\b\d+(?:st|nd|rd|th) century\b|\b(?:weeks?|days?|months?|"
        r"years?) (?:after|before|later)\b"
    ),
    Wanted.NAME: re.compile(r"(?<!^)(?<![.!?] )\b[A-Z][A-Za-z0-9-]+|[ァ-ヴー]{3,}"),
    Wanted.REASON: re.compile(
        r"\b(?:because|due to|since|caused? by|causes?|owing to|as a result|result(?:s|ed)? (?:in|from)|therefore|thus|"
        r"attribut\w+|reasons?|so that|in order to|leads? to|led to|explain\w*|thereby|hence)\b|ため|ので|から|"
        r"原因|理由|により",
        re.IGNORECASE,
    ),
    Wanted.DEFINITION: re.compile(
        r"\b(?:is|are|was) (?:an?|the|defined|called|known|one of)\b|\brefers? to\b|\bdefined as\b|\bmeans\b|"
        r"\bstands? for\b|"
        r"\bdenotes?\b|\bconsists? of\b|とは|と呼(?:ぶ|ばれ)|と定義|である。|を指す",
        re.IGNORECASE,
    ),
    Wanted.METHOD: re.compile(
        r"\b(?:by|using|used|via|through|we (?:use|train|apply|compute|measure|collect|propose|first|then)|based on|"
        r"according to|with)\b|により|を用い|によって|して",
        re.IGNORECASE,
    ),
}


_SECTIONS = {
    Wanted.LIMITS: re.compile(r"\blimitations?\b|\bthreats to|\bcaveats?\b|限界|今後の課題|制約", re.IGNORECASE),
}
"""Sections of which every sentence is of the kind."""


def wanted_by(question: str) -> Wanted:
    """Return the kind of answer that the question's wording asks for."""
    for wanted, pattern in _QUESTION_PATTERNS:
        if pattern.search(question.strip()):
            return wanted
    return Wanted.ANY


def numbers_of(question: str) -> frozenset[str]:
    """Return the numbers that the question names, which cannot be what it asks for."""
    return frozenset(_NUMBER.findall(question))


def offers(sentence: str, wanted: Wanted, *, section: str = "", besides: frozenset[str] = frozenset()) -> bool:
    """Say whether the sentence has something of the wanted kind, other numbers than `besides`; all offer ANY."""
    if wanted in _SECTIONS and _SECTIONS[wanted].search(section):
        return True
    if besides:
        sentence = _NUMBER.sub(lambda found: "" if found.group() in besides else found.group(), sentence)
    pattern = _ANSWERS.get(wanted)
    return pattern is None or pattern.search(sentence) is not None
