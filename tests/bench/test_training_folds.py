import pytest

from bench.training.folds import Folds

QUESTIONS = {("cranes", f"paper{number}"): 1 + 7 * number % 20 for number in range(50)}
NAMES = [name for _, name in QUESTIONS]


@pytest.mark.parametrize("deal", range(5))
def test_folds_have_as_many_questions_each(deal: int) -> None:
    folds = Folds(QUESTIONS, count=5, deal=deal)
    asked = [sum(count for (_, name), count in QUESTIONS.items() if folds.of(name) == fold) for fold in range(5)]
    assert max(asked) - min(asked) <= max(QUESTIONS.values())


def test_the_same_deal_is_the_same_and_another_is_not() -> None:
    reversed_order = dict(reversed(QUESTIONS.items()))
    first, again, other = (
        [folds.of(name) for name in NAMES]
        for folds in (Folds(QUESTIONS, count=5), Folds(reversed_order, count=5), Folds(QUESTIONS, count=5, deal=1))
    )
    assert first == again != other


def test_a_paper_of_two_sets_is_in_one_fold_and_counts_in_both() -> None:
    both = QUESTIONS | {("again", name): 100 for name in NAMES[::2]}
    folds = Folds(both, count=5)
    for set_name in ("cranes", "again"):
        asked = {folds.of(name) for held, name in both if held == set_name}
        assert asked == {0, 1, 2, 3, 4}


def test_what_is_no_paper_goes_by_its_name_and_the_deal() -> None:
    names = [f"question{number}" for number in range(60)]
    first, other = ([Folds(QUESTIONS, count=3, deal=deal).of(name) for name in names] for deal in (0, 1))
    assert set(first) == {0, 1, 2}
    assert first != other
