"""A query cut into what it asks and the orders it gives, by its own shape: asides, imperatives, what trails a phrase.

A question ("Which models do not use attention?") says what it is about; its negations are content. A phrase ("graph
networks, not for molecules") and a request ("find papers on … that are not …") give orders.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from indexes.query.clauses import cut_at_cues, has_negation
from indexes.query.document_types import PLURAL_TYPES, TYPES_JA
from indexes.query.periods import Period, speaks_of_documents

MAX_PHRASE_WORDS = 16
"""A longer text without a question mark is a statement or a description, whose negations are content."""

_QUESTION = re.compile(
    r"\?|？|^\s*(?:what|which|who|whom|whose|why|how|when|where|is|are|was|were|do|does|did|can|could|should|would|"
    r"will|has|have|had)\b|"
    r"(?:か|かな|でしょう)[。？?]?\s*$|何|どの|どれ|どう|なぜ|いつ|どこ|誰|いくつ|どんな",
    re.IGNORECASE,
)
_STATEMENT = re.compile(
    r"\b(?:is|are|was|were|does|do|did|has|have|had|can|could|may|might|will|would|should|cannot|isn't|aren't|doesn't|"
    r"don't)\b|"
    r"(?:である|です|ます|した|する|された|される|いる|ない)[。]?\s*$",
    re.IGNORECASE,
)
_REQUEST = re.compile(
    r"^\s*(?:please )?(?:find|show|list|give|get|search(?: for)?|look(?:ing)? for|i(?:'m| am) looking for|i (?:want|"
    r"need)|"
    r"(?:recent |new |all |any )?(?:papers|articles|publications|studies|literature|preprints|work)\b(?= (?:on|about|"
    r"that|which|by|from|in|since|using|with|for|published|not)\b))",
    re.IGNORECASE,
)
_TYPES = rf"(?:any |all |the )?(?:{PLURAL_TYPES})(?:(?:,| and| or|, and|, or) (?:{PLURAL_TYPES}))*+"
_TYPES_ORDER = re.compile(
    r"[,(]?\s*\b(?<!of )(?<!by )(?<!for )(?<!when )(?<!after )"
    rf"(?:but )?(?:excluding|except(?: for)?|ignoring|omitting|exclude|(?:but|and) (?:not|no)) {_TYPES}\b"
    r"(?! (?:from|by)\b)\)?",
    re.IGNORECASE,
)
_TYPES_ORDER_PHRASE = re.compile(rf"[,(]?\s*\b(?:but )?(?:not|no|(?<=, )without) {_TYPES}\b\)?", re.IGNORECASE)
_TYPES_ORDER_JA = re.compile(
    rf"(?:{TYPES_JA})(?:(?:と|や|、|・|および)(?:{TYPES_JA}))*(?:は|を)?(?:除(?:く|き|いて|外(?:して|する)?+)|以外(?:の(?=論文|研究))?(?:で)?|不要|"
    rf"対象外|抜きで|含めない(?:で)?|含まない)"
    r"(?!ですか|か|と|こと|べき|よい|いい|しない|せず|では|とは|は|も)(?:ください)?[、。]?"
)
_ASIDE = re.compile(
    r"[(（\[](?P<inner>(?:(?:but )?(?:not|excluding|exclude|except|only (?:papers|since|from|by|in)|since|published|"
    r"by [A-Z]|before|after|between)\b[^)）\]]*)|"
    r"(?:[^(（)）\]]{1,40}(?:除く|除外|以外|に限る|以降|以前|限定|対象外|論文のみ|論文だけ)))[)）\]]"
)
_IMPERATIVE = re.compile(
    rf"\s*(?:please\s+)?(?:exclude|ignore|omit|skip|leave out|(?:do not|don't) (?:include|show|return|give)|avoid|"
    rf"focus on|prefer|restrict|limit|"
    rf"only (?:papers|articles|studies|work|those|since|from|by|in|published|after|before|japanese|english)|"
    rf"no (?:{PLURAL_TYPES}|papers)|"
    rf"not (?:about|on|by|from|in|for|using|with|interested|published|{PLURAL_TYPES})|nothing (?:on|about|from|by)|"
    rf"published|without (?:{PLURAL_TYPES})|"
    r"except|since (?:19|20)\d\d|after (?:19|20)\d\d|must)\b",
    re.IGNORECASE,
)
_IMPERATIVE_JA = re.compile(
    r"(?:除(?:く|いて|外(?:して|する)?)|は不要|対象外|に限る|に限定(?:する|して)?|のみ|だけ|以外|以降|以前|含めない(?:で)?)(?:で|ください|お願いします|ほしい)*\s*$"
)
_TRAILING = re.compile(
    r"(?:,\s*(?:but\s+)?|\s+but\s+|(?<!\bof)(?<!\bby)(?<!\bfor)(?<!\bfrom)(?<!\bwhen)(?<!\bafter)\s+(?=excluding\b))(?=(?:not|excluding|except|only|ignoring|no)\b)",
    re.IGNORECASE,
)
_TRAILING_JA = re.compile(
    r"[、。\s](?P<order>[^、。\s]{1,40}(?:は除く|を除く|は除外|を除外|以外|は不要|は対象外|に限る|に限定|は含めない|のみ|だけ))[。]?\s*$"
)
_SENTENCE = re.compile(r"(?<=[.!?;])\s+|(?<=[。！？；\n])\s*")


@dataclass(frozen=True, slots=True)
class Stretch:
    """A part of the query: an order, read freely, or what it asks, read strictly."""

    start: int
    end: int
    is_order: bool
    is_phrase: bool = False

    def ties(self, words: str, period: Period) -> bool:
        """Return whether a date is a filter: its words say that papers appeared then, or its place says it.

        "graph networks since 2023" goes on from somewhere and ends a phrase; a stretch that ends ("energy demand until
        2050") may be the subject itself, and so may what was "published in 1854" in a question without papers.
        """
        if period.is_tied and (self.is_phrase or speaks_of_documents(words)):
            return True
        if not self.is_phrase or not period.is_open_end:
            return False
        is_last = not words[period.end :].strip(" .,;、。)）")
        is_first = not words[: period.start].strip(" ,、") and bool(re.match(r"\s*[,、の]", words[period.end :]))
        return is_last or is_first


def stretches_of(query: str) -> Iterator[Stretch]:
    """Yield the parts of a query, NFKC-normalised, in order."""
    edges = [0, *(found.end() for found in _SENTENCE.finditer(query)), len(query)]
    places = [(start, end) for start, end in pairwise(edges) if query[start:end].strip()]
    for start, end in places:
        sentence = query[start:end]
        is_alone = len(places) == 1
        if not is_alone and not _QUESTION.search(sentence) and _is_imperative(sentence):
            yield Stretch(start, end, is_order=True)
        else:
            is_short = len(query.split()) <= MAX_PHRASE_WORDS
            yield from (_moved(stretch, start) for stretch in _within(sentence, is_short=is_short))


def _is_imperative(sentence: str) -> bool:
    return bool(_IMPERATIVE.match(sentence) or _IMPERATIVE_JA.search(sentence.rstrip("。. ")))


def _within(sentence: str, *, is_short: bool) -> Iterator[Stretch]:
    """Yield the parts of one sentence."""
    is_question = _QUESTION.search(sentence) is not None
    is_request = not is_question and _REQUEST.match(sentence) is not None
    is_phrase = is_request or (not is_question and is_short and _STATEMENT.search(sentence) is None)
    asides = [] if is_question and not sentence.isascii() else _ASIDE.finditer(sentence)
    orders = [(found.start(), found.end()) for found in asides]
    orders += _found(_TYPES_ORDER, sentence, orders) + _found(_TYPES_ORDER_JA, sentence, orders)
    if is_phrase:
        orders += _found(_TYPES_ORDER_PHRASE, sentence, orders)
    if is_request:
        orders += _unwanted_pieces(sentence, orders)
    elif is_phrase:
        orders += _trailing(sentence, orders)
    yield from _filled(sentence, sorted(orders), is_phrase)


def _found(pattern: re.Pattern[str], text: str, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    places = [(found.start(), found.end()) for found in pattern.finditer(text)]
    return [place for place in places if not _touches(place, taken)]


def _unwanted_pieces(sentence: str, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return the pieces of a request that say what is unwanted; "learning without labels" is a subject."""
    pieces = cut_at_cues(sentence)[1:]
    return [
        (start, end)
        for start, end in pieces
        if has_negation(sentence[start:end])
        and not re.match(r"without\b|no\b", sentence[start:end], re.IGNORECASE)
        and not _touches((start, end), taken)
    ]


def _trailing(sentence: str, taken: list[tuple[int, int]]) -> list[tuple[int, int]]:
    """Return what trails a phrase as an order: ", not for molecules", 「、サーベイは除く」."""
    found = _TRAILING.search(sentence)
    places = [(found.start(), len(sentence))] if found and sentence[: found.start()].strip() else []
    if japanese := _TRAILING_JA.search(sentence):
        places.append((japanese.start("order"), japanese.end("order")))
    return [place for place in places[:1] if not _touches(place, taken)]


def _filled(sentence: str, orders: list[tuple[int, int]], is_phrase: bool) -> Iterator[Stretch]:
    """Yield the orders and, between them, what the sentence asks."""
    last = 0
    for start, end in orders:
        if sentence[last:start].strip():
            yield Stretch(last, start, is_order=False, is_phrase=is_phrase)
        yield Stretch(start, end, is_order=True)
        last = max(last, end)
    if sentence[last:].strip():
        yield Stretch(last, len(sentence), is_order=False, is_phrase=is_phrase)


def _touches(place: tuple[int, int], others: list[tuple[int, int]]) -> bool:
    return any(place[0] < end and start < place[1] for start, end in others)


def _moved(stretch: Stretch, by: int) -> Stretch:
    return Stretch(stretch.start + by, stretch.end + by, stretch.is_order, stretch.is_phrase)
