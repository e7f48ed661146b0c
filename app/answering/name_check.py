"""Whether the names that a claim uses stand in the text it cites."""

from __future__ import annotations

from collections.abc import Sequence

from app.answering.evidence_text import EvidenceText
from app.answering.names import is_named, names_in
from app.answering.records import Check, Verdict


def check_names(claim: str, evidence: EvidenceText, *, names_from: Sequence[str]) -> tuple[Check, Verdict]:
    """Check every name of the claim; katakana only against Japanese text."""
    names = [name for name in names_in(claim) if evidence.is_same_language or not name.is_katakana]
    text = "\n".join((*evidence.texts, *names_from))
    absent = list(dict.fromkeys(name.text for name in names if not is_named(name, text)))
    if absent:
        return Check("names", False, f"{', '.join(absent[:5])} not in the cited text"), Verdict.NOT_FOUND
    found = ", ".join(list(dict.fromkeys(name.text for name in names))[:5])
    return Check("names", True, f"found {found}" if found else "no names"), Verdict.SUPPORTED
