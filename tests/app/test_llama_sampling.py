"""The sampler: greedy and drawn, filtered, under a grammar; its distribution against the formula."""

from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.llama.grammar.constraint import Constraints, Matcher
from app.generators.llama.grammar.pieces import TokenTable
from app.generators.llama.requests import SamplingOptions
from app.generators.llama.sampling import Sampler
from indexes.errors import ModelFailed

LETTERS = "abcdefghij"
END = len(LETTERS)
CONSTRAINTS = Constraints(TokenTable([letter.encode() for letter in LETTERS] + [b""], ends=[END]))
LOGITS = np.array([1.0, 0.5, 2.0, -1.0, 0.0, 1.5, 0.7, -0.5, 2.5, 0.2, 1.0], dtype=np.float32)
DRAWS = 20_000


def matcher_of(grammar: str) -> Matcher:
    return CONSTRAINTS.get(grammar).open()


def probabilities(logits: np.ndarray, temperature: float) -> np.ndarray:
    weights = np.exp((logits - logits.max()).astype(np.float64) / temperature)
    return weights / weights.sum()


def frequencies(grammar: str | None = None, *, silent: tuple[int, ...] = (), **options: Any) -> np.ndarray:
    """How often each token comes first: every draw begins anew, with the numbers of one generator going on."""
    sampler = Sampler(SamplingOptions(seed=7, **options), silent=np.array(silent, dtype=np.int64))
    counted: Counter[int] = Counter()
    for _ in range(DRAWS):
        if grammar is not None:
            sampler._matcher = matcher_of(grammar)
        counted[sampler.sample(LOGITS)] += 1
    return np.array([counted[token] / DRAWS for token in range(len(LOGITS))])


def assert_drawn_from(drawn: np.ndarray, expected: np.ndarray) -> None:
    """Chi-square: the 0.9999 quantile for 10 degrees of freedom is 35.6."""
    assert (drawn[expected == 0] == 0).all()
    held = expected > 0
    assert DRAWS * (((drawn - expected) ** 2)[held] / expected[held]).sum() < 35.6


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.0])
def test_draws_follow_the_softmax_at_the_temperature(temperature: float) -> None:
    assert_drawn_from(frequencies(temperature=temperature), probabilities(LOGITS, temperature))


@pytest.mark.parametrize("allowed", ["abdh", "i", "acegi", LETTERS])
def test_testing_the_drawn_token_first_gives_the_distribution_under_the_mask(allowed: str) -> None:
    masked = np.full_like(LOGITS, -np.inf)
    places = [LETTERS.index(letter) for letter in allowed]
    masked[places] = LOGITS[places]
    assert_drawn_from(frequencies(f"root ::= [{allowed}]", temperature=1.0), probabilities(masked, 1.0))


def test_filters_hold_first_and_the_grammar_within_what_they_leave() -> None:
    three = np.full_like(LOGITS, -np.inf)
    three[[2, 5]] = LOGITS[[2, 5]]  # the likeliest four are i c f and, level with k, a
    assert_drawn_from(frequencies("root ::= [cfde]", temperature=1.0, top_k=4), probabilities(three, 1.0))


def test_where_the_grammar_refuses_all_that_filters_leave_they_apply_anew() -> None:
    two = np.full_like(LOGITS, -np.inf)
    two[[1, 4]] = LOGITS[[1, 4]]
    assert_drawn_from(frequencies("root ::= [dbeh]", temperature=1.0, top_k=2), probabilities(two, 1.0))


@pytest.mark.parametrize(
    ("options", "kept"),
    [
        ({"top_k": 3}, [8, 2, 5]),
        ({"top_k": 4}, [8, 2, 5, 0]),  # of two level ones, the lower number
        ({"top_k": 99}, list(range(11))),
        ({"top_p": 0.30}, [8]),
        ({"top_p": 0.34}, [8, 2]),
        ({"top_p": 0.0}, [8]),
        ({"min_p": 0.35}, [8, 2, 5]),
        ({"min_p": 1.0}, [8]),
        ({"top_k": 5, "top_p": 0.8, "min_p": 0.3}, [8, 2, 5]),
    ],
)
def test_filters_leave_the_likeliest(options: dict[str, Any], kept: list[int]) -> None:
    left = np.full_like(LOGITS, -np.inf)
    left[kept] = LOGITS[kept]
    assert_drawn_from(frequencies(temperature=1.0, **options), probabilities(left, 1.0))


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**32), st.floats(0.01, 0.999), st.integers(2, 3000))
def test_top_p_is_the_fewest_of_a_full_sort(seed: int, top_p: float, count: int) -> None:
    from app.generators.llama.sampling import _holding

    logits = np.random.default_rng(seed).normal(0, 4, count).astype(np.float32)
    weights = np.exp(logits - logits.max())
    order = np.argsort(-weights, kind="stable")
    needed = (
        int(np.searchsorted(np.cumsum(weights[order], dtype=np.float64), top_p * weights.sum(dtype=np.float64))) + 1
    )
    assert _holding(logits, None, top_p).tolist() == sorted(order[:needed].tolist())


@settings(deadline=None, max_examples=200)
@given(st.integers(0, 2**32), st.integers(1, 3000), st.floats(0, 1, exclude_max=True))
def test_place_is_that_of_the_running_sum(seed: int, count: int, share: float) -> None:
    from app.generators.llama.sampling import _place_of

    # Whole numbers, so that both ways of adding are exact.
    weights = np.random.default_rng(seed).choice([0, 1, 3], count).astype(np.float32)
    weights[seed % count] = 2
    sums = np.cumsum(weights, dtype=np.float64)
    assert _place_of(share, weights) == int(np.searchsorted(sums, share * sums[-1], side="right"))


def test_greedy_takes_the_likeliest_allowed_and_of_equals_the_lowest() -> None:
    assert Sampler(SamplingOptions()).sample(LOGITS) == 8
    assert Sampler(SamplingOptions(), silent=np.array([8])).sample(LOGITS) == 2
    assert Sampler(SamplingOptions(), matcher=matcher_of("root ::= [abde]")).sample(LOGITS) == 0
    level = np.zeros(11, dtype=np.float32)
    assert Sampler(SamplingOptions()).sample(level) == 0
    assert Sampler(SamplingOptions(), matcher=matcher_of("root ::= [ecd]")).sample(level) == 2


def test_sampler_moves_its_matcher_on() -> None:
    matcher = matcher_of('root ::= "a" [cd] "b"')
    sampler = Sampler(SamplingOptions(), matcher=matcher)
    assert [sampler.sample(LOGITS) for _ in range(4)] == [0, 2, 1, END]
    assert matcher.is_finished


def test_same_seed_draws_the_same_whatever_others_draw() -> None:
    logits = np.random.default_rng(0).normal(0, 2, (50, 400)).astype(np.float32)

    def drawn(seed: int) -> list[int]:
        sampler = Sampler(SamplingOptions(temperature=1.0, seed=seed))
        other = Sampler(SamplingOptions(temperature=1.0, seed=99))
        return [(other.sample(row), sampler.sample(row))[1] for row in logits]

    alone = Sampler(SamplingOptions(temperature=1.0, seed=3))
    assert drawn(3) == [alone.sample(row) for row in logits]
    assert drawn(3) != drawn(4)
    Sampler(SamplingOptions(temperature=1.0, seed=-1)).sample(logits[0])  # any whole number is a seed


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_silent_tokens_are_never_chosen_and_logits_stay(temperature: float) -> None:
    silent = np.array([8, 2, 5], dtype=np.int64)
    before = LOGITS.copy()
    sampler = Sampler(SamplingOptions(temperature=temperature), silent=silent)
    assert not {sampler.sample(LOGITS) for _ in range(500)} & set(silent.tolist())
    assert (before == LOGITS).all()


@pytest.mark.parametrize("temperature", [0.0, 1.0])
@pytest.mark.parametrize("broken", [np.nan, np.inf])
def test_logits_that_are_no_numbers_are_an_error(temperature: float, broken: float) -> None:
    logits = LOGITS.copy()
    logits[4] = broken
    with pytest.raises(ModelFailed, match="logit of token 4"):
        Sampler(SamplingOptions(temperature=temperature)).sample(logits)


@pytest.mark.parametrize("temperature", [0.0, 1.0])
def test_nothing_that_may_come_is_an_error_not_a_hang(temperature: float) -> None:
    logits = np.full_like(LOGITS, -np.inf)
    with pytest.raises(ModelFailed, match="-inf"):
        Sampler(SamplingOptions(temperature=temperature)).sample(logits)
    logits[3] = 0.0
    with pytest.raises(ModelFailed, match="no likelihood"):
        Sampler(SamplingOptions(temperature=temperature), matcher=matcher_of("root ::= [ab]")).sample(logits)
    with pytest.raises(ModelFailed, match="none of the model's tokens"):
        Sampler(SamplingOptions(temperature=temperature), matcher=matcher_of('root ::= "z"')).sample(LOGITS)
    with pytest.raises(ModelFailed, match="no likelihood"):
        Sampler(SamplingOptions(temperature=temperature), silent=np.arange(11)).sample(LOGITS)
