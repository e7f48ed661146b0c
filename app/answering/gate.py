"""Whether what was found is enough to answer from, decided before anything is written."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from app.answering.languages import language_of
from app.generators.extractive.terms import STOP_TERMS, content_terms
from indexes.japanese.glossary import translated_terms
from indexes.records import Hit, Language

MIN_EVIDENCE = 1.88
"""Abstain below this sum of coverage, coverage by one passage, and twice the nearest cosine.

Chosen on COVID-QA and QASPER dev (745 answerable questions, each also asked of two other papers of its field and one of
another): keeps 98 % of the answerable; turns away 89 % (COVID-QA) and 56 % (QASPER, whose questions are general: "What
are the baselines?") asked of papers of the same field, 98 % and 93 % across fields. 2.07 keeps 95 % and turns away 94,
62, 99 and 93 %. Through the library (`python -m bench.answers`, 2026-11-22): answers 98 % and 88 % of the answerable,
turns away 88 % and 56 % within the field, 98 % and 98 % across. The cosines are the bundled encoder's.
"""

MIN_EVIDENCE_WITHOUT_NEARNESS = 1.0
"""The same without the cosine: keeps 99 %, turns away 75 % and 29 % within the field, 90 % and 65 % across."""

NEARNESS_WEIGHT = 2.0

_Concept = frozenset[frozenset[str]]
"""The ways to say one thing; each is the terms that must stand together."""

_LATIN_OR_DIGIT = re.compile(r"[a-z0-9]")


@dataclass(frozen=True, slots=True)
class Assessment:
    """How well the evidence meets the question.

    `coverage` is the share of the question's terms found in all hits of `language`, `best_coverage` in the one hit that
    has most. `nearness` is the highest cosine, None where the encoder cannot judge.
    """

    language: Language
    coverage: float
    best_coverage: float
    nearness: float | None
    is_enough: bool


def assess(query: str, hits: Sequence[Hit], *, titles: Sequence[str], nearness: float | None) -> Assessment:
    """Say whether the hits, at least one, hold what the query asks about; `titles` are their papers', in their order.

    Japanese words cannot stand in English passages; in these a word counts as found where one of its translations is,
    the query's Latin words and numbers as they stand, and a query without any finds nothing. Where a Japanese query
    found both, the language counts whose hits hold more of it.
    """
    if language_of(query) is not Language.JAPANESE:
        return _assessed(query, hits, titles, language=Language.ENGLISH, nearness=nearness)
    sides: dict[Language, list[tuple[Hit, str]]] = {Language.JAPANESE: [], Language.ENGLISH: []}
    for hit, title in zip(hits, titles, strict=True):
        sides[language_of(hit.passage.text)].append((hit, title))
    assessed = [
        _assessed(query, [hit for hit, _ in side], [title for _, title in side], language=language, nearness=nearness)
        for language, side in sides.items()
        if side
    ]
    return max(assessed, key=lambda one: one.coverage + one.best_coverage)


def _assessed(
    query: str, hits: Sequence[Hit], titles: Sequence[str], *, language: Language, nearness: float | None
) -> Assessment:
    """Return the assessment of hits in one language."""
    is_translated = language is not language_of(query) and language_of(query) is Language.JAPANESE
    concepts = _concepts(query, is_translated=is_translated)
    if concepts is None:
        return Assessment(language, 0.0, 0.0, nearness, False)
    texts = [
        set(content_terms(f"{title} {hit.passage.section} {hit.passage.text}"))
        for hit, title in zip(hits, titles, strict=True)
    ]
    held = [{number for number, concept in enumerate(concepts) if _stands_in(concept, text)} for text in texts]
    count = max(1, len(concepts))
    coverage = len(set().union(*held)) / count if concepts else 1.0
    best_coverage = max((len(found) for found in held), default=0) / count if concepts else 1.0
    return Assessment(language, coverage, best_coverage, nearness, _is_enough(coverage + best_coverage, nearness))


def _concepts(query: str, *, is_translated: bool) -> list[_Concept] | None:
    """Return what the query asks about, each as the ways to say it; None where nothing of it can be looked for."""
    terms = dict.fromkeys(content_terms(query))
    if not is_translated:
        return [frozenset({frozenset({term})}) for term in terms]
    said = [frozenset({frozenset({term})}) for term in terms if _LATIN_OR_DIGIT.match(term)]
    for translation in translated_terms(query):
        ways = (frozenset(alternative.terms) - STOP_TERMS for alternative in translation.alternatives)
        if concept := frozenset(way for way in ways if way):
            said.append(concept)
    return said or None


def _stands_in(concept: _Concept, terms: set[str]) -> bool:
    return any(way <= terms for way in concept)


def _is_enough(coverages: float, nearness: float | None) -> bool:
    if nearness is None:
        return coverages >= MIN_EVIDENCE_WITHOUT_NEARNESS
    return coverages + NEARNESS_WEIGHT * nearness >= MIN_EVIDENCE
