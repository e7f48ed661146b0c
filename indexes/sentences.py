"""Text to the places of its sentences, for English scientific prose and Japanese.

Pure: knows nothing of papers, passages or encoders. It looks at punctuation and a short list of abbreviations, never at
a model, so that the same text always gives the same sentences.
"""

from __future__ import annotations

import re

from indexes.statements import statements_in

_CLOSERS = "\"'”’)\\]»"
_CJK_CLOSERS = '」』）】〉》"”’)'
_CJK = "\u3040-\u30ff\u3400-\u9fff々〆"

_ENDING = re.compile(
    rf"(?P<break>\n[ \t\r]*\n|\n(?=[ \t]*[•▪◦‣・][ \t]?\S))"
    rf"|(?P<cjk>[。！？．]+[{_CJK_CLOSERS}]*)"
    rf"|(?P<glued>(?<=[{_CJK}」』）】)])[.!?]++(?=[{_CJK}「『（A-Z])|(?<=[A-Za-z)\]])[.!?]++(?=[{_CJK}「『（]))"
    rf"|(?P<latin>(?<![.!?])[.!?]++(?P<note>\d{{1,3}}(?:[,–-]\d{{1,3}})*)?"
    rf"[{_CLOSERS}]*(?:\[\d+(?:[,–-] ?\d+)*\])?(?=\s))"
)
_CITATION_AFTER = re.compile(
    r"(?:\s+\[\d+(?:\s*[,–-]\s*\d+)*\])+(?=\s+[A-Z]|\s*$)|[ ]\d{1,3}(?:\s?[,–-]\s?\d{1,3})*(?= [A-Z][a-z]*\b(?![.)]))"
)
_NEXT_WORD = re.compile(r"\s*[\"'“‘(\[«]*(?P<word>[^\s]*)")
_WORD_BEFORE = re.compile(r"[^\s()\[\]{}\"“”‘’—–,;/]*$")
_OPENING_NAME = re.compile(r"[a-zα-ω]{1,4}-?[A-Z0-9]")
_ENUMERATOR = re.compile(r"[a-z]{1,3}\)")
_DOTTED = re.compile(r"(?:[A-Za-z]\.)+[A-Za-z]")
_ENUMERATION = re.compile(r"\d{1,2}(?:\.\d{1,2})*|[A-Za-z]|[ivx]{1,4}")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_ALWAYS_INSIDE = _words(
    "e.g i.e eg ie cf vs viz fig figs eq eqs eqn eqns tab tabs sec secs sect ref refs ch chap app appx supp suppl "
    "def thm prop lem alg dr mr mrs ms prof st mt ca approx resp vol vols pp incl esp w.r.t i.i.d s.t "
    "a.k.a et gen"
)
"""Words whose full stop does not end a sentence, whatever follows."""

_BEFORE_NUMBER = _words("no nos p art ver ed arts op sp spp")
"""Words whose full stop belongs to the number that follows ("No. 5"); else it ends the sentence."""

_MAY_END = _words("al etc inc ltd co corp jr sr dept univ ph.d phd u.s u.k u.n d.c a.m p.m")
"""Abbreviations that do end sentences: an opening word must follow."""

_OPENERS = _words(
    "the this that these those we our in on at to for from by with as it its they their however moreover furthermore "
    "therefore thus hence here there then when while where what which who how although though because since if both "
    "additionally finally first second third next similarly also conversely consequently overall all each no an after "
    "before during following using based given under recently unlike such several many most some and but"
)

_MAX_BRACKETED = 240
"""A full stop inside brackets that close within so many characters does not end the sentence around them."""

_MAX_WORD = 40
"""No abbreviation is longer; looking further back would make hostile text cost the square of its length."""

_CJK_CONTINUES = frozenset("とのがはをでにもなへや、，")
"""After a closed quotation, these go on with the sentence around it: 「…。」と述べた."""


def sentence_spans(text: str) -> tuple[tuple[int, int], ...]:
    """Return (start, end) of every sentence, in order, without overlap, with no space at either edge.

    Together they cover every character that is not space. A blank line or a bullet always ends a sentence. What has no
    punctuation is one sentence. A line that states a table's cell is one, whatever stands in it.
    """
    stated = statements_in(text)
    if not stated:
        return _prose_spans(text)
    spans: list[tuple[int, int]] = []
    start = 0
    for statement in stated:
        spans += ((start + a, start + b) for a, b in _prose_spans(text[start : statement.start]))
        spans.append((statement.start, statement.end))
        start = statement.end
    spans += ((start + a, start + b) for a, b in _prose_spans(text[start:]))
    return tuple(spans)


def _prose_spans(text: str) -> tuple[tuple[int, int], ...]:
    spans = []
    start = 0
    for ending in _ENDING.finditer(text):
        if ending.end() <= start or not _is_boundary(text, start, ending):
            continue
        end = _with_citation(text, ending)
        spans.append((start, end))
        start = end
    spans.append((start, len(text)))
    return tuple(trimmed for span in spans if (trimmed := _trimmed(text, span)) is not None)


def _trimmed(text: str, span: tuple[int, int]) -> tuple[int, int] | None:
    start, end = span
    part = text[start:end]
    inner = part.strip()
    if not inner:
        return None
    start += len(part) - len(part.lstrip())
    return start, start + len(inner)


def _with_citation(text: str, ending: re.Match[str]) -> int:
    """Return where the sentence ends, taking in a citation that stands after its full stop ("… cells. [12] The …")."""
    if ending["latin"] is None:
        return ending.end()
    citation = _CITATION_AFTER.match(text, ending.end())
    return citation.end() if citation else ending.end()


def _is_boundary(text: str, start: int, ending: re.Match[str]) -> bool:
    if ending["break"] is not None:
        return True
    if ending["cjk"] is not None:
        return _is_japanese_boundary(text, start, ending)
    if _is_bracketed(text, start, ending.start()):
        return False
    word = _word_before(text, start, ending)
    if ending["glued"] is not None:
        following = text[ending.end()]
        return word.lower() not in _ALWAYS_INSIDE | _MAY_END and following not in _CJK_CONTINUES
    return _is_latin_boundary(text, start, ending, word)


def _word_before(text: str, start: int, ending: re.Match[str]) -> str:
    found = _WORD_BEFORE.search(text, max(start, ending.start() - _MAX_WORD), ending.start())
    return found.group() if found else ""


def _is_japanese_boundary(text: str, start: int, ending: re.Match[str]) -> bool:
    following = text[ending.end() : ending.end() + 1]
    mark = ending["cjk"]
    if mark == "．" and following.isdigit() and text[ending.start() - 1 : ending.start()].isdigit():
        return False
    if mark[-1] in _CJK_CLOSERS:
        return following not in _CJK_CONTINUES or not following
    return not _is_bracketed(text, start, ending.start())


def _is_bracketed(text: str, start: int, at: int) -> bool:
    """Say whether a bracket opened in this sentence is open at `at` and closes soon after."""
    before = text[max(start, at - _MAX_BRACKETED) : at]
    for opening, closing in ("()", "[]", "（）", "「」", "『』"):
        nearest = text.find(closing, at, at + _MAX_BRACKETED)
        if nearest <= at + 1 or not _is_left_open(before, opening, closing):
            continue
        again = text.find(opening, at, nearest)
        if again < 0 and "\n\n" not in text[at:nearest]:
            return True
    return False


def _is_left_open(before: str, opening: str, closing: str) -> bool:
    depth = 0
    for character in reversed(before):
        depth += (character == opening) - (character == closing)
        if depth > 0:
            return True
    return False


def _is_latin_boundary(text: str, start: int, ending: re.Match[str], word: str) -> bool:
    following = _NEXT_WORD.match(text, ending.end())
    next_word = following["word"] if following else ""
    if not next_word:
        return True
    if ending["note"] is not None and not (len(word) > 2 and word[-2:].isalpha()):
        return False
    if not _can_open(next_word):
        return False
    if not ending["latin"].startswith(".") or ending["latin"].startswith(".."):
        return word != "Yahoo"
    return not _is_abbreviated(text, start, ending, word, next_word)


def _can_open(word: str) -> bool:
    """Say whether a sentence can begin with this word: upper case, a digit, CJK, or a name such as mRNA or p53."""
    first = word[0]
    if first.islower():
        return _OPENING_NAME.match(word) is not None or _ENUMERATOR.match(word) is not None
    return first.isalnum() or first in "$\\#%&*†‡§<~@+-−–—•°±≥≤=\"'“‘「『（"


def _is_abbreviated(text: str, start: int, ending: re.Match[str], word: str, next_word: str) -> bool:
    lowered = word.lower()
    is_opener = next_word.strip(".,:;").lower() in _OPENERS and next_word[:1].isupper()
    if lowered in _ALWAYS_INSIDE:
        return True
    if lowered in _BEFORE_NUMBER:
        return next_word[0].isdigit()
    if lowered in _MAY_END or _DOTTED.fullmatch(word):
        return not is_opener
    before = text[start : min(ending.start() - len(word), start + _MAX_WORD)]
    if _ENUMERATION.fullmatch(word) and not before.strip():
        return True
    return len(word) == 1 and word.isupper() and not is_opener
