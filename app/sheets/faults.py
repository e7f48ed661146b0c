"""What is wrong with an answer on a sheet, judged from its words and quotes alone; None when it may stay.

The classes are those that people found in published notes pages: answers that go in circles, that are none, that say
what was not asked, that point at a table the reader cannot see, that show LaTeX or broken words, that repeat.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.answering.records import Answer, AnswerStatus, Claim, Verdict
from app.sheets.candidates import Candidate
from app.sheets.cues import Cues
from app.sheets.legibility import has_raw_latex, is_broken
from app.sheets.overlap import containment, new_words, normal_form
from app.sheets.records import Facet, SheetFindingKind, SheetItem
from app.sheets.statements import leans_on_context

MAX_CONTAINMENT = 0.55
"""Two answers that share more 3-grams are one answer; on the notes page in `reference/` repeats measured 0.84, 0.90."""
MIN_NEW_WORDS = 4
"""Content words an answer must add to its question; a quoted number counts as one."""

Fault = tuple[SheetFindingKind, str]

_DANGLING = re.compile(
    r"^(?:table|figure|fig\.?|algorithm|listing)s?\s*\d*[a-z]?\s*(?:and \d+ )?(?:shows?|lists?|presents?|"
    r"summari[sz]es?|gives?|illustrates?|depicts?|plots?|reports?|compares?|displays?|contains?|provides?)"
    r"\b(?!.*\d+(?:\.\d+)?\s*(?:%|times|ms\b|x\b))"
    r"|\b(?:this|the following|the (?:table|figure) (?:above|below)|following) (?:table|figure|list|equation)\b"
    r"|\b(?:in|of) (?:the (?:next|following)|this) (?:section|subsection|chapter)\b"
    r"|\b(?:is|are|was|were) (?:shown|listed|given|presented|summari[sz]ed|described|discussed|explained|reported)"
    r" (?:in more detail )?(?:in|by|below|above) ?(?:in )?(?:the )?(?:table|figure|fig\b|section|sect\b|"
    r"appendix|chapter|§)|\bas follows\W*$|:\s*$|(?:表|図)\s*\d+\s*(?:に示す|に示した|は.{0,20}示)|次(?:節|章)で",
    re.IGNORECASE,
)
_ANNOUNCES = re.compile(
    r"\bwe (?:will |now |briefly |first |then )?(?:discuss|describe|review|summari[sz]e|present details)"
    r"[^.]{0,80} in (?:section|§|the next)|\bis organi[sz]ed as follows\b|"
    r"^in (?:sect(?:ion|\.)?|§|tables?|figures?|fig\.?) ?\d+(?:\.\d+)*,? we (?:compare|show|present|report|list|"
    r"describe|discuss|give|introduce|explain)\b|"
    r"\b(?:remainder|rest) of (?:the|this) (?:paper|article)\b|"
    r"詳細(?:を|は)(?:提供|後述|示し)|情報は提供されていません|記載されていません",
    re.IGNORECASE,
)


def fault_of(candidate: Candidate, answer: Answer, *, cues: Cues) -> Fault | None:
    """Return the first fault of an answer to a candidate question."""
    if answer.status is AnswerStatus.UNSUPPORTED:
        return SheetFindingKind.UNSUPPORTED_CLAIM, "no claim of the answer passed the checks"
    claims = shown_claims(answer)
    if answer.status is not AnswerStatus.ANSWERED or not claims:
        return SheetFindingKind.NON_ANSWER, "the paper does not answer it"
    if any(claim.verdict is Verdict.CONTRADICTED for claim in answer.claims):
        return SheetFindingKind.UNSUPPORTED_CLAIM, "a claim of the answer contradicts its passage"
    return _fault_of_words(candidate.questions[0], claims) or _off_topic(candidate, claims, cues=cues)


def shown_claims(answer: Answer) -> tuple[Claim, ...]:
    """Return the claims a sheet shows: supported, with a citation."""
    return tuple(claim for claim in answer.claims if claim.verdict is Verdict.SUPPORTED and claim.citations)


def repeat_of(answer: Answer, kept: Sequence[SheetItem]) -> Fault | None:
    """Return a fault where the answer says or cites what an item already on the sheet does."""
    text, places = _words(answer), _places(answer)
    for item in kept:
        share = containment(text, _words(item.answer))
        if share >= MAX_CONTAINMENT:
            return SheetFindingKind.REPEATED_ANSWER, f"the answer repeats that to {item.question!r} ({share:.2f} of it)"
        if places & _places(item.answer):
            return SheetFindingKind.REPEATED_ANSWER, f"the answer cites what {item.question!r} cites"
    return None


def _fault_of_words(question: str, claims: Sequence[Claim]) -> Fault | None:
    text = " ".join(claim.text for claim in claims)
    for claim in claims:
        if has_raw_latex(claim.text):
            return SheetFindingKind.RAW_LATEX, f"LaTeX in prose: {_excerpt(claim.text)}"
        if is_broken(claim.text):
            return SheetFindingKind.BROKEN_WORDS, f"broken words: {_excerpt(claim.text)}"
        if _DANGLING.search(claim.text):
            return SheetFindingKind.DANGLING_REFERENCE, f"points at what is not on the sheet: {_excerpt(claim.text)}"
        if _ANNOUNCES.search(claim.text):
            return SheetFindingKind.NON_ANSWER, f"announces instead of answering: {_excerpt(claim.text)}"
    if leans_on_context(claims[0].text):
        return SheetFindingKind.DANGLING_REFERENCE, f"leans on a sentence not shown: {_excerpt(claims[0].text)}"
    if _is_circular(question, text):
        return SheetFindingKind.CIRCULAR_ANSWER, f"restates the question: {_excerpt(text)}"
    return None


def _is_circular(question: str, text: str) -> bool:
    return len(new_words(text, beyond=question)) < MIN_NEW_WORDS and not re.search(r"\d", text)


def _off_topic(candidate: Candidate, claims: Sequence[Claim], *, cues: Cues) -> Fault | None:
    quotes = [citation for claim in claims for citation in claim.citations]
    quoted = normal_form(" ".join(citation.quote for citation in quotes))
    missing = [text for text in candidate.keep if normal_form(text) not in quoted]
    if missing:
        return SheetFindingKind.OFF_TOPIC, f"the quotes do not mention {missing[0]!r}"
    if candidate.section is not None and candidate.section not in {citation.section for citation in quotes}:
        return SheetFindingKind.OFF_TOPIC, f"the quotes are not from {candidate.section!r}"
    if candidate.facet is Facet.DETAIL:
        return None
    facet = cues.facets[candidate.facet]
    if max(facet.fit(" ".join(citation.quote.split()), citation.section) for citation in quotes) < candidate.min_fit:
        return SheetFindingKind.OFF_TOPIC, f"the quotes say nothing of {candidate.facet.value}"
    return None


def _words(answer: Answer) -> str:
    return " ".join(claim.text for claim in shown_claims(answer))


def _places(answer: Answer) -> frozenset[tuple[str, int]]:
    return frozenset((one.passage_id, one.start) for claim in shown_claims(answer) for one in claim.citations)


def _excerpt(text: str) -> str:
    return repr(text if len(text) <= 80 else text[:79] + "…")
