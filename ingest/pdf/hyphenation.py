"""Whether a hyphen at a line's end belongs to the word: asked of the words that the document itself holds.

A line that ends in "well-" may go on with "known" (the hyphen stays) or end half a word ("detec-", "tion": it goes).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from ingest.pdf.lettering import HYPHEN_AT_LINE_END

HYPHENS = (HYPHEN_AT_LINE_END, "-", "‐")
SHORTEST_HALF = 3
"""Letters; shorter halves of broken words are words of their own by chance only ("re", "de", "al")."""
_COMPOUND = re.compile(r"[^\W_]+(?:[-‐][^\W_]+)*")
_LAST = re.compile(r"[^\W_]+(?:[-‐][^\W_]+)*$")
_FIRST = re.compile(r"^[^\W_]+(?:[-‐][^\W_]+)*")
_JOINED_BEFORE = """\
a after an and any as back be by can else every for form here how in inter into it may mean more no non not off on
other our out over per pro she so some sub super the there through to trans under up what when where with"""
_JOINED_AFTER = "able age ant ate ever ful ics ing less ment ness over ship tion ward where wise"
_APART_BEFORE = "eight five four half nine quasi self seven six three two well"
_APART_AFTER = """\
agnostic augmented aware based dependent driven enhanced free guided intensive level like oriented related rich
sensitive specific trained tuned"""
_PREFIXES = """\
anti auto bi co counter cross hyper inter intra macro meta micro mid mini mono multi neuro non para poly post pre pro
pseudo re semi sub super tele trans tri ultra un under"""
BEGINNINGS = frozenset(_JOINED_BEFORE.split())
"""Words that begin others written as one ("therefore", "overcome", "input"): being words, they prove nothing."""
ENDINGS = frozenset(_JOINED_AFTER.split())
COMPOUND_BEGINNINGS = frozenset(_APART_BEFORE.split())
"""Words whose hyphen stays where the document says nothing else; so it does before `COMPOUND_ENDINGS`."""
COMPOUND_ENDINGS = frozenset(_APART_AFTER.split())


_PREFIX_LENGTHS = sorted({len(prefix) for prefix in _PREFIXES.split()})
_MEASURES = (
    "cost density dimensional energy frequency level order performance power quality range resolution scale speed term"
)
SIZES = frozenset({"fine", "high", "large", "long", "low", "mid", "short", "small"})
MEASURES = frozenset(_MEASURES.split())
"""What follows `SIZES` after a hyphen ("long-term"), also where the document has none of the words."""
DOUBLED_VOWELS = frozenset({"anti", "contra", "extra", "infra", "intra", "meta", "multi", "semi", "ultra"})
"""Prefixes set apart from the vowel that they end in: "anti-inflammatory", but "antioxidant"."""
PREFIXES = frozenset(_PREFIXES.split())
"""Beginnings that some documents set apart with a hyphen and others do not."""
_PREFIX_LENGTHS = sorted({len(prefix) for prefix in PREFIXES})


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """A document's words in lower case: `words` stand between spaces (compounds with "-"), `parts` in compounds.

    `counts` says how often a word occurs; `apart` are the prefixes that the document mostly sets apart ("non-linear").
    """

    words: frozenset[str]
    parts: frozenset[str]
    counts: Mapping[str, int] = field(default_factory=dict)
    apart: frozenset[str] = frozenset()


NO_WORDS = Vocabulary(frozenset(), frozenset())


def vocabulary_of(texts: Iterable[str]) -> Vocabulary:
    """Return the words that stand whole within a line of the text, given line by line in reading order."""
    counts: Counter[str] = Counter()
    parts: set[str] = set()
    is_broken = False
    for text in texts:
        found = _COMPOUND.findall(text.casefold().replace("‐", "-"))
        found = found[1:] if is_broken else found
        is_broken = text.endswith(HYPHENS)
        counts.update(found[:-1] if is_broken else found)
    for word in counts:
        if "-" in word:
            parts.update(word.split("-"))
    return Vocabulary(frozenset(counts), frozenset(parts), counts, _set_apart(counts))


def _set_apart(counts: Mapping[str, int]) -> frozenset[str]:
    """Return the prefixes that stand before a hyphen in more words than they are written together with one."""
    votes: Counter[str] = Counter()
    for word in counts:
        prefix, hyphen, _ = word.partition("-")
        if hyphen and prefix in PREFIXES:
            votes[prefix] += 1
        elif not hyphen:
            votes.subtract(word[:at] for at in _PREFIX_LENGTHS if word[:at] in PREFIXES and word[at:] in counts)
    return frozenset(prefix for prefix, vote in votes.items() if vote > 0)


def keeps_hyphen(before: str, after: str, vocabulary: Vocabulary) -> bool | None:
    """Return whether the hyphen between a line's last word and the next line's first stays; None where none is cut.

    Args:
        before: the line without its hyphen.
        after: the line that follows.
        vocabulary: the document's words.
    """
    last, first = _LAST.search(before), _FIRST.match(after)
    if not last or not first:
        return None
    left, right = last[0].casefold().replace("‐", "-"), first[0].casefold().replace("‐", "-")
    half, rest = left.rsplit("-", 1)[-1], right.split("-", 1)[0]
    if half[-1].isnumeric() or rest[0].isdigit() or _starts_name(last[0], first[0]):
        return True
    stands = _attested(left, right, vocabulary)
    if stands is None:
        stands = _attested(half, rest, vocabulary)
    if stands is not None:
        return stands
    if half in COMPOUND_BEGINNINGS or rest in COMPOUND_ENDINGS or half in vocabulary.apart:
        return True
    if (half in SIZES and rest in MEASURES) or (half in DOUBLED_VOWELS and half[-1] == rest[0]):
        return True
    return _are_words(half, rest, vocabulary, is_compound=(half, rest) != (left, right), is_capitals=first[0].isupper())


def _attested(left: str, right: str, vocabulary: Vocabulary) -> bool | None:
    """Return whether the document writes the word with its hyphen elsewhere, None where it never writes it whole."""
    together, apart = vocabulary.counts.get(left + right, 0), vocabulary.counts.get(f"{left}-{right}", 0)
    if together or apart:
        return apart > together
    return False if left + right in vocabulary.parts else None


def _are_words(half: str, rest: str, vocabulary: Vocabulary, *, is_compound: bool, is_capitals: bool) -> bool:
    """Return whether both halves are words of their own, so that the hyphen made a compound of them."""
    if is_compound:  # "state-of-the-" before "art": any word will do, for half a word would hardly be one
        known = vocabulary.words | vocabulary.parts
        return half in known and rest in known and rest not in ENDINGS
    if half in BEGINNINGS or rest in ENDINGS or half not in vocabulary.words or rest not in vocabulary.words:
        return False
    return min(len(half), len(rest)) >= (2 if is_capitals else SHORTEST_HALF)


def _starts_name(last: str, first: str) -> bool:
    """Return whether the later half has a capital of its own, as in "Double-Observer"; all capitals tell nothing."""
    return first[0].isupper() and not (last.isupper() and first[:2].isupper())
