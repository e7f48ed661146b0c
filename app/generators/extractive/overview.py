"""A paper's opening passages to the sentence that says what it does, and to the sentences that summarise it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence

from app.generators.extractive.candidates import Candidate
from indexes.records import PassageKind

_SPEAKER = (
    r"\b(?:we|this (?:paper|work|study|article|report|review|survey)|our (?:paper|work|study))\s+"
    r"(?:here |also |then |first )?"
)
_CONTRIBUTION = (
    (3.0, _SPEAKER + r"(?:propos|present|introduc)\w*|(?:提案する|提案した|提示する|紹介する)"),
    (
        2.8,
        r"\b(?:the (?:main |primary |present )?(?:aim|purpose|goal|objective)s? (?:of|was|is)|(?:this|"
        r"the present) study (?:aims|aimed|was "
        r"(?:designed|conducted|undertaken|performed)))\b|(?:目的とする|目的は|開発する|開発した|構築する|構築した)",
    ),
    (2.4, _SPEAKER + r"(?:develop|describ|design|build|built|creat|investigat|examin|stud(?:y|ied|ies)|analy[sz]|"
     r"explor|address)\w*"),
    (2.2, r"\b(?:here|herein|in this (?:paper|work|study|article|review|report)),? (?:we|the)\b"),
    (
        2.0,
        _SPEAKER + r"(?:show|demonstrat|report|compar|evaluat|aim|review|find|found|assess|measur|estimat|argu|"
         r"focus|discuss|"
        r"provid|identif|determin|test)\w*|(?:検討する|検討した|調査する|調査した|分析する|"
        r"分析した|示す|述べる|報告する|"
        r"明らかにする|明らかにした|評価する|評価した|比較する|比較した)",
    ),
    (
        1.6,
        r"\b(?:novel|new) [^.]{3,90}\b(?:is|are|was|were|has been|have been) (?:proposed|presented|introduced|"
        r"synthesi[sz]ed|developed|"
        r"designed|described)|\b(?:was|were) (?:assessed|evaluated|investigated|compared|examined) (?:for|in|on|"
        r"by|using|with)\b",
    ),
    (1.4, _SPEAKER + r"[a-z]+"),
    (1.2, r"\bin this (?:paper|work|study|article|review)\b|本(?:研究|論文|稿|報告)"),
    (0.8, r"\b(?:is|are|was|were) (?:proposed|presented|introduced|investigated|studied|described|reviewed)\b"),
)  # fmt: skip
_CONTRIBUTION_PATTERNS = tuple((weight, re.compile(pattern, re.IGNORECASE)) for weight, pattern in _CONTRIBUTION)

_FIRST_MENTION = re.compile(
    r"\b(?:in this (?:paper|work|study|article)|here,? we|a new|a novel|novel)\b|本(?:研究|論文|稿)", re.IGNORECASE
)
_BESIDE_THE_POINT = re.compile(
    r"\b(?:rest|remainder) of (?:this|the)|organi[sz]ed as|\bsections? \d|\bcode (?:is|are|and)\b|"
    r"\bour (?:main )?contributions? (?:is|are)|\bfuture work\b|\bprevious(?:ly)?\b|\bprior work\b|\brecently\b|"
    r"\bhave (?:been )?propos|\bin continuation of\b|\b(?:shown|listed|described|given|see) (?:below|"
    r"in (?:the )?(?:tables?|figures?|"
    r"following|sections?|supplement\w*|appendix))\b|\bfollowing (?:sub)?sections?\b|\bfollowing contributions\b|"
    r"構成は|以下の通り",
    re.IGNORECASE,
)
_RESULT = re.compile(
    r"\b(?:results?|outperform\w*|achiev\w*|show(?:s|ed)?|found|find|improv\w*|demonstrat\w*|suggest\w*|conclude\w*|"
    r"state-of-the-art)\b|\d+(?:\.\d+)?\s?%|結果|示した|達成|向上|確認",
    re.IGNORECASE,
)

SUMMARY_SENTENCES = 4
"""Sentences of a summary where the request allows as many."""


MIN_CONTRIBUTION = 2.0
"""From this score on a sentence of the abstract is taken before any of the text."""

MIN_CONTRIBUTION_OF_TEXT = 2.6
"""From this score on a sentence of the text is taken before an abstract that says nothing of the paper itself."""


def one_line(candidates: Sequence[Candidate]) -> Candidate | None:
    """Return the sentence that says what the paper does, or None where no sentence can be quoted."""
    abstract = [one for one in candidates if one.kind is PassageKind.ABSTRACT]
    for pool, least in (
        (abstract, MIN_CONTRIBUTION),
        (candidates, MIN_CONTRIBUTION_OF_TEXT),
        (abstract, -math.inf),
        (candidates, -math.inf),
    ):
        best = max(pool, key=lambda one: (contribution(one), -one.evidence_number, -one.position), default=None)
        if best is not None and contribution(best) >= least:
            return best
    return None


def contribution(candidate: Candidate) -> float:
    """Return how much the sentence says what its paper does; abstracts before introductions before the rest."""
    score = max((weight for weight, pattern in _CONTRIBUTION_PATTERNS if pattern.search(candidate.text)), default=0.0)
    score += 0.5 * bool(_FIRST_MENTION.search(candidate.text))
    score -= 2.0 * bool(_BESIDE_THE_POINT.search(candidate.text))
    score -= 1.0 * candidate.is_dangling + 2.0 * candidate.text.endswith(("?", "？"))
    return score + _place(candidate)


def summary(candidates: Sequence[Candidate], *, max_sentences: int) -> tuple[Candidate, ...]:
    """Return the abstract's sentences in order, the most telling where they are too many.

    Where there is no abstract, the sentences of the other passages that tell most take its place.
    """
    wanted = min(max_sentences, SUMMARY_SENTENCES)
    abstract = [one for one in candidates if one.kind is PassageKind.ABSTRACT]
    pool = abstract if len(abstract) >= min(2, wanted) else list(candidates)
    if len(pool) > wanted:
        ends = {id(pool[0]), id(pool[-1])} if pool is abstract else set()
        ranked = sorted(pool, key=lambda one: -(_telling(one) + 0.6 * (id(one) in ends)))
        kept = {id(one) for one in ranked[:wanted]}
        pool = [one for one in pool if id(one) in kept]
    return tuple(sorted(pool, key=lambda one: (one.evidence_number, one.position)) if pool is not abstract else pool)


def _telling(candidate: Candidate) -> float:
    return contribution(candidate) + 1.2 * bool(_RESULT.search(candidate.text))


def _place(candidate: Candidate) -> float:
    if candidate.kind is PassageKind.ABSTRACT:
        return 1.0
    section = candidate.section.lower()
    if "abstract" in section or "概要" in section or "要旨" in section:
        return 1.0
    if "introduction" in section or "conclusion" in section or "はじめに" in section or "まとめ" in section:
        return 0.5
    return -0.5 if "related" in section or "関連研究" in section else 0.0
