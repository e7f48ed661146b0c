"""Which statements of table cells a question may be answered with: those whose row and column it names.

A paper's tables hold more statements than its prose has sentences, and each repeats the names of its row and column;
all but those that are asked for are kept out of the sentences compared.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from app.generators.extractive.candidates import Candidate
from app.generators.extractive.terms import content_terms
from indexes.records import PassageKind
from indexes.statements import Statement, statements_in

LEAST_NAMED = 0.5
"""Share of a row's or column's name that the question must have; the other must share a term with it."""


def asked_for(question: str, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
    """Return the candidates without the statements of cells that the question does not ask for."""
    asked = frozenset(content_terms(question))
    stated = {one.text: statements_in(one.text)[0] for one in candidates if one.kind is PassageKind.TABLE}
    named = {text: statement for text, statement in stated.items() if _is_asked_for(asked, statement)}
    verbatim = {_terms(one.row) for one in named.values() if _is_verbatim(one.row, question)}
    kept = {text for text, one in named.items() if _is_verbatim(one.row, question) or _terms(one.row) not in verbatim}
    return tuple(one for one in candidates if one.kind is not PassageKind.TABLE or one.text in kept)


def _terms(name: str) -> frozenset[str]:
    return frozenset(content_terms(name))


def _is_verbatim(row: str, question: str) -> bool:
    """Say whether the question has the row's own name as it stands: "BM25" is not "BM25+", whose terms are the same."""
    name = re.escape(row.rpartition(" > ")[2])
    return re.search(rf"(?<!\w){name}(?![\w+*-])", question, re.IGNORECASE) is not None


def _is_asked_for(asked: frozenset[str], statement: Statement) -> bool:
    label = _terms(statement.label)
    row, column = _terms(statement.row) - label, _terms(statement.column or statement.value) - label
    shares = [len(asked & terms) / len(terms) for terms in (row, column) if terms]
    return len(shares) == 2 and min(shares) > 0 and max(shares) >= LEAST_NAMED
