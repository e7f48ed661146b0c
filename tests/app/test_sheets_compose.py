from dataclasses import replace

import pytest
from factories import make_passage
from scripted_answers import QuotingAsk, RuledAsk, make_answer, make_citation, make_claim
from sheet_factories import HERON, make_heron_passages

from app.answering.records import Answer, AnswerStatus, Verdict
from app.generators.protocol import Task
from app.sheets.compose import ON_THE_PAGE, compose_sheet
from app.sheets.overlap import containment
from app.sheets.records import Facet, QASheet, SheetFindingKind
from indexes.records import Language

PASSAGES = (*make_heron_passages(), *(make_passage(ordinal=ordinal, text="Cranes sleep.") for ordinal in range(7, 16)))


def compose(language: Language = Language.ENGLISH, **changes: object) -> tuple[QASheet, QuotingAsk]:
    ask = QuotingAsk(PASSAGES)
    return compose_sheet(HERON, PASSAGES, language=language, ask=ask), ask


def test_a_sheet_asks_what_the_paper_answers() -> None:
    sheet, _ = compose()
    answers = {item.facet: item.answer.claims[0].text for item in sheet.items}
    assert len(sheet.items) == 10
    assert answers[Facet.PROBLEM].startswith("The goal of this work")
    assert answers[Facet.LIMITS].startswith("A limitation of the method is rain")
    assert sum(item.facet is Facet.DETAIL for item in sheet.items) >= 3


def test_items_come_in_the_readers_order() -> None:
    sheet, _ = compose()
    places = [ON_THE_PAGE.index(item.facet) for item in sheet.items]
    assert places == sorted(places)


@pytest.mark.parametrize("language", tuple(Language))
def test_no_question_and_no_answer_is_there_twice(language: Language) -> None:
    sheet, _ = compose(language)
    questions = [item.question for item in sheet.items]
    texts = [item.answer.claims[0].text for item in sheet.items]
    assert len(set(questions)) == len(questions)
    assert max(containment(one, other) for at, one in enumerate(texts) for other in texts[:at]) < 0.55


def test_a_sheet_is_the_same_every_time() -> None:
    assert compose()[0] == compose()[0]


def test_the_summary_is_asked_with_its_own_tasks() -> None:
    _, ask = compose()
    assert [(asked.task, asked.max_sentences) for asked in ask.asked[:2]] == [(Task.ONE_LINE, 1), (Task.SUMMARY, 5)]
    assert {asked.task for asked in ask.asked[2:]} == {Task.ANSWER}


def test_what_the_paper_does_not_state_is_a_finding_and_not_an_item() -> None:
    passages = (*PASSAGES[:6], *PASSAGES[7:])
    sheet = compose_sheet(HERON, passages, language=Language.ENGLISH, ask=QuotingAsk(passages))
    assert Facet.LIMITS not in {item.facet for item in sheet.items}
    not_stated = [finding.question for finding in sheet.findings if finding.kind is SheetFindingKind.NOT_STATED]
    assert "limits" in not_stated
    assert len(not_stated) == len(set(not_stated))


def rule_kinds(answer: Answer) -> set[SheetFindingKind]:
    """Compose a sheet where every question gets the same answer, and return what was found."""
    sheet = compose_sheet(HERON, PASSAGES, language=Language.ENGLISH, ask=RuledAsk(lambda question, query: answer))
    return {finding.kind for finding in sheet.findings} - {SheetFindingKind.NOT_STATED}


def quoting(text: str, **changes: object) -> Answer:
    return make_answer("?", make_claim(text, make_citation(make_passage(text=text), 0, len(text)), **changes))


GOOD = "A limitation of the method is rain, which cools the feathers; 22% fewer cranes were found in 3 wet nights."


def test_an_answer_that_is_already_on_the_sheet_is_left_out() -> None:
    sheet = compose_sheet(HERON, PASSAGES, language=Language.ENGLISH, ask=RuledAsk(lambda *_: quoting(GOOD)))
    assert len(sheet.items) == 1
    assert SheetFindingKind.REPEATED_ANSWER in {finding.kind for finding in sheet.findings}


def test_the_same_words_from_another_place_are_a_repeat() -> None:
    ordinals = iter(range(1000))

    def elsewhere(question: str, query: str) -> Answer:
        passage = make_passage(text=GOOD, ordinal=next(ordinals))
        return make_answer(question, make_claim(GOOD, make_citation(passage, 0, len(GOOD))))

    sheet = compose_sheet(HERON, PASSAGES, language=Language.ENGLISH, ask=RuledAsk(elsewhere))
    assert len(sheet.items) == 1


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("Table 2 shows the error rates of all the observers in every winter.", SheetFindingKind.DANGLING_REFERENCE),
        ("The counts for each winter are given in Table 4 of the appendix.", SheetFindingKind.DANGLING_REFERENCE),
        ("This increases the error rate by 4% compared with the baseline.", SheetFindingKind.DANGLING_REFERENCE),
        (r"The error of \( n = 300 \) flights was 3.4% in the dataset.", SheetFindingKind.RAW_LATEX),
        ("The obser- vers collected a dataset of 31 flights in winter.", SheetFindingKind.BROKEN_WORDS),
        ("The LLaV A dataset holds 31 flights collected in winter.", SheetFindingKind.BROKEN_WORDS),
        ("The remainder of this paper describes the dataset and the results.", SheetFindingKind.NON_ANSWER),
        ("Heron is meant to make Heron possible.", SheetFindingKind.CIRCULAR_ANSWER),
        ("Cranes like frogs, worms and the roots of some water plants.", SheetFindingKind.OFF_TOPIC),
    ],
)
def test_a_faulty_answer_is_left_out_by_its_class(text: str, kind: SheetFindingKind) -> None:
    assert kind in rule_kinds(quoting(text))
    sheet = compose_sheet(HERON, PASSAGES, language=Language.ENGLISH, ask=RuledAsk(lambda *_: quoting(text)))
    assert sheet.items == ()


def test_claims_that_failed_their_checks_do_not_make_an_item() -> None:
    contradicted = quoting(GOOD, verdict=Verdict.CONTRADICTED, reason="numbers")
    assert rule_kinds(contradicted) == {SheetFindingKind.NON_ANSWER}
    assert rule_kinds(replace(quoting(GOOD), status=AnswerStatus.UNSUPPORTED)) == {SheetFindingKind.UNSUPPORTED_CLAIM}
    assert rule_kinds(make_answer("?")) == {SheetFindingKind.NON_ANSWER}


def test_a_sheet_keeps_the_hits_it_cites_and_counts_all_tokens() -> None:
    sheet, ask = compose()
    for item in sheet.items:
        cited = {citation.passage_id for citation in item.answer.citations}
        assert {hit.passage.passage_id for hit in item.answer.hits} == cited
    assert sheet.provenance.usage.prompt_tokens == 3 * len(ask.asked)


def test_progress_grows_and_stays_below_one() -> None:
    told: list[float] = []
    ask = QuotingAsk(PASSAGES)
    compose_sheet(HERON, PASSAGES, language=Language.ENGLISH, ask=ask, on_progress=lambda share, _: told.append(share))
    assert told == sorted(told)
    assert 0 < told[0] < told[-1] < 1


@pytest.mark.parametrize("language", tuple(Language))
def test_the_plan_foretells_what_is_asked_if_all_goes_well(language: Language) -> None:
    ask, foreseen = QuotingAsk(PASSAGES), []
    compose_sheet(HERON, PASSAGES, language=language, ask=ask, on_plan=foreseen.extend)
    assert [one.task for one in foreseen[:2]] == [Task.ONE_LINE, Task.SUMMARY]
    assert len(foreseen) >= 10
    assert len(set(foreseen)) == len(foreseen)
    assert len(set(foreseen) & set(ask.asked)) >= 0.8 * len(foreseen)
