"""Answers for tests of sheets: from a paper's own passages, by rule, with every question recorded."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from app.answering.records import Answer, AnswerStatus, Citation, Claim, PlacedBox, Provenance, Verdict
from app.generators.protocol import GeneratorIdentity, GeneratorKind, Task, Usage
from app.sheets.asking import Asked
from app.sheets.overlap import content_words
from indexes.records import Hit, HitSource, Language, Passage, boxes_between, page_at
from indexes.sentences import sentence_spans

PROVENANCE = Provenance(
    encoder="scripted",
    generator=GeneratorIdentity(GeneratorKind.EXTRACTIVE, "scripted", None),
    prompt_id=None,
    prompt_sha256=None,
    generation=1,
    parsers=("scripted",),
    seed=0,
    usage=Usage(3, 2),
    dropped_passage_ids=(),
    timings_ms=(("draft", 1.5),),
    version="0",
)


def make_citation(passage: Passage, start: int, end: int, *, marker: int = 1, title: str = "A title") -> Citation:
    return Citation(
        marker=marker,
        passage_id=passage.passage_id,
        paper_id=passage.paper_id,
        title=title,
        section=passage.section,
        page=page_at(passage, start),
        boxes=tuple(PlacedBox(page, box) for page, box in boxes_between(passage, start, end)),
        quote=passage.text[start:end],
        start=start,
        end=end,
    )


def make_claim(text: str, *citations: Citation, **changes: Any) -> Claim:
    return replace(Claim(text, citations, Verdict.SUPPORTED, "quote", ()), **changes)


def make_answer(question: str, *claims: Claim, passages: Sequence[Passage] = (), **changes: Any) -> Answer:
    answer = Answer(
        question=question,
        language=Language.ENGLISH,
        status=AnswerStatus.ANSWERED if claims else AnswerStatus.NOT_IN_PAPER,
        text=" ".join(f"{claim.text} " + "".join(f"[{one.marker}]" for one in claim.citations) for claim in claims),
        claims=claims,
        citations=tuple(citation for claim in claims for citation in claim.citations),
        hits=tuple(Hit(passage, 1.0, rank, HitSource.FUSED) for rank, passage in enumerate(passages, start=1)),
        titles={passage.paper_id: "" for passage in passages},
        provenance=PROVENANCE,
    )
    return replace(answer, **changes)


class QuotingAsk:
    """Answers with the sentences that share most words with the query; abstains below `min_shared` words."""

    def __init__(self, passages: Sequence[Passage], *, sentences: int = 1, min_shared: int = 2) -> None:
        self.asked: list[Asked] = []
        self._passages = passages
        self._sentences = sentences
        self._min_shared = min_shared

    def __call__(self, question: str, *, task: Task, query: str, max_sentences: int) -> Answer:
        self.asked.append(Asked(question, task, query, max_sentences))
        wanted = set(content_words(query))
        ranked = []
        for passage in self._passages:
            for start, end in sentence_spans(passage.text):
                shared = len(wanted & set(content_words(passage.text[start:end])))
                ranked.append((-shared, passage.ordinal, start, end, passage))
        ranked.sort(key=lambda one: one[:4])
        chosen = [one for one in ranked if -one[0] >= self._min_shared][: min(self._sentences, max_sentences)]
        claims = [
            make_claim(" ".join(passage.text[start:end].split()), make_citation(passage, start, end, marker=marker))
            for marker, (_, _, start, end, passage) in enumerate(chosen, start=1)
        ]
        return make_answer(question, *claims, passages=[one[4] for one in chosen])


class RuledAsk:
    """Answers by a function of the question and query."""

    def __init__(self, rule: Callable[[str, str], Answer]) -> None:
        self.asked: list[Asked] = []
        self._rule = rule

    def __call__(self, question: str, *, task: Task, query: str, max_sentences: int) -> Answer:
        self.asked.append(Asked(question, task, query, max_sentences))
        return self._rule(question, query)
