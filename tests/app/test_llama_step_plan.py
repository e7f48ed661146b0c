"""A step of the model: its budget, who is in it, and whole runs simulated: nobody starves, short ones come soon."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.llama.step_plan import AGED_PART, AGEING_STEPS, Chunk, Reading, StepPlan, plan_step

PROMPTS = st.lists(st.integers(1, 3000), max_size=12)


def make_plan(
    writing: Sequence[int], reading: Sequence[Reading], max_tokens: int = 256, max_read_beside: int = 64
) -> StepPlan:
    return plan_step(writing, reading, max_tokens=max_tokens, max_read_beside=max_read_beside)


@dataclass
class Run:
    """The second half of the contract: what the owner does with plans, at a cost of one a token."""

    max_tokens: int = 256
    max_read_beside: int = 64
    left: dict[int, int] = field(default_factory=dict)
    waited: dict[int, int] = field(default_factory=dict)
    writing: list[int] = field(default_factory=list)
    read_at: dict[int, int] = field(default_factory=dict)
    clock: int = 0
    steps: int = 0

    def come(self, sequence: int, tokens: int) -> None:
        self.left[sequence], self.waited[sequence] = tokens, 0

    def step(self) -> StepPlan:
        reading = [Reading(one, tokens, self.waited[one]) for one, tokens in self.left.items()]
        plan = make_plan(self.writing, reading, self.max_tokens, self.max_read_beside)
        self.clock += plan.tokens
        self.steps += 1
        chunks = {chunk.sequence: chunk for chunk in plan.chunks}
        for one in list(self.left):
            self.waited[one] = 0 if one in chunks else self.waited[one] + 1
            if one in chunks:
                self.left[one] -= chunks[one].tokens
                assert chunks[one].is_last == (not self.left[one])
                if chunks[one].is_last:
                    del self.left[one]
                    self.read_at[one] = self.clock
        return plan


def run_until(run: Run, is_done: Callable[[], bool], *, most_steps: int) -> None:
    while not is_done():
        assert run.steps < most_steps
        run.step()


@settings(deadline=None)
@given(
    st.integers(0, 20),
    st.lists(st.builds(Reading, st.just(0), st.integers(1, 5000), st.integers(0, 50)), max_size=12),
    st.integers(20, 600),
    st.integers(1, 600),
)
def test_a_step_keeps_to_its_budget_and_leaves_only_crumbs_of_it(
    writers: int, reading: list[Reading], max_tokens: int, max_read_beside: int
) -> None:
    writing = list(range(100, 100 + writers))
    reading = [Reading(number, one.remaining_tokens, one.waited_steps) for number, one in enumerate(reading)]
    plan = make_plan(writing, reading, max_tokens, max_read_beside)
    room = min(max_tokens - writers, max_read_beside) if writers else max_tokens
    assert plan.writing == tuple(writing)
    part, unused = max(1, room // AGED_PART), room - (plan.tokens - writers)
    assert unused >= 0
    assert unused < part or plan.tokens - writers == sum(one.remaining_tokens for one in reading)
    assert len({chunk.sequence for chunk in plan.chunks}) == len(plan.chunks)
    for chunk in plan.chunks:
        left = reading[chunk.sequence].remaining_tokens
        assert min(left, part, room) <= chunk.tokens <= left
        assert chunk.is_last == (chunk.tokens == left)


def test_the_shortest_prompt_goes_first_and_of_equals_the_earliest() -> None:
    reading = [Reading(1, 4000), Reading(2, 100), Reading(3, 100), Reading(4, 30)]
    expected = (Chunk(2, 100, is_last=True), Chunk(3, 70, is_last=False), Chunk(4, 30, is_last=True))
    assert make_plan([], reading, 200).chunks == expected


def test_crumbs_are_left_over() -> None:
    reading = [Reading(1, 4000), Reading(2, 190), Reading(3, 5)]
    expected = (Chunk(2, 190, is_last=True), Chunk(3, 5, is_last=True))
    assert make_plan([], reading, 200).chunks == expected


def test_prompts_read_beside_writers_are_bounded() -> None:
    plan = make_plan([7, 8, 9], [Reading(1, 4000)], max_read_beside=64)
    assert plan == StepPlan((7, 8, 9), (Chunk(1, 64, is_last=False),))
    assert make_plan([], [Reading(1, 4000)]).tokens == 256


def test_an_aged_prompt_has_its_part_before_shorter_ones() -> None:
    reading = [Reading(1, 4000, AGEING_STEPS), Reading(2, 4000, AGEING_STEPS + 1), Reading(3, 500)]
    assert make_plan([], reading, 100).chunks == (
        Chunk(2, 100 // AGED_PART, is_last=False),
        Chunk(3, 100 - 100 // AGED_PART, is_last=False),
    )


@settings(deadline=None)
@given(PROMPTS, st.integers(0, 4))
def test_all_are_read_in_a_third_more_steps_than_tokens_need(prompts: list[int], writers: int) -> None:
    run = Run(writing=list(range(100, 100 + writers)))
    for number, tokens in enumerate(prompts):
        run.come(number, tokens)
    room = run.max_read_beside if writers else run.max_tokens
    run_until(run, lambda: not run.left, most_steps=sum(prompts) // (room - room // AGED_PART) + 1)


@settings(deadline=None)
@given(st.integers(2, 12), st.integers(1, 300), st.booleans())
def test_long_prompts_are_read_in_bounded_steps_though_short_ones_never_stop_coming(
    seats: int, short_tokens: int, is_beside: bool
) -> None:
    run, longs = Run(writing=[100] if is_beside else []), range(-max(1, seats // 3), 0)
    for number in longs:
        run.come(number, 1000)
    part = (run.max_read_beside if is_beside else run.max_tokens) // AGED_PART
    for number in range((1000 // part + 1) * (AGEING_STEPS + seats)):
        for seat in range(seats - len(run.left)):
            run.come(seats * number + seat, short_tokens)
        run.step()
    assert set(longs) <= set(run.read_at)


@pytest.mark.parametrize("tokens", [20, 100, 256])
@pytest.mark.parametrize("comes_after", range(0, 3500, 250))
def test_a_short_prompt_beside_a_long_one_is_read_in_a_seventh_of_its_time(tokens: int, comes_after: int) -> None:
    run = Run()
    run.come(0, 4000)
    while run.clock < comes_after:
        run.step()
    came_at = run.clock
    run.step()  # it comes when a step has just begun
    run.come(1, tokens)
    run_until(run, lambda: 1 in run.read_at, most_steps=100)
    assert run.read_at[1] - came_at <= 0.15 * 4000


def test_a_step_that_cannot_hold_the_writers_is_refused() -> None:
    with pytest.raises(ValueError, match="3 write, 2 tokens"):
        make_plan([1, 2, 3], [], 2)
    with pytest.raises(ValueError):
        make_plan([1], [], 8, 0)


def test_nothing_to_do_is_an_empty_step() -> None:
    assert make_plan([], []) == StepPlan((), ())
