"""Whether a passage mentions something, by its terms, and not only to say that it does without it."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from indexes.analysis import is_mostly_cjk, terms_of

FULL_SHARE = 0.6
"""From this share of a part's terms on, a longer part counts as mentioned whole: nobody repeats a phrase exactly."""

_NEGATED = re.compile(
    r"\b(?:no|not|without|never|nor|neither|unlike|instead of|rather than|except|excluding|avoid(?:s|ing)?|free of|"
    r"(?:does|do|did|is|are|need|needs) not(?: \w+){0,2}|lack(?:s|ing)?|non)[ -]+(?:\w+[ -]+){0,2}?$",
    re.IGNORECASE,
)
_NEGATED_JA = re.compile(
    r"\s*(?:を|は|に|も)?(?:使わ|用い|利用し|必要とし|頼ら|含ま)(?:ない|ず)|\s*(?:なし|抜き|以外|ではなく|でなく|を除)"
)
_WORD = re.compile(r"[^\W_]+")
_STOP_WORDS = frozenset(
    (
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "by",
        "for",
        "from",
        "in",
        "into",
        "is",
        "it",
        "its",
        "of",
        "on",
        "or",
        "than",
        "that",
        "the",
        "their",
        "these",
        "this",
        "those",
        "to",
        "using",
        "which",
        "with",
    )
)


@dataclass(frozen=True, slots=True)
class Mentions:
    """A part's terms, without the words that carry none of its meaning."""

    text: str
    terms: frozenset[str]

    @classmethod
    def of(cls, text: str) -> Mentions:
        """Return the terms to look for."""
        kept = " ".join(word for word in text.split() if word.lower() not in _STOP_WORDS)
        return cls(text, frozenset(terms_of(kept or text)))

    def share_in(self, passage: str) -> float:
        """Return the share of the terms that the passage affirms, 1.0 from `FULL_SHARE` on where there are several."""
        if not self.terms:
            return 0.0
        held = _affirmed(passage, self.terms) if not is_mostly_cjk(self.text) else self._affirmed_ja(passage)
        share = len(held & self.terms) / len(self.terms)
        return 1.0 if len(self.terms) > 1 and share >= FULL_SHARE else share

    def _affirmed_ja(self, passage: str) -> frozenset[str]:
        held = _terms(passage)
        places = [found.end() for found in re.finditer(re.escape(self.text), passage)]
        is_denied = bool(places) and all(_NEGATED_JA.match(passage, place) for place in places)
        return frozenset() if is_denied else held


def _affirmed(passage: str, wanted: Iterable[str]) -> frozenset[str]:
    """Return those of the terms that stand somewhere in the passage without a negation before them."""
    present = _terms(passage) & frozenset(wanted)
    return frozenset(term for term in present if not _is_denied(passage, term))


def _is_denied(passage: str, term: str) -> bool:
    places = [found for found in _WORD.finditer(passage) if term in terms_of(found[0])]
    return bool(places) and all(
        _NEGATED.search(passage[max(0, place.start() - 48) : place.start()]) for place in places
    )


@lru_cache(maxsize=4096)
def _terms(passage: str) -> frozenset[str]:
    return frozenset(terms_of(passage))
