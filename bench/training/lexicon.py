"""The lexicon of the Japanese encoder: words, their costs for the segmenter, and the English that stands for each.

Sources, strongest first: this project's expressions and glossary, words aligned in sentence pairs, EDICT, and the
katakana loanwords whose origin UniDic names.
"""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from pathlib import Path

from bench.training.alignment import Link
from bench.training.edict import Entry, forms_of
from indexes.japanese.words import MAX_WORD_CHARACTERS, folded, is_latin

EXPRESSIONS = Path(__file__).parent / "expressions.tsv"

RANK_COUNTS = {0.0: 0.05, 1.0: 0.5, 3.0: 3.0}
"""Pretended counts of a word that only EDICT knows, by how common it says the word is."""
GLOSSARY_COUNT = 4.0
SHORT_COST = 3.0
"""Added to a word that is easily met inside another: one Chinese character, two or three hiragana, two katakana."""
MIN_COUNT = 2
MIN_SCORE = 0.1
MIN_EVIDENCE = 4
"""A word aligned in fewer sentences is glossed by the dictionary, where it has it."""
SHARE_POWER = 0.35
MAX_GLOSS_WORDS = 3
"""A gloss of more words explains rather than translates; a shorter one of the same entry goes before it."""
DICTIONARY_FACTOR = 2.5
"""How much likelier an aligned word is that the dictionary gives too. These four were set by reading glosses of
training pairs."""

_HIRAGANA = re.compile(r"[\u3041-\u309f]+")
_KANA = re.compile(r"[\u3041-\u30ff]+")
_TOKEN = re.compile(r"[a-z0-9'-]+")
FUNCTION_WORDS = frozenset(
    [
        "the",
        "a",
        "an",
        "of",
        "to",
        "and",
        "in",
        "is",
        "are",
        "i",
        "you",
        "it",
        "that",
        "this",
        "we",
        "he",
        "she",
        "they",
        "be",
        "was",
        "were",
        "for",
        "on",
        "with",
        "at",
        "as",
        "by",
        "from",
        "or",
        "so",
        "do",
        "does",
        "did",
        "if",
        "my",
        "your",
        "his",
        "her",
        "its",
        "our",
        "their",
        "me",
        "him",
        "them",
        "us",
        "have",
        "has",
        "had",
        "will",
        "would",
        "there",
        "it's",
        "that's",
        "don't",
        "i'm",
        "you're",
        "we're",
        "i'll",
        "just",
        "these",
        "those",
        "am",
        "been",
        "being",
        "can",
        "going",
        "one's",
        "also",
        "very",
        "really",
        "some",
        "any",
        "let's",
        "gonna",
        "want",
        "okay",
        "ok",
        "well",
        "now",
        "then",
        "but",
    ]
)


def word_costs(counts: Counter[str], entries: Mapping[str, Sequence[Entry]]) -> dict[str, float]:
    """Return the cost of every word of the dictionary, of its inflected stems, and of every counted word."""
    total = math.log(sum(counts.values()))
    costs: dict[str, float] = {}
    for word, held in entries.items():
        if len(word) > MAX_WORD_CHARACTERS or is_latin(word):
            continue
        rank = max(entry.rank for entry in held)
        cost = total - math.log(RANK_COUNTS[rank]) + _shortness(word)
        costs[word] = min(cost, costs.get(word, cost))
        if rank >= 3.0 or counts[word]:
            for form in {form for entry in held for form in forms_of(word, entry.marks)}:
                costs[form] = min(cost + 0.7, costs.get(form, cost + 0.7))
    for word, count in counts.items():
        if count >= MIN_COUNT and len(word) <= MAX_WORD_CHARACTERS:
            costs[word] = min(total - math.log(count), costs.get(word, math.inf))
    return costs


def add_terms(costs: dict[str, float], terms: Mapping[str, str], *, counts: Counter[str]) -> None:
    """Give every term of `terms` a cost at most that of a word met a few times."""
    cost = math.log(sum(counts.values())) - math.log(GLOSSARY_COUNT)
    for term in terms:
        if len(term) <= MAX_WORD_CHARACTERS and not is_latin(term):
            costs[term] = min(cost + (SHORT_COST if len(term) == 1 else 0.0), costs.get(term, math.inf))


def read_terms(path: Path) -> dict[str, str]:
    """Return Japanese -> English of a file of tab-parted lines; of translations parted by semicolons, the first."""
    terms: dict[str, str] = {}
    for line in path.read_text(encoding="utf-8").splitlines():
        cells = line.split("\t")
        if len(cells) >= 2 and not line.startswith("#"):
            terms.setdefault(folded(cells[0]), cells[1].split(";")[0].strip())
    return terms


def gloss_of(word: str, entries: Sequence[Entry], links: Sequence[Link], *, count: int) -> str:
    """Return the English for `word` from its alignments and its dictionary entries; empty where neither is sure."""
    glosses = [gloss for entry in entries[:2] for gloss in entry.glosses][:6]
    glosses.sort(key=lambda gloss: len(gloss.split()) > MAX_GLOSS_WORDS)
    known = {token for gloss in glosses for token in _TOKEN.findall(gloss.lower())}
    scores = {
        link.english: _score(link, known) for link in links if link.english and link.english not in FUNCTION_WORDS
    }
    best = max(scores, key=lambda english: (scores[english], english), default="")
    is_kana = _HIRAGANA.fullmatch(word) is not None
    if best and scores[best] > MIN_SCORE and (count >= MIN_EVIDENCE or (is_kana and not glosses)):
        return best if is_kana or len(word) < 3 else _whole_gloss(best, glosses)
    return glosses[0] if glosses and (not is_kana or (len(word) >= 4 and count < MIN_EVIDENCE)) else ""


def _score(link: Link, known: set[str]) -> float:
    is_known = link.english in known or any(len(link.english) > 4 and token[:5] == link.english[:5] for token in known)
    score: float = link.probability * link.share**SHARE_POWER * min(1.0, link.count / 3)
    return score * (DICTIONARY_FACTOR if is_known else 1.0)


def _whole_gloss(best: str, glosses: Sequence[str]) -> str:
    """Return the dictionary's phrase that holds the aligned word (自然言語: not "natural", "natural language")."""
    for gloss in glosses[:3]:
        tokens = gloss.lower().split()
        if 1 < len(tokens) <= 4 and any(token[:5] == best[:5] for token in tokens):
            return gloss
    return best


def _shortness(word: str) -> float:
    is_short = (
        len(word) == 1 or (len(word) < 4 and _HIRAGANA.fullmatch(word)) or (len(word) < 3 and _KANA.fullmatch(word))
    )
    return SHORT_COST if is_short else 0.0
