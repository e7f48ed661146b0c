"""A claim and the text it cites to a verdict, by typed checks that name the values they compared. No model, no search.

Cheapest first: quotations, numbers, bounds, names, direction, coverage. A claim in another language than the text it
cites is checked by what survives translation: numbers and Latin names.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from app.answering.evidence_text import EvidenceText, claim_terms, read_evidence
from app.answering.name_check import check_names
from app.answering.number_check import check_bounds, check_numbers
from app.answering.quotation_check import check_quotations
from app.answering.records import Check, Verdict
from app.answering.relation_check import check_relations

MIN_COVERAGE = 0.5
"""A claim with a smaller share of its terms in the cited text is not found there.

`python -m bench.claims` (2026-11-22), WiCE: accepts 70 % of the supported and turns away 86 % of the unsupported; at
0.4 72 and 86 %, at 0.6 65 and 92 %, at 0.7 55 and 95 %. HaluEval QA: 95 % and 54 %, at 0.7 95 % and 63 %.
"""


@dataclass(frozen=True, slots=True)
class Finding:
    """A check and what it means for the claim: SUPPORTED where it passed."""

    check: Check
    verdict: Verdict


@dataclass(frozen=True, slots=True)
class Checked:
    """What the checks say of a claim. `score` is 0..1, higher is better supported; `reason` is the deciding check's."""

    verdict: Verdict
    reason: str
    score: float
    checks: tuple[Check, ...]


def verify_claim(text: str, passages: Sequence[str], *, names_from: Sequence[str] = ()) -> Checked:
    """Check a claim against the text it cites.

    Args:
        text: the claim, in English or Japanese.
        passages: the texts it cites, plain.
        names_from: further text (a paper's title, a section) in which its names may stand.
    """
    evidence = read_evidence(text, passages)
    findings = [Finding(*pair) for pair in _all_checks(text, evidence, names_from)]
    coverage = evidence.coverage if evidence.is_same_language else 1.0
    verdict, reason = _decide(findings)
    passed = sum(finding.check.passed for finding in findings) / len(findings)
    score = {Verdict.SUPPORTED: 0.5 + 0.5 * coverage, Verdict.NOT_FOUND: 0.5 * coverage * passed}.get(verdict, 0.0)
    return Checked(verdict, reason, round(score, 3), tuple(finding.check for finding in findings))


def _all_checks(text: str, evidence: EvidenceText, names_from: Sequence[str]) -> list[tuple[Check, Verdict]]:
    pairs = [check_quotations(text, evidence), check_numbers(text, evidence), check_bounds(text, evidence)]
    pairs.append(check_names(text, evidence, names_from=names_from))
    if evidence.is_same_language:
        pairs += [check_relations(text, evidence), _check_coverage(text, evidence)]
    return pairs


def _decide(findings: Sequence[Finding]) -> tuple[Verdict, str]:
    for verdict in (Verdict.CONTRADICTED, Verdict.NOT_FOUND):
        for finding in findings:
            if finding.verdict is verdict:
                return verdict, f"{finding.check.name}: {finding.check.detail}"
    return Verdict.SUPPORTED, "every check passed"


def _check_coverage(text: str, evidence: EvidenceText) -> tuple[Check, Verdict]:
    terms = sorted(claim_terms(text))
    missing = [term for term in terms if term not in evidence.terms]
    passed = not terms or evidence.coverage >= MIN_COVERAGE
    detail = f"{len(terms) - len(missing)} of {len(terms)} terms are in the cited text"
    if missing and not passed:
        detail += f"; not {', '.join(missing[:6])}"
    return Check("coverage", passed, detail), Verdict.SUPPORTED if passed else Verdict.NOT_FOUND
