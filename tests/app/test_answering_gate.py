from factories import make_passage

from app.answering.gate import MIN_EVIDENCE, assess
from indexes.records import Hit, HitSource, Language


def hits(*texts: str) -> tuple[Hit, ...]:
    return tuple(
        Hit(make_passage(text=text, ordinal=rank, section=""), 1.0 / rank, rank, HitSource.FUSED)
        for rank, text in enumerate(texts, start=1)
    )


def test_assess_counts_terms_in_all_hits_and_in_the_best() -> None:
    found = hits("Cranes nest in reeds.", "Drones fly at dusk.")
    assessment = assess("Do cranes nest where drones fly?", found, titles=["", ""], nearness=0.5)
    assert (assessment.coverage, assessment.best_coverage) == (1.0, 0.5)
    assert assessment.is_enough


def test_assess_turns_away_what_nothing_speaks_of() -> None:
    assessment = assess("Which enzyme splits lactose?", hits("Cranes nest in reeds."), titles=[""], nearness=0.2)
    assert assessment.coverage == 0.0
    assert not assessment.is_enough


def test_assess_needs_nearness_to_make_up_for_missing_words() -> None:
    found = hits("Cranes nest in reeds.")
    question = "Where do cranes breed and hatch?"
    near, far = (assess(question, found, titles=[""], nearness=value) for value in (0.9, 0.2))
    assert near.is_enough
    assert not far.is_enough
    assert near.coverage + near.best_coverage + 2 * 0.9 >= MIN_EVIDENCE


def test_assess_takes_terms_of_the_title_as_found() -> None:
    found = hits("It weighs 250 g.")
    with_title = assess("How much does CraneNet weigh?", found, titles=["CraneNet"], nearness=0.3)
    without = assess("How much does CraneNet weigh?", found, titles=[""], nearness=0.3)
    assert with_title.coverage > without.coverage


def test_assess_of_japanese_over_english_goes_by_latin_names() -> None:
    found = hits("CraneNet weighs 250 g.")
    assert assess("CraneNetの重さは？", found, titles=[""], nearness=None).is_enough
    assert not assess("GooseNetの重さは？", found, titles=[""], nearness=None).is_enough
    assert not assess("重さはどのくらいですか？", found, titles=[""], nearness=None).is_enough


def test_assess_of_japanese_over_english_goes_by_what_its_words_mean() -> None:
    found = hits("The incubation period of pertussis was nine days.")
    assessment = assess("百日咳の潜伏期間は？", found, titles=[""], nearness=None)
    assert assessment.coverage == 1.0
    assert assessment.is_enough
    assert not assess("糖尿病の治療薬は？", found, titles=[""], nearness=None).is_enough


def test_assess_of_japanese_over_japanese_goes_by_all_words() -> None:
    found = hits("電池は18分持続する。")
    assert assess("電池は何分持続しますか？", found, titles=[""], nearness=None).is_enough
    assert not assess("湖の氷の厚さは？", found, titles=[""], nearness=None).is_enough


def test_assess_of_japanese_over_both_goes_by_the_language_that_holds_more() -> None:
    japanese, english = "鶴は夕方に沼地へ集まる。", "CraneNet weighs 250 g and flies for 18 minutes."
    first, second = hits(japanese, english), hits(english, japanese)
    for found in (first, second):
        assessment = assess("CraneNetの重さは？", found, titles=["", ""], nearness=None)
        assert (assessment.language, assessment.is_enough) == (Language.ENGLISH, True)
        assessment = assess("鶴は夕方どこに集まるか？", found, titles=["", ""], nearness=None)
        assert (assessment.language, assessment.is_enough) == (Language.JAPANESE, True)
