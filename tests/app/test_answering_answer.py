from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder

from app.answering.answer import MAX_QUESTION_CHARACTERS, NOT_STATED, answer_question
from app.answering.records import (
    Answer,
    AnswerEvent,
    AnswerOptions,
    AnswerStatus,
    Claimed,
    Done,
    Retrieved,
    Verdict,
)
from app.answering.retrieval import behind_context, evidence_of, grounds_of, retrieve
from app.generators.extractive import ExtractiveGenerator
from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    GeneratorKind,
    Priority,
    Task,
    Usage,
)
from indexes.errors import BadInput, NotFound, TooLarge
from indexes.library import Library, open_library
from indexes.records import Box, Hit, HitSource, Language, PassageKind, Span

CRANES = "0123456789ab"
DUCKS = "ba9876543210"
ABSTRACT = "Counting cranes by eye is slow. We propose a quiet drone that counts cranes at night. It finds more nests."
FLIGHT = "The drone counted up to 412 cranes near Izumi [3]. It flew for 18 minutes with one battery."
METHOD = "Each crane is found by its heat. The camera weighs 250 g and looks straight down."
POND = "Ducks were counted by volunteers. The ponds froze in January."


class Scripted:
    """Gives the sentences it was made with and keeps what it was asked."""

    def __init__(self, *sentences: tuple[str, tuple[int, ...]]) -> None:
        self.sentences = [DraftSentence(text, numbers) for text, numbers in sentences]
        self.requests: list[DraftRequest] = []
        self.identity = GeneratorIdentity(GeneratorKind.REMOTE, "scripted", None)
        self.parallel_drafts = 1

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        self.requests.append(request)
        for sentence in self.sentences:
            if on_sentence is not None:
                on_sentence(sentence)
        return Draft(tuple(self.sentences), Usage(11, 7), (2,), "answer.en", "f" * 64)

    def close(self) -> None:
        pass


def spans_of(text: str) -> tuple[Span, ...]:
    """Two lines on two pages, cut at the first full stop."""
    cut = text.index(". ") + 1
    return (
        Span(0, cut, 2, Box(72, 100, 300, 112)),
        Span(cut, len(text), 3, Box(72, 60, 300, 72)),
    )


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    encoder = FakeEncoder(dimension=256, languages=frozenset({"en"}))
    with open_library(tmp_path / "library", encoder=encoder, create=True) as library:
        for paper_id, title, texts in ((CRANES, "Quiet Drones", (ABSTRACT, FLIGHT, METHOD)), (DUCKS, "Ducks", (POND,))):
            passages = [
                make_passage(
                    paper_id=paper_id,
                    ordinal=ordinal,
                    text=text,
                    spans=spans_of(text),
                    kind=PassageKind.ABSTRACT if text is ABSTRACT else PassageKind.BODY,
                )
                for ordinal, text in enumerate(texts)
            ]
            paper = make_paper(paper_id=paper_id, title=title, content_sha256=paper_id.ljust(64, "0"))
            vectors = encoder.encode_passages([passage.text for passage in passages])
            library.store.put_paper(paper, passages, vectors, parser="hand 1", document_json="{}")
        yield library


def ask(library: Library, question: str, generator: Scripted | ExtractiveGenerator, **changes: object) -> Answer:
    options: dict[str, object] = {"language": None, "paper_ids": (CRANES,), "k": 8, "max_sentences": 3} | changes
    return answer_question(question, library=library, generator=generator, options=AnswerOptions(**options))  # type: ignore[arg-type]


def number_of(library: Library, question: str, text: str) -> int:
    """The number under which the passage will be offered."""
    scout = Scripted()
    ask(library, question, scout)
    return next(piece.number for piece in scout.requests[0].evidence if piece.passage.text == text)


QUESTION = "How many cranes were counted near Izumi?"


def test_answer_question_quotes_the_sentence_with_its_page_and_box(library: Library) -> None:
    answer = ask(library, QUESTION, ExtractiveGenerator(encoder=library.encoder))
    assert answer.status is AnswerStatus.ANSWERED
    first = answer.claims[0]
    assert first.text == "The drone counted up to 412 cranes near Izumi."
    (citation,) = first.citations
    assert citation.quote == "The drone counted up to 412 cranes near Izumi [3]."
    assert (citation.marker, citation.page, citation.title) == (1, 2, "Quiet Drones")
    assert citation.boxes[0].box == Box(72, 100, 300, 112)
    assert answer.text.startswith("The drone counted up to 412 cranes near Izumi. [1]")


def test_answer_question_copies_every_quote_from_its_passage(library: Library) -> None:
    answer = ask(library, QUESTION, ExtractiveGenerator(encoder=library.encoder))
    passages = {hit.passage.passage_id: hit.passage for hit in answer.hits}
    for citation in answer.citations:
        assert passages[citation.passage_id].text[citation.start : citation.end] == citation.quote
    assert [citation.marker for citation in answer.citations] == list(range(1, len(answer.citations) + 1))


def test_answer_question_leaves_failed_claims_out_of_the_text_and_keeps_them_marked(library: Library) -> None:
    number = number_of(library, QUESTION, FLIGHT)
    generator = Scripted(
        ("It counted up to 512 cranes near Izumi. [7]", (number,)),
        ("The drone flew for 18 minutes.", (number,)),
    )
    answer = ask(library, QUESTION, generator)
    assert answer.status is AnswerStatus.ANSWERED
    assert answer.text == "The drone flew for 18 minutes. [1]"
    assert [claim.verdict for claim in answer.claims] == [Verdict.CONTRADICTED, Verdict.SUPPORTED]
    assert "512" in answer.claims[0].reason
    assert [claim.citations[0].marker for claim in answer.claims] == [2, 1]


def test_answer_question_is_unsupported_when_no_claim_stands(library: Library) -> None:
    number = number_of(library, QUESTION, FLIGHT)
    answer = ask(library, QUESTION, Scripted(("GPT-5 counted 999 cranes.", (number,))))
    assert answer.status is AnswerStatus.UNSUPPORTED
    assert "[" not in answer.text
    assert answer.claims[0].verdict is Verdict.NOT_FOUND


def test_answer_question_gives_the_same_quote_the_same_marker(library: Library) -> None:
    number = number_of(library, QUESTION, FLIGHT)
    generator = Scripted(
        ("Up to 412 cranes were counted.", (number,)), ("The drone counted cranes near Izumi.", (number,))
    )
    answer = ask(library, QUESTION, generator)
    assert answer.text == "Up to 412 cranes were counted. [1] The drone counted cranes near Izumi. [1]"
    assert len(answer.citations) == 1


def test_answer_question_abstains_without_asking_the_generator(library: Library) -> None:
    generator = Scripted(("Anything.", (1,)))
    answer = ask(library, "Which enzyme splits lactose in rats?", generator)
    assert (answer.status, answer.text, answer.claims) == (AnswerStatus.NOT_IN_PAPER, "Not stated in the paper.", ())
    assert generator.requests == []


def test_answer_question_abstains_when_the_generator_does(library: Library) -> None:
    assert ask(library, QUESTION, Scripted()).status is AnswerStatus.NOT_IN_PAPER


def test_answer_question_abstains_in_the_language_of_the_question(library: Library) -> None:
    answer = ask(library, "乳糖を分解する酵素は何ですか？", Scripted())
    assert (answer.language, answer.text) == (Language.JAPANESE, NOT_STATED[Language.JAPANESE])


def test_answer_question_searches_with_the_retrieval_query(library: Library) -> None:
    scout = Scripted()
    ask(library, "鶴は何羽いましたか？", scout, retrieval_query="How many cranes were counted near Izumi?")
    (request,) = scout.requests
    assert request.question == "鶴は何羽いましたか？"
    assert request.evidence[0].passage.text == FLIGHT
    assert request.paper is not None


def test_answer_question_checks_japanese_claims_over_english_text(library: Library) -> None:
    query = "How many cranes were counted near Izumi?"
    number = number_of(library, query, FLIGHT)
    generator = Scripted(("Izumiで最大412羽を数えた。", (number,)), ("Izumiで最大500羽を数えた。", (number,)))
    answer = ask(library, "鶴は何羽？", generator, retrieval_query=query)
    assert answer.text == "Izumiで最大412羽を数えた。[1]"
    assert answer.claims[0].citations[0].quote == "The drone counted up to 412 cranes near Izumi [3]."


def test_paper_that_is_removed_while_the_answer_is_written_takes_nothing_from_it(library: Library) -> None:
    whole = ask(library, QUESTION, Scripted(("It flew for 18 minutes.", (1,))), paper_ids=None)

    def remove(event: AnswerEvent) -> None:
        if isinstance(event, Retrieved):
            library.store.remove_paper(CRANES)

    options = AnswerOptions(language=None, paper_ids=None, k=8)
    generator = Scripted(("It flew for 18 minutes.", (1,)))
    answer = answer_question(QUESTION, library=library, generator=generator, options=options, on_event=remove)
    assert CRANES not in library.papers.held([CRANES])
    assert (answer.text, answer.citations, answer.hits) == (whole.text, whole.citations, whole.hits)
    assert answer.titles[CRANES] == whole.citations[0].title
    assert answer.provenance.parsers == whole.provenance.parsers


def test_context_of_a_paper_that_is_no_longer_there_is_not_read(library: Library) -> None:
    context = library.papers.passages(DUCKS)
    hits = tuple(
        Hit(one, 1.0, rank, HitSource.FUSED) for rank, one in enumerate(library.papers.passages(CRANES), start=1)
    )
    library.store.remove_paper(DUCKS)
    grounds = grounds_of(library, hits, context)
    pieces, citable = behind_context(grounds, evidence_of(grounds), context)
    assert {piece.passage.paper_id for piece in pieces} == {CRANES}
    assert citable == tuple(range(1, len(hits) + 1))


def test_hits_of_a_paper_that_was_removed_since_it_was_found_are_no_evidence(
    library: Library, monkeypatch: pytest.MonkeyPatch
) -> None:
    def found_then_removed(*arguments: object, **options: object) -> tuple[Hit, ...]:
        hits = retrieve(*arguments, **options)  # type: ignore[arg-type]
        library.store.remove_paper(CRANES)
        return hits

    monkeypatch.setattr("app.answering.answer.retrieve", found_then_removed)
    generator = Scripted()
    answer = ask(library, "Who counted ducks, and was it by a drone?", generator, k=5, paper_ids=None)
    assert {hit.passage.paper_id for hit in answer.hits} == {DUCKS}
    assert [hit.rank for hit in answer.hits] == list(range(1, len(answer.hits) + 1))


def test_answer_question_tells_events_in_order_with_final_markers(library: Library) -> None:
    number = number_of(library, QUESTION, FLIGHT)
    generator = Scripted(("It counted 999 cranes.", (number,)), ("It flew for 18 minutes.", (number,)))
    events: list[AnswerEvent] = []
    options = AnswerOptions(language=None, paper_ids=None, k=3, max_sentences=3)
    answer = answer_question(QUESTION, library=library, generator=generator, options=options, on_event=events.append)
    assert [type(event) for event in events] == [Retrieved, Claimed, Claimed, Done]
    told = [event.claim for event in events if isinstance(event, Claimed)]
    assert sorted(map(str, told)) == sorted(map(str, answer.claims))
    assert isinstance(events[-1], Done)
    assert events[-1].answer == answer


def test_answer_question_stops_when_the_listener_raises(library: Library) -> None:
    class Gone(Exception):
        pass

    def leave(event: AnswerEvent) -> None:
        if isinstance(event, Claimed):
            raise Gone

    generator = ExtractiveGenerator(encoder=library.encoder)
    options = AnswerOptions(language=None, paper_ids=None, k=3, max_sentences=3)
    with pytest.raises(Gone):
        answer_question(QUESTION, library=library, generator=generator, options=options, on_event=leave)


@pytest.mark.parametrize(
    ("task", "expected"), [(Task.ONE_LINE, ["We propose a quiet drone that counts cranes at night."])]
)
def test_answer_question_writes_one_line_from_the_abstract(library: Library, task: Task, expected: list[str]) -> None:
    answer = ask(library, "What does the paper do?", ExtractiveGenerator(encoder=library.encoder), task=task)
    assert [claim.text for claim in answer.claims] == expected
    assert answer.hits[0].passage.kind is PassageKind.ABSTRACT


def test_answer_question_summarises_with_the_abstract(library: Library) -> None:
    generator = ExtractiveGenerator(encoder=library.encoder)
    answer = ask(library, "Summarise the paper.", generator, task=Task.SUMMARY, max_sentences=5)
    assert " ".join(claim.text for claim in answer.claims) == ABSTRACT


def test_answer_question_keeps_its_provenance(library: Library) -> None:
    answer = ask(library, QUESTION, Scripted(), seed=5)
    provenance = answer.provenance
    assert (provenance.encoder, provenance.parsers, provenance.seed) == ("fake", ("hand 1",), 5)
    assert (provenance.prompt_id, provenance.usage) == ("answer.en", Usage(11, 7))
    assert provenance.dropped_passage_ids == (answer.hits[1].passage.passage_id,)
    assert provenance.generation == library.generation()
    assert [stage for stage, _ in provenance.timings_ms] == ["retrieve", "gate", "generate"]


@pytest.mark.parametrize(
    ("question", "changes", "error", "names"),
    [
        ("", {}, BadInput, "empty"),
        (" \n ", {}, BadInput, "empty"),
        ("x" * (MAX_QUESTION_CHARACTERS + 1), {}, TooLarge, "4,001"),
        (QUESTION, {"k": 0}, BadInput, "k is 0"),
        (QUESTION, {"max_sentences": 0}, BadInput, "max_sentences is 0"),
        (QUESTION, {"paper_ids": ("feedfeedfeed",)}, NotFound, "feedfeedfeed"),
        (QUESTION, {"paper_ids": ()}, BadInput, "no paper"),
        (QUESTION, {"paper_ids": None, "task": Task.SUMMARY}, BadInput, "summary"),
    ],
)
def test_answer_question_refuses_what_it_cannot_use(
    library: Library, question: str, changes: dict[str, object], error: type[Exception], names: str
) -> None:
    with pytest.raises(error, match=names):
        ask(library, question, Scripted(), **changes)


def test_answer_question_of_an_empty_library_abstains(tmp_path: Path) -> None:
    with open_library(tmp_path / "empty", encoder=FakeEncoder(), create=True) as library:
        answer = ask(library, QUESTION, Scripted(), paper_ids=None)
    assert answer.status is AnswerStatus.NOT_IN_PAPER
    assert answer.hits == ()


def test_answer_question_reads_the_context_first_and_rests_on_hits_alone(library: Library) -> None:
    scout, generator = Scripted(), Scripted()
    ask(library, QUESTION, scout, k=2)
    found = [piece.passage for piece in scout.requests[0].evidence]
    context = tuple(one for one in library.papers.passages(CRANES) if one.passage_id != found[0].passage_id)
    answer = ask(library, QUESTION, generator, k=2, context=context)
    (request,) = generator.requests
    assert [piece.passage for piece in request.evidence] == [*context, found[0]]
    assert [piece.number for piece in request.evidence] == [1, 2, 3]
    numbers = {piece.passage.passage_id: piece.number for piece in request.evidence}
    assert request.citable == tuple(numbers[passage.passage_id] for passage in found)
    (read_besides,) = {one.passage_id for one in context} - {one.passage_id for one in found}
    assert answer.provenance.context_passage_ids == (read_besides,)
    assert answer.provenance.dropped_passage_ids == (context[1].passage_id,)


def test_answer_question_with_a_context_quotes_as_without(library: Library) -> None:
    generator = ExtractiveGenerator(encoder=library.encoder)
    context = library.papers.passages(CRANES)
    plain, shared = ask(library, QUESTION, generator, k=2), ask(library, QUESTION, generator, k=2, context=context)
    assert [claim.text for claim in shared.claims] == [claim.text for claim in plain.claims]


def test_answer_question_passes_on_who_asks(library: Library) -> None:
    generator = Scripted()
    ask(library, QUESTION, generator, reader="sheet:x", priority=Priority.BACKGROUND, deadline_s=3.0)
    (request,) = generator.requests
    assert (request.reader, request.priority, request.deadline_s) == ("sheet:x", Priority.BACKGROUND, 3.0)


def test_answer_question_in_japanese_finds_english_evidence_behind_a_japanese_hit(library: Library) -> None:
    text = "近くで何羽ですか？この版では近くのことは述べません。"
    paper = make_paper(paper_id="japanese", content_sha256="a" * 64, language=Language.JAPANESE)
    passage = make_passage(paper_id="japanese", text=text)
    library.store.put_paper(
        paper, [passage], library.encoder.encode_passages(["-"]), parser="hand 1", document_json="{}"
    )
    scout = Scripted()
    ask(library, "Izumiの近くで数えたcranesは何羽ですか？", scout, paper_ids=None, k=4)
    (request,) = scout.requests
    assert request.evidence[0].passage.text == text
    assert request.query is not None
    assert {"izumi", "cranes"} <= set(request.query.lower().split())
    assert request.query.isascii()
