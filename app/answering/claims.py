"""Drafted sentences to claims: cleaned, cited by code, checked, and numbered in order of first use."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from dataclasses import replace

from app.answering.checks import verify_claim
from app.answering.quotes import cite, quote_spans
from app.answering.records import Citation, Claim, Verdict
from app.generators.protocol import DraftSentence, Evidence
from indexes.records import PaperRole, role_of

_MARKERS = re.compile(r"\s*[\[［【]\s*\d+(?:\s*[,、;–-]\s*\d+)*\s*[\]］】]")
_UNNUMBERED = 0


class Claims:
    """Collects an answer's claims as they are drafted.

    A claim that fails its checks is kept back: only at the end is it known which quotes only failed claims use, and
    these are numbered after those that the text shows.
    """

    def __init__(self, evidence: Sequence[Evidence], *, query: str, on_claim: Callable[[Claim], None] | None) -> None:
        self._evidence = {piece.number: piece for piece in evidence}
        self._query = query
        self._on_claim = on_claim
        self._markers: dict[tuple[str, int, int], int] = {}
        self._claims: list[Claim] = []

    def add(self, sentence: DraftSentence) -> None:
        """Cite and check one drafted sentence; a repetition of an earlier one is passed over."""
        text = without_markers(sentence.text)
        if not text or any(claim.text == text for claim in self._claims):
            return
        claim = self._checked(text, sentence.evidence_numbers)
        if claim.verdict is Verdict.SUPPORTED:
            claim = self._numbered(claim)
            self._tell(claim)
        self._claims.append(claim)

    def finish(self) -> tuple[Claim, ...]:
        """Return all claims in the order drafted, every citation numbered."""
        for place, claim in enumerate(self._claims):
            if claim.verdict is not Verdict.SUPPORTED:
                self._claims[place] = self._numbered(claim)
                self._tell(self._claims[place])
        return tuple(self._claims)

    def _checked(self, text: str, numbers: Sequence[int]) -> Claim:
        cited = [self._evidence[number] for number in dict.fromkeys(numbers)]
        notes = [piece for piece in cited if role_of(piece.passage) is PaperRole.NOTE]
        if 0 < len(notes) < len(cited):
            return self._of_one_side(text, [piece for piece in cited if piece not in notes], notes)
        return self._cited(text, cited)

    def _of_one_side(self, text: str, papers: Sequence[Evidence], notes: Sequence[Evidence]) -> Claim:
        """Return the claim as the papers' own where they support it, else as the notes'; never as of both."""
        own = self._cited(text, papers)
        if own.verdict is Verdict.SUPPORTED:
            return own
        noted = self._cited(text, notes)
        return noted if noted.verdict is Verdict.SUPPORTED else own

    def _cited(self, text: str, cited: Sequence[Evidence]) -> Claim:
        citations = tuple(
            cite(span, piece.passage, marker=_UNNUMBERED, title=piece.title)
            for piece in cited
            for span in quote_spans(text, piece.passage, hint=self._query)
        )
        names_from = [part for piece in cited for part in (piece.title, piece.passage.section)]
        checked = verify_claim(text, [piece.passage.text for piece in cited], names_from=names_from)
        return Claim(text, citations, checked.verdict, checked.reason, checked.checks)

    def _numbered(self, claim: Claim) -> Claim:
        citations = []
        for citation in claim.citations:
            key = (citation.passage_id, citation.start, citation.end)
            marker = self._markers.setdefault(key, len(self._markers) + 1)
            citations.append(replace(citation, marker=marker))
        return replace(claim, citations=tuple(citations))

    def _tell(self, claim: Claim) -> None:
        if self._on_claim is not None:
            self._on_claim(claim)


def without_markers(text: str) -> str:
    """Return the sentence on one line without bracketed numbers: only code writes markers."""
    return " ".join(_MARKERS.sub("", text).split())


def citations_of(claims: Sequence[Claim]) -> tuple[Citation, ...]:
    """Return every citation of the claims once, by marker."""
    by_marker = {citation.marker: citation for claim in claims for citation in claim.citations}
    return tuple(by_marker[marker] for marker in sorted(by_marker))


def answer_text(claims: Sequence[Claim]) -> str:
    """Return the supported claims as running text, each with its markers before the closing mark."""
    supported = [claim for claim in claims if claim.verdict is Verdict.SUPPORTED]
    joiner = "" if all(claim.text.endswith("。") for claim in supported) else " "
    return joiner.join(_with_markers(claim) for claim in supported)


def _with_markers(claim: Claim) -> str:
    markers = "".join(f"[{marker}]" for marker in sorted({citation.marker for citation in claim.citations}))
    return f"{claim.text}{markers}" if claim.text.endswith("。") else f"{claim.text} {markers}"
