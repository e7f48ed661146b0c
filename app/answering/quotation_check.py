"""Whether the words that a claim puts between quotation marks stand in the text it cites."""

from __future__ import annotations

import re
import unicodedata

from app.answering.evidence_text import EvidenceText
from app.answering.records import Check, Verdict

_QUOTED = re.compile(r"“([^”]+)”|\"([^\"]+)\"|「([^」]+)」")
MIN_WORDS = 4
MIN_JAPANESE_CHARACTERS = 10


def check_quotations(claim: str, evidence: EvidenceText) -> tuple[Check, Verdict]:
    """Check every longer quotation; shorter ones are terms, and Japanese ones cannot stand in English text."""
    quotations = [next(filter(None, found.groups())) for found in _QUOTED.finditer(claim)]
    long = [text for text in quotations if _is_long(text, evidence)]
    joined = _plain(" ".join(evidence.texts))
    absent = [text for text in long if _plain(text) not in joined]
    if absent:
        return Check("quotations", False, f"“{absent[0]}” is not in the cited text"), Verdict.NOT_FOUND
    return Check(
        "quotations", True, f"{len(long)} quoted, all in the cited text" if long else "nothing quoted"
    ), Verdict.SUPPORTED


def _is_long(text: str, evidence: EvidenceText) -> bool:
    if re.search(r"[\u3040-\u9fff]", text):
        return evidence.is_same_language and len(text) >= MIN_JAPANESE_CHARACTERS
    return len(text.split()) >= MIN_WORDS


def _plain(text: str) -> str:
    text = unicodedata.normalize("NFKC", text).replace("’", "'").replace("“", '"').replace("”", '"')
    return " ".join(text.split()).casefold().strip(" .,;")
