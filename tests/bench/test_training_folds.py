from dataclasses import replace

import numpy as np
import pytest

from bench.training.folds import Folds
from bench.training.token_papers import AskedPaper, AskedQuestion
from indexes.arrays import TokenVectors

TOKENS = TokenVectors(np.zeros(1, np.int32), np.zeros((1, 4), np.float32))


def paper(number: int, *, questions: int, set_name: str = "cranes") -> AskedPaper:
    return AskedPaper(set_name, f"paper{number}", (TOKENS,), (AskedQuestion(TOKENS, frozenset({0})),) * questions)


PAPERS = [paper(number, questions=1 + 7 * number % 20) for number in range(50)]


@pytest.mark.parametrize("deal", range(5))
def test_folds_have_as_many_questions_each(deal: int) -> None:
    folds = Folds(PAPERS, count=5, deal=deal)
    asked = [sum(len(one.questions) for one in PAPERS if folds.of(one.paper_id) == fold) for fold in range(5)]
    assert max(asked) - min(asked) <= max(len(one.questions) for one in PAPERS)


def test_the_same_deal_is_the_same_and_another_is_not() -> None:
    first, again, other = (
        [folds.of(one.paper_id) for one in PAPERS]
        for folds in (Folds(PAPERS, count=5), Folds(PAPERS[::-1], count=5), Folds(PAPERS, count=5, deal=1))
    )
    assert first == again != other


def test_a_paper_of_two_sets_is_in_one_fold() -> None:
    copies = [replace(one, set_name="again") for one in PAPERS[::2]]
    folds = Folds([*PAPERS, *copies], count=5)
    assert [folds.of(one.paper_id) for one in PAPERS] == [Folds(PAPERS, count=5).of(one.paper_id) for one in PAPERS]


def test_what_is_no_paper_is_always_in_the_same_fold() -> None:
    folds = Folds([], count=3)
    numbers = [folds.of(f"question{number}") for number in range(60)]
    assert numbers == [folds.of(f"question{number}") for number in range(60)]
    assert set(numbers) == {0, 1, 2}
