"""The sets by name, in the order in which they are measured and printed."""

from __future__ import annotations

from collections.abc import Mapping

from bench.retrieval import paper_sets, pooled_sets
from bench.retrieval.sets import Loader

SETS: Mapping[str, Loader] = {
    "covidqa": paper_sets.covidqa,
    "qasper": paper_sets.qasper,
    "argscichat": paper_sets.argscichat,
    "qasper_pooled": pooled_sets.qasper_pooled,
    "cranfield": pooled_sets.cranfield,
    "csfcube": pooled_sets.csfcube,
    "dair": pooled_sets.dair,
    "pubmedqa": pooled_sets.pubmedqa,
    "scifact": pooled_sets.scifact,
    "ja_questions": paper_sets.japanese_questions,
    "ja_questions_en": paper_sets.same_questions_in_english,
    "jsquad": pooled_sets.jsquad,
    "jaquad": pooled_sets.jaquad,
    "ja_notes": pooled_sets.japanese_notes,
}

LARGE = frozenset({"ja_notes"})
"""Sets over 100,000 abstracts: measured where asked for by name, or where their vectors are at hand."""
