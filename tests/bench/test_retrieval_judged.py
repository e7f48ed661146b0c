"""Gold stretches to judgements over passages, and rankings of passages to rankings of what is judged."""

from factories import make_passage

from bench.retrieval.judged import NOWHERE, judge, ranked_units
from bench.retrieval.sets import Question, QuestionSet, trec_id

TEXT = "Cranes were counted. The drone flew low.\n\nWind was strong. Nobody was hurt."
PASSAGES = (
    make_passage(paper_id="p", ordinal=0, text="Cranes were counted."),
    make_passage(paper_id="p", ordinal=1, text="The drone flew low."),
    make_passage(paper_id="p", ordinal=2, text="Wind was strong.\nNobody was hurt."),
)


def judged(*stretches: tuple[int, int]) -> dict[str, int]:
    question = Question("q", "?", "p", stretches)
    made = QuestionSet("made", "made", "", [{"paper_id": "p"}], (question,), {"p": TEXT})
    return judge(made, {"p": PASSAGES})["q"]


def stretch(words: str) -> tuple[int, int]:
    return TEXT.index(words), TEXT.index(words) + len(words)


def test_a_passage_that_shares_a_character_is_relevant() -> None:
    assert judged(stretch("drone")) == {"p-0001": 1}
    assert judged(stretch("counted. The")) == {"p-0000": 1, "p-0001": 1}
    assert judged(stretch("hurt"), stretch("Cranes")) == {"p-0002": 1, "p-0000": 1}


def test_a_stretch_that_ends_where_a_passage_begins_is_not_in_it() -> None:
    start = TEXT.index("The drone")
    assert judged((start - 1, start)) == {NOWHERE: 1}


def test_gold_that_no_passage_holds_stays_a_failed_question() -> None:
    made = QuestionSet("made", "made", "", [{"paper_id": "p"}], (Question("q", "?", "p", ((0, 6),)),), {"p": TEXT})
    assert judge(made, {"p": PASSAGES[1:]})["q"] == {NOWHERE: 1}


def test_questions_of_the_library_keep_their_grades() -> None:
    made = QuestionSet("made", "made", "", [], (Question("q", "?", relevance={"p": 2}),))
    assert judge(made, {}) == {"q": {"p": 2}}


def test_a_paper_is_as_good_as_its_best_passage() -> None:
    ranking = [("a-0001", "a"), ("b-0000", "b"), ("a-0000", "a"), ("c-0000", "c")]
    assert ranked_units(Question("q", "?"), ranking, depth=3) == ("a", "b", "c")
    assert ranked_units(Question("q", "?", excluded=frozenset({"a"})), ranking, depth=3) == ("b", "c")
    assert ranked_units(Question("q", "?", paper_id="a"), ranking[:1] + ranking[2:3], depth=1) == ("a-0001",)


def test_questions_within_a_paper_are_drawn_by_paper() -> None:
    assert (Question("q", "?", "p").group, Question("q", "?").group) == ("p", "q")


def test_ids_have_no_spaces() -> None:
    assert trec_id(" From Zero to  Hero_2 ") == "From_Zero_to_Hero_2"
