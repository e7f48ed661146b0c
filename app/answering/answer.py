"""A question to an answer: retrieve, gate, generate, cite, check. Grounded or silent."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, replace

from app.answering.claims import Claims, answer_text, citations_of
from app.answering.facet_questions import FacetQuestion, english_query, facet_of, is_found
from app.answering.gate import Assessment, assess
from app.answering.languages import language_of
from app.answering.provenance import Stopwatch, provenance_of
from app.answering.records import (
    Answer,
    AnswerEvent,
    AnswerOptions,
    AnswerStatus,
    Claim,
    Claimed,
    Done,
    Progressed,
    Retrieved,
    Verdict,
)
from app.answering.retrieval import Grounds, behind_context, evidence_of, grounds_of, opening_hits, retrieve, scope_of
from app.generators.protocol import Draft, DraftRequest, Evidence, Generator, Task, Usage
from indexes.errors import BadInput, TooLarge
from indexes.japanese.glossary import english_words
from indexes.library import Library
from indexes.nearness import nearness
from indexes.records import Hit, Language, Paper

__all__ = ["AnswerEvent", "AnswerOptions", "Claimed", "Done", "Retrieved", "answer_question"]

logger = logging.getLogger(__name__)

MAX_QUESTION_CHARACTERS = 4000

NOT_STATED = {Language.ENGLISH: "Not stated in the paper.", Language.JAPANESE: "本文に記載なし"}

NO_SUPPORT = {
    Language.ENGLISH: "Nothing that the paper supports could be written.",
    Language.JAPANESE: "本文で裏付けられる回答を作れませんでした。",
}

_NOTHING = Draft(sentences=(), usage=Usage(0, 0), dropped_evidence=(), prompt_id=None, prompt_sha256=None)


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question that has passed its checks, with its scope resolved.

    `query` is what is searched, `words` what sentences are chosen by: the same, but English words for a Japanese
    question over English papers. `searched` are the papers named and the notes about them.
    """

    question: str
    query: str
    words: str
    facet: FacetQuestion | None
    language: Language
    paper_ids: tuple[str, ...] | None
    searched: tuple[str, ...] | None
    options: AnswerOptions


def answer_question(
    question: str,
    *,
    library: Library,
    generator: Generator,
    options: AnswerOptions,
    on_event: Callable[[AnswerEvent], None] | None = None,
) -> Answer:
    """Answer from the library's papers, or say that they do not.

    Args:
        question: what is asked, at most `MAX_QUESTION_CHARACTERS` characters.
        library: where to look.
        generator: what writes; every sentence of it is cited and checked here.
        options: language, scope and bounds.
        on_event: told what was retrieved, each claim as it is checked, and the end; what it raises stops the work.

    Raises:
        BadInput: the question is empty, or an option is out of its range.
        TooLarge: the question is too long.
        NotFound: a paper that is named is not there.
        ModelError, Busy: the generator's trouble.
    """
    tell = on_event or _ignore
    watch = Stopwatch()
    asked = _read(question, library, options)
    grounds = grounds_of(library, _hits(asked, library), options.context)
    hits = grounds.hits
    watch.lap("retrieve")
    tell(Retrieved(hits, grounds.titles))
    evidence = evidence_of(grounds)
    assessment = _assessed(asked, library, evidence, hits)
    is_enough = _is_enough(asked, hits, assessment)
    asked = _worded_for(assessment, asked)
    watch.lap("gate")
    evidence, citable = behind_context(grounds, evidence, options.context)
    claims = Claims(evidence, query=asked.words, on_claim=lambda claim: tell(Claimed(claim)))
    request = _request(asked, grounds, evidence, citable=citable if options.context else None)
    draft = _NOTHING
    if is_enough:
        draft = generator.draft(request, on_sentence=claims.add, on_progress=lambda one: tell(Progressed(one)))
    done = claims.finish()
    watch.lap("generate")
    status = _status(done)
    answer = Answer(
        question=asked.question,
        language=asked.language,
        status=status,
        text=_text(status, done, asked.language),
        claims=done,
        citations=citations_of(done),
        hits=hits,
        titles=grounds.titles,
        provenance=provenance_of(
            library, generator, draft, evidence=evidence, grounds=grounds, seed=options.seed, watch=watch
        ),
    )
    logger.info(
        "answered status=%s hits=%d claims=%d elapsed_ms=%.0f", answer.status, len(hits), len(done), watch.total_ms
    )
    tell(Done(answer))
    return answer


def _read(question: str, library: Library, options: AnswerOptions) -> _Asked:
    if len(question) > MAX_QUESTION_CHARACTERS:
        raise TooLarge(
            f"the question has {len(question):,} characters, the limit is {MAX_QUESTION_CHARACTERS:,}",
            hint="Ask one thing in a few sentences.",
        )
    stripped = question.strip()
    if not stripped:
        raise BadInput("the question is empty", hint="Ask something, such as: What is the main result?")
    for name, value in (("k", options.k), ("max_sentences", options.max_sentences)):
        if value < 1:
            raise BadInput(f"{name} is {value}, it must be at least 1", hint=f"Give {name} a value from 1.")
    paper_ids = scope_of(library, options.paper_ids)
    query = (options.retrieval_query or "").strip() or stripped
    is_across = options.task is Task.ANSWER and _is_across_languages(query, library, paper_ids)
    facet = facet_of(query) if is_across else None
    if facet is not None:
        query = words = english_query(query, facet)
    else:
        words = english_words(query) or query if is_across else query
    return _Asked(
        question=stripped,
        query=query,
        words=words,
        facet=facet,
        language=options.language or language_of(stripped),
        paper_ids=paper_ids,
        searched=library.papers.with_notes(paper_ids) if paper_ids and options.with_notes else paper_ids,
        options=options,
    )


def _is_across_languages(query: str, library: Library, paper_ids: tuple[str, ...] | None) -> bool:
    """Return whether a Japanese query meets English papers alone."""
    if language_of(query) is not Language.JAPANESE:
        return False
    if paper_ids is None:
        return library.papers.count(language=Language.JAPANESE) == 0
    return all(library.papers.get(name).paper.language is not Language.JAPANESE for name in paper_ids)


def _hits(asked: _Asked, library: Library) -> tuple[Hit, ...]:
    is_of_opening = asked.facet is not None and asked.facet.is_of_opening
    if is_of_opening and asked.paper_ids is not None and len(asked.paper_ids) == 1:
        return opening_hits(library.papers.passages(asked.paper_ids[0]), k=asked.options.k)
    is_search = asked.options.task is Task.ANSWER
    paper_ids = asked.searched if is_search else asked.paper_ids
    return retrieve(library, asked.query, task=asked.options.task, k=asked.options.k, paper_ids=paper_ids)


def _worded_for(assessment: Assessment | None, asked: _Asked) -> _Asked:
    """Return the question with English words where a Japanese one of a library of both is answered by English text."""
    if assessment is None or asked.words != asked.query or language_of(asked.query) is not Language.JAPANESE:
        return asked
    is_english = assessment.language is Language.ENGLISH
    return replace(asked, words=english_words(asked.query) or asked.query) if is_english else asked


def _assessed(
    asked: _Asked, library: Library, evidence: tuple[Evidence, ...], hits: tuple[Hit, ...]
) -> Assessment | None:
    """Return what the gate says of the hits; None where it has nothing to judge."""
    if not hits or asked.options.task is not Task.ANSWER or asked.facet is not None:
        return None
    near = nearness(library, asked.query, paper_ids=asked.searched)
    return assess(asked.query, hits, titles=[piece.title for piece in evidence], nearness=near)


def _is_enough(asked: _Asked, hits: tuple[Hit, ...], assessment: Assessment | None) -> bool:
    if assessment is not None:
        return assessment.is_enough
    return bool(hits) and (asked.facet is None or is_found(asked.facet, hits))


def _request(
    asked: _Asked, grounds: Grounds, evidence: tuple[Evidence, ...], *, citable: tuple[int, ...] | None
) -> DraftRequest:
    return DraftRequest(
        task=asked.options.task,
        question=asked.question,
        language=asked.language,
        evidence=evidence,
        paper=_only_paper(grounds, evidence),
        max_sentences=asked.options.max_sentences,
        seed=asked.options.seed,
        query=asked.words if asked.words != asked.question else None,
        citable=citable,
        reader=asked.options.reader,
        priority=asked.options.priority,
        deadline_s=asked.options.deadline_s,
    )


def _only_paper(grounds: Grounds, evidence: tuple[Evidence, ...]) -> Paper | None:
    paper_ids = {piece.passage.paper_id for piece in evidence}
    return grounds.papers[paper_ids.pop()].paper if len(paper_ids) == 1 else None


def _status(claims: tuple[Claim, ...]) -> AnswerStatus:
    if not claims:
        return AnswerStatus.NOT_IN_PAPER
    is_answered = any(claim.verdict is Verdict.SUPPORTED for claim in claims)
    return AnswerStatus.ANSWERED if is_answered else AnswerStatus.UNSUPPORTED


def _text(status: AnswerStatus, claims: tuple[Claim, ...], language: Language) -> str:
    if status is AnswerStatus.ANSWERED:
        return answer_text(claims)
    return NOT_STATED[language] if status is AnswerStatus.NOT_IN_PAPER else NO_SUPPORT[language]


def _ignore(event: AnswerEvent) -> None:
    """Take no notice."""
