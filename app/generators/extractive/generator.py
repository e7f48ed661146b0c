"""The generator without a model: it quotes the sentences that answer, and writes nothing of its own."""

from __future__ import annotations

import threading
from collections import OrderedDict
from collections.abc import Callable, Sequence

import numpy as np

from app.generators.extractive.candidates import Candidate, candidates_of
from app.generators.extractive.cells import asked_for
from app.generators.extractive.languages import in_language_of
from app.generators.extractive.overview import one_line, summary
from app.generators.extractive.scoring import MEANING_WEIGHT, covered_terms, lexical_scores, term_weights
from app.generators.extractive.selection import Scored, choose
from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    Evidence,
    GeneratorIdentity,
    GeneratorKind,
    Task,
    Usage,
)
from indexes.arrays import Vectors
from indexes.encoding.encoder import Encoder
from indexes.records import PassageKind

MAX_ENCODED = 16
"""Sentences compared by meaning; the rest are out by their words."""

CACHED_SENTENCES = 20_000
"""Vectors kept: 31 MB at 384 dimensions."""


class ExtractiveGenerator:
    """Quotes sentences of the evidence. Safe to call from several threads."""

    def __init__(self, *, encoder: Encoder) -> None:
        self._encoder = encoder
        self._vectors: OrderedDict[str, Vectors] = OrderedDict()
        self._lock = threading.Lock()

    @property
    def identity(self) -> GeneratorIdentity:
        """The generator has no model file; its sentences are ranked with the library's encoder."""
        return GeneratorIdentity(kind=GeneratorKind.EXTRACTIVE, name="extractive", sha256=None)

    @property
    def parallel_drafts(self) -> int:
        """Each thread drafts by itself, and nothing is shared."""
        return 1

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        """Quote up to `request.max_sentences` sentences; none where no sentence of the evidence can be quoted."""
        chosen = self._choose(request, candidates_of(_citable(request)))
        sentences = tuple(DraftSentence(text=one.text, evidence_numbers=(one.evidence_number,)) for one in chosen)
        for sentence in sentences:
            if on_sentence is not None:
                on_sentence(sentence)
        return Draft(
            sentences=sentences,
            usage=Usage(prompt_tokens=0, completion_tokens=0),
            dropped_evidence=(),
            prompt_id=None,
            prompt_sha256=None,
        )

    def close(self) -> None:
        """Forget the vectors kept."""
        with self._lock:
            self._vectors.clear()

    def _choose(self, request: DraftRequest, candidates: Sequence[Candidate]) -> tuple[Candidate, ...]:
        if request.task is not Task.ANSWER:
            candidates = [one for one in candidates if one.kind is not PassageKind.TABLE]
        if request.task is Task.ONE_LINE:
            best = one_line(candidates)
            return (best,) if best is not None else ()
        if request.task is Task.SUMMARY:
            return summary(candidates, max_sentences=request.max_sentences)
        asked = request.query or request.question
        candidates = asked_for(asked, in_language_of(asked, candidates))
        weights = term_weights(asked, candidates)
        scored = self._scored(asked, candidates, weights)
        return choose(scored, weights=weights, max_sentences=request.max_sentences)

    def _scored(self, question: str, candidates: Sequence[Candidate], weights: dict[str, float]) -> list[Scored]:
        """Score by words, then the leading `MAX_ENCODED` by words and meaning."""
        lexical = lexical_scores(question, candidates, weights)
        leading = sorted(range(len(candidates)), key=lambda index: -lexical[index])[:MAX_ENCODED]
        leading = self._with_sentences_before(leading, candidates)
        if not leading:
            return []
        query = self._encoder.encode_queries([question])[0]
        vectors = self._encoded([candidates[index].text for index in leading])
        return [
            Scored(
                candidates[index],
                lexical[index] + MEANING_WEIGHT * float(np.dot(vector, query)),
                vector,
                covered_terms(weights, candidates[index].text),
            )
            for index, vector in zip(leading, vectors, strict=True)
        ]

    def _with_sentences_before(self, leading: list[int], candidates: Sequence[Candidate]) -> list[int]:
        """Add the antecedents of dangling sentences, so that they can be shown with them."""
        place = {one.text: index for index, one in enumerate(candidates)}
        wanted = [candidates[index].before for index in leading if candidates[index].is_dangling]
        added = {place[before] for before in wanted if before in place}
        return leading + sorted(added - set(leading))

    def _encoded(self, texts: Sequence[str]) -> list[Vectors]:
        """Return a vector a text, from those kept where they are there."""
        with self._lock:
            known = {text: self._vectors[text] for text in texts if text in self._vectors}
        missing = [text for text in dict.fromkeys(texts) if text not in known]
        if missing:
            known.update(zip(missing, self._encoder.encode_passages(missing), strict=True))
        with self._lock:
            for text in texts:
                self._vectors[text] = known[text]
                self._vectors.move_to_end(text)
            while len(self._vectors) > CACHED_SENTENCES:
                self._vectors.popitem(last=False)
        return [known[text] for text in texts]


def _citable(request: DraftRequest) -> tuple[Evidence, ...]:
    """Return the evidence that sentences may rest on, best first."""
    if request.citable is None:
        return request.evidence
    pieces = {piece.number: piece for piece in request.evidence}
    return tuple(pieces[number] for number in request.citable)
