"""Questions born from one place of a paper: a definition, a comparison, a reason, a number, a heading, a table."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence

from app.sheets.candidates import Candidate, bounded_query
from app.sheets.cues import Cues, DetailPattern, read_cues
from app.sheets.legibility import has_raw_latex, is_broken
from app.sheets.overlap import content_words, new_words
from app.sheets.records import Facet
from app.sheets.statements import Statement, leans_on_context
from app.sheets.wording import Wordings
from indexes.records import Paper, Passage, PassageKind

KIND_WEIGHT = {
    "reason": 4.0,
    "comparison": 3.5,
    "count": 3.0,
    "quantity": 3.0,
    "definition": 3.0,
    "purpose": 3.0,
    "caption": 2.5,
    "heading": 1.5,
}
"""How much a reader gains from each kind, judged on sheets of papers in `data/pdfs`."""
LEANING_PENALTY = 2.0
MIN_SECTION_STATEMENTS = 3
"""A heading with fewer readable sentences below it is a label of a figure, or says too little."""
MAX_MENTIONS = 10
MIN_MENTIONS = 3

_NUMBER_OF_SECTION = re.compile(r"^(?:(?:\d+|[IVXA-Z])(?:\.\d+)*[.)]?|§\s*\d+)\s+")
_GENERIC_TERM = re.compile(
    r"^(?:(?:the|an?|this|these|our|we|it|they|he|she|there|here|one|each|all|both|some|such|another|other|which|what|that|"
    r"who|as|in|on|at|of|for|with|by|to|from|and|or|but|if|so|not|only|also|most|many|first|second|third|main|following)\b.*"
    r"|.*\b(?:and|or|of|in|is|are|the|a|to|that|which|with|this|it|by|for|on|who|as|we|not|if|has|have|can)"
    r"|(?:problem|result|approach|method|paper|work|reason|goal|aim|example|figure|table|section|system|case|idea|question|"
    r"answer|difference|advantage|author|model|value|data|purpose|objective|study|algorithm|solution|process|authors)s?)$",
    re.IGNORECASE,
)
_MEASURED = re.compile(
    r"\b(?:results?|performance|times?|latenc\w+|throughput|rates?|accurac\w+|errors?|scores?|numbers?|counts?|costs?|sizes?|"
    r"comparison|effects?|distribution|frequenc\w+|levels?|values?|measure\w+|yields?|concentration|composition|activit\w+|"
    r"characteristics|statistics|speed\w*|recall|precision|usage|missed|estimates?|by|per|of each)\b|"
    r"結果|性能|時間|精度|割合|数|比較|分布|頻度|値|効果",
    re.IGNORECASE,
)
"""What a caption of measurements names; a drawing's caption does not."""
_ARTICLES = frozenset(("The", "A", "An", "the", "a", "an"))
_POINTING = re.compile(
    r"(?:it|this|that|these|those|them|they|such|the (?:following|above|latter|former|same)|more|our)\b", re.IGNORECASE
)
_IRREGULAR = {"analyse": "analyze", "analysed": "analyze", "chose": "choose"}
_REGULAR = frozenset({"use", "collect", "analyze", "recruit", "train", "evaluate", "adopt", "avoid", "select", "test"})


def detail_candidates(
    paper: Paper, passages: Sequence[Passage], statements: Sequence[Statement], *, wordings: Wordings
) -> tuple[Candidate, ...]:
    """Return the detail questions of a paper, best first; equal ones in reading order."""
    cues = read_cues(paper.language)
    text = " ".join(statement.text for statement in statements)
    found = [
        *_from_statements(cues, statements, wordings=wordings, text=text),
        *_from_headings(cues, statements, wordings=wordings, text=text),
        *_from_captions(cues, passages, statements, wordings=wordings, text=text),
    ]
    found.sort(key=lambda candidate: (-candidate.score, candidate.ordinal, candidate.questions))
    return tuple(_without_equals(found))


def _without_equals(candidates: Sequence[Candidate]) -> Iterator[Candidate]:
    asked: set[str] = set()
    for candidate in candidates:
        if candidate.questions[0].lower() not in asked:
            asked.add(candidate.questions[0].lower())
            yield candidate


def _from_statements(
    cues: Cues, statements: Sequence[Statement], *, wordings: Wordings, text: str
) -> Iterator[Candidate]:
    for statement in statements:
        for pattern in cues.patterns:
            found = pattern.regex.search(statement.text)
            if found is not None:
                candidate = _born_from(pattern, found, statement, wordings=wordings, text=text)
                if candidate is not None:
                    yield candidate


def _born_from(
    pattern: DetailPattern, found: re.Match[str], statement: Statement, *, wordings: Wordings, text: str
) -> Candidate | None:
    groups = {name: value.strip(" -") for name, value in found.groupdict().items() if value}
    slots = {name: _slot(name, value, text) for name, value in groups.items() if name != "number"}
    if not all(_is_fit(name, value, text) for name, value in slots.items()):
        return None
    questions = wordings.of_detail(pattern.kind, slots)
    if not questions:
        return None
    mentions = max((_mentions(value, text) for name, value in slots.items() if name in ("term", "other")), default=2)
    leaning = LEANING_PENALTY if leans_on_context(statement.text) else 0.0
    return Candidate(
        facet=Facet.DETAIL,
        kind=pattern.kind,
        questions=questions,
        query=bounded_query(statement.text),
        keep=tuple(groups[name] for name in pattern.keep),
        ordinal=statement.passage.ordinal,
        score=KIND_WEIGHT[pattern.kind] + min(mentions, MAX_MENTIONS) / 5 - leaning,
    )


def _from_headings(
    cues: Cues, statements: Sequence[Statement], *, wordings: Wordings, text: str
) -> Iterator[Candidate]:
    lengths = Counter(statement.passage.section for statement in statements)
    for section in lengths:
        topic = _topic(section.split(" > ")[-1], text)
        statement = _first_about(topic, section, statements) if topic is not None else None
        if (
            topic is None
            or statement is None
            or cues.generic_heading.match(topic)
            or lengths[section] < MIN_SECTION_STATEMENTS
        ):
            continue
        yield Candidate(
            facet=Facet.DETAIL,
            kind="heading",
            questions=wordings.of_detail("heading", {"topic": topic}),
            query=bounded_query(topic, statement.text),
            keep=(),
            section=section,
            ordinal=statement.passage.ordinal,
            score=KIND_WEIGHT["heading"] + min(lengths[section], MAX_MENTIONS) / 10 - (len(topic.split()) == 1),
        )


def _first_about(topic: str, section: str, statements: Sequence[Statement]) -> Statement | None:
    """Return the first statement of the section that has a word of the topic and stands on its own."""
    words = set(content_words(topic))
    return next(
        (
            one
            for one in statements
            if one.passage.section == section
            and not leans_on_context(one.text)
            and len(new_words(topic, beyond=one.text)) < len(words)
        ),
        None,
    )


def _from_captions(
    cues: Cues, passages: Sequence[Passage], statements: Sequence[Statement], *, wordings: Wordings, text: str
) -> Iterator[Candidate]:
    for passage in passages:
        label = cues.caption_label.match(passage.text) if passage.kind is PassageKind.CAPTION else None
        if label is None:
            continue
        topic = _topic(re.split(r"[.。:;(]", " ".join(passage.text[label.end() :].split()))[0], text)
        mention = re.compile(cues.caption_mention.format(number=label["number"]), re.IGNORECASE)
        told = next((one for one in statements if mention.search(one.text) and _says_more(one.text, mention)), None)
        if topic is None or told is None or not _MEASURED.search(topic):
            continue
        yield Candidate(
            facet=Facet.DETAIL,
            kind="caption",
            questions=wordings.of_detail("caption", {"topic": topic}),
            query=bounded_query(topic, told.text),
            keep=(found.group(),) if (found := mention.search(told.text)) else (),
            ordinal=passage.ordinal,
            score=KIND_WEIGHT["caption"],
        )


def _says_more(text: str, mention: re.Pattern[str]) -> bool:
    rest = mention.sub(" ", text)
    return re.search(r"\d", rest) is not None or re.search(r"\bthan\b|\bincreas|\bdecreas|より", rest) is not None


def _topic(heading: str, text: str) -> str | None:
    """Return a heading or caption as it would stand inside a sentence, or None where it would not."""
    topic = _NUMBER_OF_SECTION.sub("", heading.strip()).strip(" .:*")
    words = topic.split()
    if not 1 <= len(words) <= 8 or not 4 <= len(topic) <= 70 or is_broken(topic) or has_raw_latex(topic):
        return None
    if sum(character.isalpha() or character in " -'’" for character in topic) < 0.9 * len(topic):
        return None
    if len(words[-1]) == 1 or words[-1] in _ARTICLES:
        return None
    shown = [_in_a_sentence(word, text, is_shouting=topic.isupper()) for word in words]
    return " ".join([shown[0].lower() if shown[0] in _ARTICLES else shown[0], *shown[1:]])


def _slot(name: str, value: str, text: str) -> str:
    if name == "verb":
        return _base_form(value.lower())
    words = value.split()
    return " ".join([_lowered(words[0], text), *words[1:]])


def _base_form(verb: str) -> str:
    if verb in _IRREGULAR:
        return _IRREGULAR[verb]
    return next((verb.removesuffix(ending) for ending in ("ed", "d") if verb.removesuffix(ending) in _REGULAR), verb)


def _in_a_sentence(word: str, text: str, *, is_shouting: bool) -> str:
    """Return a word of a heading as it stands inside a sentence: names and abbreviations keep their capitals."""
    if not is_shouting and (word[1:] != word[1:].lower() or len(word) == 1):
        return word
    proper = word.capitalize() if is_shouting else word
    is_name = re.search(rf"(?<=[a-z,] ){re.escape(proper)}(?!\w)", text) is not None
    if is_name or (is_shouting and re.search(rf"(?<!\w){re.escape(word)}(?!\w)", text)):
        return proper if is_name else word
    return word.lower()


def _lowered(word: str, text: str) -> str:
    """Return a capitalised word in lower case where the paper writes it so inside sentences."""
    lowered = word.lower()
    if word[1:] != lowered[1:] and not word.isupper():
        return word
    return lowered if re.search(rf"(?<![\w.]){re.escape(lowered)}(?!\w)", text) else word


def _mentions(term: str, text: str) -> int:
    return len(re.findall(rf"(?<!\w){re.escape(term)}", text, re.IGNORECASE))


def _is_fit(name: str, value: str, text: str) -> bool:
    if len(value) < 2 or is_broken(value) or has_raw_latex(value):
        return False
    if name in ("term", "other"):
        if _GENERIC_TERM.match(value) or not any(character.isalpha() for character in value):
            return False
        is_special = " " in value or "-" in value or value != value.lower() or not value.isascii()
        return _mentions(value, text) >= MIN_MENTIONS and (is_special or len(value) >= 6)
    if name == "attribute" and value.isascii() and " " not in value:
        return False
    if name == "thing":
        return not _POINTING.match(value)
    return not (name == "attribute" and _GENERIC_TERM.match(value))
