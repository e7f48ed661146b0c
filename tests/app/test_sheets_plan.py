import re

import pytest
from factories import make_paper, make_passage
from sheet_factories import HERON, PARTS, make_heron_passages

from app.sheets.names import own_name
from app.sheets.plan import plan_questions
from app.sheets.records import Facet
from app.sheets.statements import statements_of
from indexes.records import Language, PassageKind


def test_a_name_is_taken_where_the_paper_says_it_made_the_thing() -> None:
    assert own_name(HERON, make_heron_passages()) == "Heron"


def test_a_subject_of_study_is_not_a_name() -> None:
    text = "Grus grus winters here. Grus grus feeds at dawn. We observed Grus grus. Grus grus left in March."
    assert own_name(make_paper(title="Grus grus: Feeding at Dawn"), [make_passage(text=text)]) is None


def test_a_name_of_several_words_keeps_its_article() -> None:
    text = (
        "We have designed and implemented the Marsh Bird Map, a scalable map. The Marsh Bird Map grows. Readers of the "
        "Marsh Bird Map add places."
    )
    assert (
        own_name(make_paper(title="The Marsh Bird Map", abstract=""), [make_passage(text=text)]) == "the Marsh Bird Map"
    )


@pytest.mark.parametrize(
    "facet", [Facet.PROBLEM, Facet.GAP, Facet.MECHANISM, Facet.DATA, Facet.LIMITS, Facet.RESOURCES]
)
def test_a_facet_is_asked_where_the_paper_speaks_of_it(facet: Facet) -> None:
    opening = {
        Facet.PROBLEM: "The goal of this work",
        Facet.GAP: ("Existing surveys rely", "To the best of our knowledge"),
        Facet.MECHANISM: "Heron consists of a drone",
        Facet.DATA: ("We collected 31 flights", "Volunteers were recruited"),
        Facet.LIMITS: "A limitation of the method",
        Facet.RESOURCES: "The source code is available",
    }
    plan = plan_questions(HERON, make_heron_passages(), language=Language.ENGLISH)
    assert plan.backbone[facet][0].query.startswith(opening[facet])


def test_japanese_questions_search_with_the_papers_own_words() -> None:
    plan = plan_questions(HERON, make_heron_passages(), language=Language.JAPANESE)
    for candidates in plan.backbone.values():
        assert all(re.search(r"[ぁ-ん]", candidate.questions[0]) for candidate in candidates)
        assert all(candidate.query.isascii() for candidate in candidates)


def test_details_are_born_from_the_papers_own_sentences() -> None:
    plan = plan_questions(HERON, make_heron_passages(), language=Language.ENGLISH)
    asked = {candidate.kind: candidate.questions[0] for candidate in reversed(plan.details)}
    assert asked["definition"] == "What is meant by “thermal stitching”?"
    assert asked["reason"] == "Why do the authors choose a thermal camera?"
    assert asked["purpose"] == "What does it take to avoid counting a bird twice?"
    assert asked["count"] == "How many flights did the authors collect?"
    assert asked["quantity"] == "What average error rate is reported?"
    assert asked["heading"] == "What does the paper say about thermal stitching?"


def test_a_question_about_a_number_does_not_give_the_number_away() -> None:
    plan = plan_questions(HERON, make_heron_passages(), language=Language.ENGLISH)
    numbers = [candidate for candidate in plan.details if candidate.kind in ("count", "quantity")]
    assert {candidate.keep[-1] if candidate.kind == "quantity" else candidate.keep[0] for candidate in numbers} == {
        "31",
        "3.4",
    }
    assert not any(re.search(r"\d", question) for candidate in numbers for question in candidate.questions)


def test_a_caption_is_asked_about_where_the_text_says_what_it_shows() -> None:
    caption = make_passage(ordinal=7, kind=PassageKind.CAPTION, text="Table 2: Missed birds by observer. Winter 3.")
    silent = make_passage(ordinal=8, kind=PassageKind.CAPTION, text="Table 3: Flight hours by month.")
    told = make_passage(
        ordinal=9,
        text="Boat observers missed seven times more birds than the drone did, as Table 2 shows for each winter.",
    )
    drawing = make_passage(ordinal=10, kind=PassageKind.CAPTION, text="Figure 2: The parts of Heron.")
    drawn = make_passage(ordinal=11, text="The parts of Heron weigh more than the birds, as Figure 2 shows for each.")
    plan = plan_questions(
        HERON, (*make_heron_passages(), caption, silent, told, drawing, drawn), language=Language.ENGLISH
    )
    topics = [candidate.questions[0] for candidate in plan.details if candidate.kind == "caption"]
    assert topics == ["What do the authors report on missed birds by observer?"]


@pytest.mark.parametrize(
    ("facet", "section", "text"),
    [
        (Facet.LIMITS, "5 Limitations", "The survey covers one wetland only."),
        (Facet.MECHANISM, "2 Study > 2.1 Method", "Each flight followed a grid over the reeds."),
        (Facet.DATA, "3 Data", "Nine winters of counts cover the whole bay."),
    ],
)
def test_a_heading_that_names_a_facet_speaks_for_its_sentences(facet: Facet, section: str, text: str) -> None:
    plan = plan_questions(HERON, [make_passage(section=section, text=text)], language=Language.ENGLISH)
    assert plan.backbone[facet][0].query == text
    elsewhere = plan_questions(HERON, [make_passage(section="1 Birds", text=text)], language=Language.ENGLISH)
    assert elsewhere.backbone[facet][0].query != text


def test_a_heading_is_asked_about_where_a_sentence_below_it_names_its_topic() -> None:
    silent = "The drone rests at noon. The battery lasts for an hour. The pilot writes every flight down."
    passage = make_passage(section="4 Winter moulting", text=silent)
    plan = plan_questions(HERON, [passage], language=Language.ENGLISH)
    assert [one for one in plan.details if one.kind == "heading"] == []
    told = make_passage(section="4 Winter moulting", text=f"{silent} Winter flights are shorter than those in spring.")
    plan = plan_questions(HERON, [told], language=Language.ENGLISH)
    heading = next(one for one in plan.details if one.kind == "heading")
    assert heading.query == "winter moulting Winter flights are shorter than those in spring."


def test_a_short_note_gets_fewer_questions() -> None:
    assert plan_questions(HERON, make_heron_passages()[:1], language=Language.ENGLISH).max_items == 3
    assert plan_questions(HERON, make_heron_passages(), language=Language.ENGLISH).max_items == 6
    many = [make_passage(ordinal=ordinal) for ordinal in range(40)]
    assert plan_questions(HERON, many, language=Language.ENGLISH).max_items == 10


@pytest.mark.parametrize("section", ["Acknowledgements", "References", "Author contributions", "謝辞"])
def test_sections_that_are_not_about_the_work_are_not_asked(section: str) -> None:
    passage = make_passage(section=section, text=PARTS[1][1])
    plan = plan_questions(HERON, [passage], language=Language.ENGLISH)
    assert all(len(candidates) == 1 for candidates in plan.backbone.values())
    assert plan.details == ()


@pytest.mark.parametrize(
    "text",
    [
        "The pre- vious methods were slow and needed a great deal of memory on every machine.",
        "The previous methods wereslowandneededagreatdealofmemory on every single machine of ours.",
        "x = 3.1 + 4.2 (7) 0.5 0.6 0.7 0.8 0.9 1.0 1.1 1.2 | 1.3 1.4 and 1.5 1.6 1.7 1.8.",
        "and so the birds left the marsh before the drone could count them in the evening.",
        "The birds (cid:12)ew away before the drone could count them in the late evening light.",
        "The marsh has Number of nests Number of eggs and ponds that run for miles and miles.",
        "A single station keeps the place of each nest Legend: Data messages and control.",
    ],
)
def test_spoilt_text_is_no_statement(text: str) -> None:
    assert statements_of([make_passage(text=text)], Language.ENGLISH) == ()


def test_statements_are_slices_of_their_passage() -> None:
    for statement in statements_of(make_heron_passages(), Language.ENGLISH):
        assert statement.passage.text[statement.start : statement.end] == statement.text


def test_the_plan_of_a_japanese_paper_uses_japanese_cues() -> None:
    text = (
        "本研究の目的は、夜間の湿地でツルの数を調べることである。従来の調査では、葦の陰にいる鳥を数えることが困難であった。"
        "熱画像合成とは、重なり合う画像を一枚の地図にまとめる処理である。今後の課題は、雨の日の観測である。"
        "熱画像合成は月のない夜でも使うことができる。熱画像合成は船からの調査より安価である。"
    )
    paper = make_paper(title="湿地のツルを数える", language=Language.JAPANESE, abstract="")
    plan = plan_questions(paper, [make_passage(section="1 はじめに", text=text)], language=Language.JAPANESE)
    assert plan.backbone[Facet.PROBLEM][0].query.startswith("本研究の目的は")
    assert plan.backbone[Facet.LIMITS][0].query.startswith("今後の課題は")
    assert "「熱画像合成」とは何ですか?" in [candidate.questions[0] for candidate in plan.details]
