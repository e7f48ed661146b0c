"""Words that are known to be an instruction to what they ask: each clause wanted or unwanted, and what it is about.

English tells what is unwanted before it ("not …", "excluding …"), sometimes after it ("… are not relevant"); Japanese
after it (「…を除く」「…以外」). What neither says is wanted.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass

from indexes.query.document_types import document_type

_DOCUMENTS = (
    r"(?:papers?|documents?|articles?|works?|stud(?:y|ies)|publications?|passages?|results?|those|ones|anything|"
    r"everything|research)"
)
_AUXILIARY = r"(?:is|are|was|were|does|do|did|should|must|may|can|need)"
_NEGATION = (
    rf"(?:(?:please|{_DOCUMENTS}|that|which|who|they|it|to|i am|i['’]m|i|we)\s+)*"
    rf"(?:{_AUXILIARY}\s+not|(?:is|are|was|were|does|do|did|should|must)n['’]t|cannot|can['’]t|"
    r"not(?! only)|no|never|nor|exclud(?:e|es|ing)|except(?:ing)?(?: for)?|without|ignor(?:e|ing)|omit(?:ting)?|"
    r"skip(?:ping)?|"
    r"leav(?:e|ing) out|avoid(?:ing)?|drop(?:ping)?|disregard(?:ing)?|rather than|instead of|other than|apart from|"
    r"(?:anything|everything|all) but|nothing|none of|i am not|i['’]m not)\b"
)
_KEPT_WHOLE = (
    r"(?!not (?:before|after|later|earlier|older|newer|only|necessarily|least)|no (?:later|earlier|older|newer|more|"
    r"less))"
)
_SPLIT = re.compile(
    rf"[,\s]+(?:(?:and|but|or|though|although)\s+)?(?={_KEPT_WHOLE}(?:(?:that|which|who)\s+)?(?:{_NEGATION}))|"
    rf",\s*(?:and |but )?(?=(?:since|after|before|between|by [A-Z]|from|published|only|just|in (?:the|[A-Z]|cs\.)|"
    rf"focus|prefer|must|should|with|using|on|about)\b)|"
    r"\s+(?:and|but)\s+(?=(?:since|after|before|between|by [A-Z]|published|only|focus|prefer|must)\b)|"
    r"\s+(?=only (?:since|after|before|by|from|in|if|papers|those)\b)",
    re.IGNORECASE,
)
_LEADING = re.compile(rf"\s*(?:(?:and|but|or)\s+)?{_KEPT_WHOLE}{_NEGATION}", re.IGNORECASE)
_TRAILING = re.compile(
    r"^(?P<what>.+?)\s+(?:(?:is|are|count as|(?:should|must) be) (?:not (?:relevant|wanted|of interest|acceptable|"
    r"needed|included|counted)|"
    r"irrelevant|non-?relevant|excluded|ignored|out of scope|unwanted|left out|omitted|skipped|off[- ]topic)|"
    r"(?:should|must|do|does|shall|need) ?(?:not|n['’]t) (?:be (?:included|considered|returned|shown|counted)|count|"
    r"qualify))\s*$",
    re.IGNORECASE,
)


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FILLER = _words(
    "please show find give return me i we you want need am looking interested in only just solely exclusively "
    "paper papers document documents article articles study studies work works research passage passages result "
    "results those ones that which who are is be were was do does did must should may can have has had to it they "
    "a an the any all every about on of for with using use uses used via mention mentions mentioning mentioned "
    "discuss discusses discussing report reports reporting concerning regarding related deal dealing cover covers "
    "covering describe describes describing relevant if focus focuses focusing focused prefer preferably limited "
    "limit restrict restricted include includes including included consider published written from by anything as "
    "well also either one them these this there here require requires required needs some evaluate evaluates "
    "evaluating evaluated involve involves involving rely relies relying based studying answer answers kind type "
    "publications publication evidence and or but so search searching look list"
)
_TAIL = _words(
    "papers paper only please ones articles article studies study work works research documents either too alone "
    "publications instead here anyway though and or but that which results"
)
_LISTED = re.compile(
    r"\s*(?:,\s*(?:and|or)\s+|,\s+|\s+(?:and|or|nor)\s+|/|や|、|・|または|および|及び|もしくは|と(?=[^\s]))\s*"
)

_SENTENCE = re.compile(r"(?<!\bal)(?<!\b[A-Z])(?<!e\.g)(?<!i\.e)[.!?]+(?=\s|$)|[;。！？；\n]+")
_SPLIT_JA = re.compile(
    r"(?:除(?:く|き|いて|外して?|外し|外)|のみ|だけ|だけで|以外|以外で|以降|以降で|以前|まで|限る|限定|して|ない|ず|ずに|なしで|抜きで|対象外|不要|"
    r"ください|が|で)(?P<cut>[、,]\s*)|(?:では|じゃ|で)なく(?P<but>[、,て]?\s*)"
)
_NEGATIVE_JA = re.compile(
    r"^(?P<what>.+?)(?:は|を|が|も)?"
    r"(?:除(?:く|き|いて|いた|外)|含め(?:ない|ず)|含ま(?:ない|ず)|対象外|不要|要らない|いらない|無視|避け|省(?:く|いて)|外(?:す|して)|"
    r"以外|抜き|なし|無し|(?:では|じゃ|で)なく|(?:使わ|用い|利用し|使用し|扱わ|対象とし|頼ら|触れ)(?:ない|ず|ていない)|関係(?:の)?ない|興味(?:は|が)?ない)"
    r"(?P<rest>.*)$"
)
_POSITIVE_JA = re.compile(r"^(?P<what>.+?)(?:のみ|だけ|に限|に絞|を必ず|が必須|を含む|を優先|を重視).*$")
_DOUBLE_JA = re.compile(
    r"以外(?:は|を|の論文は|の論文を|のものは)?(?:すべて|全て)?(?:除|不要|対象外|いらない|要らない|含めない)"
)
_TAIL_JA = re.compile(
    r"(?:(?:に関する|に関して|についての|について|を扱う|を扱った|を使った|を使う|を用いた|を用いる|"
    r"を利用した|を対象とした|を対象とする|による|による論文|での|という|などの|など|の)?"
    r"(?:論文|研究|文献|もの|記事|報告|資料|結果)?(?:を|は|が|で|に|も|の)?(?:知りたい|探して(?:ください|いる|います)?|"
    r"見せて(?:ください)?|教えて(?:ください)?|"
    r"お願い(?:します)?|希望|ほしい|欲しい|ください|する|して|です|である)?)$"
)
_HEAD_JA = re.compile(r"^(?:ただし|なお|また|できれば|主に|特に|しかし|および|または|でも|[、,\s])+")
_IS_JA = re.compile(r"[\u3040-\u30ff\u4e00-\u9fff]")


_INDIFFERENT = re.compile(
    r"^(?:any|every|all|no matter|regardless|whichever|whatever|everything)\b(?!.*\b(?:must|should|that|which|who|"
    r"with|using|about|on|but|except)\b)|"
    r"\b(?:does not|doesn['’]t) matter$|\bwithout restriction|(?:は|を)?問わ(?:ない|ず)|"
    r"(?:でも|ても)(?:よい|良い|いい|構わない|かまわない)|"
    r"(?:は|も)(?:自由|任意|何でも)",
    re.IGNORECASE,
)
"""Words that ask for nothing: "any sensor is fine", 「著者は問わない」."""
_ALL_BUT = re.compile(
    r"^(?:any|every|all|anything|everything)\b[^,]*?\bbut (?!not\b|no\b|only\b)(?P<what>.+)$", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Clause:
    """One clause of an instruction, its cue taken off."""

    text: str
    is_wanted: bool


def clauses_of(text: str) -> Iterator[Clause]:
    """Yield the clauses of an instruction, NFKC-normalised, in order."""
    for sentence in _SENTENCE.split(text):
        sentence = sentence.strip(" ,、()[]")
        if not sentence:
            continue
        is_japanese = _IS_JA.search(sentence) is not None
        yield from (_japanese(sentence) if is_japanese else _english(sentence))


def subjects_of(clause: Clause) -> list[str]:
    """Return what the clause is about, each thing that is ruled out by itself; nothing where only filler is left."""
    parts = _LISTED.split(clause.text) if not clause.is_wanted else [clause.text]
    return [subject for part in parts if (subject := _subject(part))]


def has_negation(text: str) -> bool:
    """Return whether an English phrase begins with a cue for what is unwanted."""
    return _LEADING.match(text) is not None


def cut_at_cues(text: str) -> list[tuple[int, int]]:
    """Return the (start, end) of each English piece between the cues that turn wanted to unwanted or back."""
    edges, place = [0], _cue_end(text, 0)
    while found := _SPLIT.search(text, place):
        edges += [found.start(), found.end()]
        place = _cue_end(text, found.end())
    edges.append(len(text))
    return [(start, end) for start, end in zip(edges[::2], edges[1::2], strict=True) if text[start:end].strip()]


def _cue_end(text: str, start: int) -> int:
    """Return where the cue that stands at `start` ends, so that it is not cut in two; `start` where none stands."""
    leading = _LEADING.match(text, start)
    return leading.end() if leading else start


def _english(sentence: str) -> Iterator[Clause]:
    named_last = _TRAILING.match(sentence) or _ALL_BUT.match(sentence)
    if named_last is not None:
        yield Clause(named_last["what"], False)
        return
    for start, end in cut_at_cues(sentence):
        piece = sentence[start:end]
        leading = _LEADING.match(piece)
        if leading is None and _INDIFFERENT.search(piece):
            continue
        yield Clause(piece[leading.end() :] if leading else piece, leading is None)


def _japanese(sentence: str) -> Iterator[Clause]:
    start = 0
    for found in _SPLIT_JA.finditer(sentence):
        group = "cut" if found["cut"] is not None else "but"
        piece = sentence[start : found.start(group)]
        start = found.end(group)
        yield from _japanese_clause(piece)
    yield from _japanese_clause(sentence[start:])


def _japanese_clause(piece: str) -> Iterator[Clause]:
    piece = piece.strip(" 、,。")
    if not piece or _INDIFFERENT.search(piece):
        return
    if found := _DOUBLE_JA.search(piece):
        yield Clause(piece[: found.start()], True)
    elif found := _NEGATIVE_JA.match(piece):
        yield Clause(found["what"], False)
    elif found := _POSITIVE_JA.match(piece):
        yield Clause(found["what"], True)
    else:
        yield Clause(piece, True)


def _subject(part: str) -> str:
    if _IS_JA.search(part):
        return _japanese_subject(part)
    words = part.strip(" ,.;:()[]\"“”'").split()
    while words and words[0].lower().strip(",") in _FILLER:
        words.pop(0)
    while words and words[-1].lower().strip(",") in _TAIL:
        words.pop()
    return " ".join(words)


def _japanese_subject(part: str) -> str:
    part = _HEAD_JA.sub("", part.strip(" 、,。()「」『』"))
    while part and document_type(part) is None and (shorter := _TAIL_JA.sub("", part)) != part:
        part = shorter
    return part
