"""Whether a claim's direction, negation and comparison agree with the nearest sentence of the text it cites."""

from __future__ import annotations

from app.answering.evidence_text import EvidenceText, claim_terms
from app.answering.names import is_named, names_in
from app.answering.opposites import exchanged_sides, opposed_direction, opposed_negation
from app.answering.records import Check, Verdict

SURE_COVERAGE = 0.75
"""From this share of the claim's terms in one sentence on, both speak of the same matter."""

MIN_TERMS = 3
"""Fewer terms are shared by sentences on quite different matters."""


def check_relations(claim: str, evidence: EvidenceText) -> tuple[Check, Verdict]:
    """Contradict where one sentence of the cited text says the opposite in nearly the same words."""
    names = tuple(name.text for name in names_in(claim) if is_named(name, evidence.window))
    opposition = exchanged_sides(claim, evidence.window, names)
    is_long_enough = len(claim_terms(claim)) >= MIN_TERMS
    if opposition is None and is_long_enough and evidence.window_coverage >= SURE_COVERAGE - _pair_allowance(claim):
        opposition = opposed_direction(claim, evidence.window) or opposed_negation(claim, evidence.window)
    if opposition is None:
        return Check("relations", True, "no opposite found"), Verdict.SUPPORTED
    detail = f"the claim says “{opposition.claimed}”, the cited text “{opposition.found}”"
    return Check("relations", False, detail), Verdict.CONTRADICTED


def _pair_allowance(claim: str) -> float:
    """Return the share that the opposite word itself takes from the coverage of a short claim."""
    return 1 / max(6, len(claim.split()))
