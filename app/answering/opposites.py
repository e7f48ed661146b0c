"""Whether two sentences of one language say opposite things about the same matter; silent unless sure.

Sure means that the sentences share most of their words, or that one comparison has its sides exchanged.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PAIRS = (
    (r"increas\w*|ris(?:e|es|en|ing)|rose|grew|grow(?:s|n|ing)?|増加|増え|上昇|増大", r"decreas\w*|declin\w*|"
     r"drop(?:s|ped)?|fell|fall(?:s|en)?|reduc\w*|減少|減り|減る|減っ|低下|下落"),
    (r"higher|高い|高く|高か", r"lower|低い|低く|低か"),
    (r"outperform\w*|surpass\w*|exceed\w*|better than|superior to|上回|優れ|凌", r"underperform\w*|worse than|"
     r"inferior to|下回|劣"),
    (r"improv\w*|改善|向上", r"degrad\w*|deteriorat\w*|worsen\w*|hurts?|harms?|悪化|低下"),
    (r"faster|速い|速く|高速", r"slower|遅い|遅く|低速"),
    (r"larger|bigger|greater|大きい|大きく", r"smaller|fewer|小さい|小さく"),
    (r"up-?regulat\w*", r"down-?regulat\w*"),
    (r"activat\w*|promot\w*|enhanc\w*|促進|活性化", r"inhibit\w*|suppress\w*|block(?:s|ed)?|抑制|阻害"),
    (r"\bwith\b", r"\bwithout\b"),
    (r"positive(?:ly)?|陽性|正の", r"negative(?:ly)?|陰性|負の"),
)  # fmt: skip
_COMPILED = tuple((re.compile(first, re.IGNORECASE), re.compile(second, re.IGNORECASE)) for first, second in _PAIRS)

_NEGATION = re.compile(
    r"\b(?:not|never|neither|nor|no|cannot|without|fail(?:s|ed)? to|unable to|lacks?|hardly)\b|n['’]t\b"
    r"|ない|なかっ|なく|ません|せず|れず|できず|ず、|ぬ",
    re.IGNORECASE,
)
_NOT_NEGATION = re.compile(
    r"\bno\.|not only|no more than|no less than|no fewer than|whether or not|少なく|だけで(?:は)?なく|のみならず|"
    r"ではないか|しかない",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"outperform\w*|surpass\w*|exceed\w*|(?:is|are|was|were|performs?|perform(?:s|ed)?)?\s*"
    r"(?:\w+er|better|worse|more \w+|less \w+) than|は?より(?:も)?",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class Opposition:
    """What opposes what: the words of the claim and of the evidence."""

    claimed: str
    found: str


def opposed_direction(claim: str, evidence: str) -> Opposition | None:
    """Return the pair of opposite words where the claim has one side only and the evidence the other only.

    The caller makes sure that both speak of the same matter.
    """
    for first, second in _COMPILED:
        for one, other in ((first, second), (second, first)):
            claimed, found = one.search(claim), other.search(evidence)
            if claimed is None or found is None or other.search(claim) or one.search(evidence):
                continue
            if is_negated(claim) == is_negated(evidence):
                return Opposition(claimed.group(), found.group())
    return None


def is_negated(text: str) -> bool:
    """Say whether the text holds an odd number of negations."""
    return len(_NEGATION.findall(_NOT_NEGATION.sub(" ", text))) % 2 == 1


def opposed_negation(claim: str, evidence: str) -> Opposition | None:
    """Return the negation that only one of two sentences has, each otherwise without an opposite word of the other."""
    claimed, found = (_NEGATION.search(_NOT_NEGATION.sub(" ", text)) for text in (claim, evidence))
    if is_negated(claim) == is_negated(evidence) or (claimed is not None and found is not None):
        return None
    if _has_opposite_pair(claim, evidence):
        return None
    return Opposition(claimed.group() if claimed else "(no negation)", found.group() if found else "(no negation)")


def exchanged_sides(claim: str, evidence: str, names: tuple[str, ...]) -> Opposition | None:
    """Return the comparison whose two named sides stand the other way round in the evidence.

    `names` are the claim's names that the evidence has too. Sides are told by the nearest name before and after the
    same comparing word.
    """
    claimed, found = _COMPARISON.search(claim), _COMPARISON.search(evidence)
    if claimed is None or found is None or claimed.group().strip().lower() != found.group().strip().lower():
        return None
    if is_negated(claim) != is_negated(evidence):
        return None
    left, right = _sides(claim, claimed, names)
    other_left, other_right = _sides(evidence, found, names)
    if left and right and left != right and (left, right) == (other_right, other_left):
        return Opposition(
            f"{left} {claimed.group().strip()} {right}", f"{other_left} {found.group().strip()} {other_right}"
        )
    return None


def _sides(text: str, comparison: re.Match[str], names: tuple[str, ...]) -> tuple[str | None, str | None]:
    before, after = text[: comparison.start()].lower(), text[comparison.end() :].lower()
    left = max(names, key=lambda name: before.rfind(name.lower()), default=None)
    if left is None or left.lower() not in before:
        return None, None
    ahead = [name for name in names if name.lower() in after]
    right = min(ahead, key=lambda name: after.find(name.lower()), default=None)
    return left, right


def _has_opposite_pair(claim: str, evidence: str) -> bool:
    return any(
        (first.search(claim) and second.search(evidence)) or (second.search(claim) and first.search(evidence))
        for first, second in _COMPILED
    )
