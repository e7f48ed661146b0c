"""A question and candidate sentences to one score each: shared terms, nearness of meaning, passage, kind of answer."""

from __future__ import annotations

import math
import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from app.generators.extractive.candidates import Candidate
from app.generators.extractive.cues import Wanted, numbers_of, offers, wanted_by
from app.generators.extractive.terms import content_terms

TERM_WEIGHT = 1.0
CONTEXT_WEIGHT = 0.4
MEANING_WEIGHT = 1.0
PASSAGE_WEIGHT = 0.3
KIND_WEIGHT = {Wanted.LIMITS: 0.4, Wanted.DURATION: 0.4, Wanted.DATE: 0.3, Wanted.AIM: 0.3, Wanted.ANY: 0.0}
OTHER_KIND_WEIGHT = 0.2
"""A duration or a date is rarely there by chance, a number or a name often."""

DANGLING_COST = 0.05

TITLE_WEIGHT = 0.8
"""For terms of the paper's own title: its sentences need not repeat what the whole paper is about."""

MIN_INITIALS = 3
_UNNAMED = frozenset(("a", "an", "the", "of", "on", "in", "for", "and", "to", "with", "by", "from"))

INFLECTION_WEIGHT = 0.3
"""For bigrams with hiragana, which hold a particle or an ending ("度は") more often than a word."""

_KANA_IN = re.compile(r"[\u3041-\u3096]")

HEADING_WEIGHT = 0.6
"""For terms that the sentence lacks and the heading of its section has: under "Limitations", every sentence is one."""

MIN_HEADING_SHARE = 0.5
"""A heading counts where at least this share of its terms is asked for."""

SHORT_WORDS = 8
SHORT_COST = 0.1

_WORDS_OF_MEASURE = re.compile(
    r"\bhow (?:long|large|big|far|old|high|fast|often|well|accurate)\b|\btakes?(?= ?\?|$)", re.IGNORECASE
)
"""They ask for a kind of answer (`cues`) and are no words of the answer."""


def term_weights(question: str, candidates: Sequence[Candidate]) -> dict[str, float]:
    """Return each content term of the question with its inverse document frequency among the candidates."""
    terms = set(content_terms(_WORDS_OF_MEASURE.sub(" ", question)))
    holding = Counter(term for one in candidates for term in terms & set(content_terms(one.text)))
    count = len(candidates)
    rarity = {term: math.log(1 + (count - holding[term] + 0.5) / (holding[term] + 0.5)) for term in terms}
    return {term: weight * (INFLECTION_WEIGHT if _KANA_IN.search(term) else 1.0) for term, weight in rarity.items()}


def covered_terms(weights: Mapping[str, float], text: str) -> frozenset[str]:
    """Return those of the weighted terms that `text` has."""
    return frozenset(weights.keys() & set(content_terms(text)))


def share_of(weights: Mapping[str, float], terms: Iterable[str]) -> float:
    """Return the share of all weight that the terms carry; 0 where there is none."""
    total = sum(weights.values())
    return sum(weights[term] for term in terms) / total if total else 0.0


def lexical_scores(question: str, candidates: Sequence[Candidate], weights: Mapping[str, float]) -> list[float]:
    """Return the part of every score that needs no vectors; `weights` are the question's `term_weights`."""
    wanted = wanted_by(question)
    kind_weight = KIND_WEIGHT.get(wanted, OTHER_KIND_WEIGHT)
    best = max((one.passage_score for one in candidates), default=0.0) or 1.0
    asked_numbers = numbers_of(question)
    return [
        _of_terms(one, weights)
        + PASSAGE_WEIGHT * one.passage_score / best
        + kind_weight * offers(one.text, wanted, section=one.section, besides=asked_numbers)
        - DANGLING_COST * one.is_dangling
        - SHORT_COST * _is_short(one.text)
        for one in candidates
    ]


def _of_terms(candidate: Candidate, weights: Mapping[str, float]) -> float:
    own = covered_terms(weights, candidate.text)
    of_paper = covered_terms(weights, title_names(candidate.title)) - own
    heading = frozenset(content_terms(candidate.section.rpartition(" > ")[2]))
    is_asked = len(heading & weights.keys()) >= MIN_HEADING_SHARE * len(heading)
    named = (heading & weights.keys()) - own - of_paper if is_asked else frozenset()
    around = covered_terms(weights, f"{candidate.section} {candidate.before or ''}") - own - of_paper - named
    shares = ((TERM_WEIGHT, own), (TITLE_WEIGHT, of_paper), (HEADING_WEIGHT, named), (CONTEXT_WEIGHT, around))
    return sum(weight * share_of(weights, terms) for weight, terms in shares)


def title_names(title: str) -> str:
    """Return the title with the initials of its capitalised words: what a paper's sentences take as known."""
    words = [word for word in title.split() if word[0].isupper() and word.lower() not in _UNNAMED]
    return f"{title} {''.join(word[0] for word in words)}" if len(words) >= MIN_INITIALS else title


def _is_short(text: str) -> bool:
    return text.isascii() and len(text.split()) < SHORT_WORDS
