"""Sequences that share beginnings, on a context that only counts: cells, room, what stays and what goes."""

import numpy as np
import pytest
from llama_engines import CountingContext, counted

from app.generators.llama.context import BatchPart
from app.generators.llama.memory import MIN_MATCH_TOKENS, SequenceMemory
from app.generators.llama.prefix_cache.idle import IDLE_TOKENS, SAVED_IDLE_TOKENS
from indexes.errors import ModelFailed


def make_memory(context: CountingContext, *, sequences: int = 6, **changes: int) -> SequenceMemory:
    options = {"can_share": True, "sliding_window": 0, **changes}
    return SequenceMemory(context, sequences=sequences, **options)  # type: ignore[arg-type]


def read(memory: SequenceMemory, tokens: list[int]) -> int:
    prompt = np.array(tokens, np.int32)
    match = memory.match(prompt)
    sequence = memory.begin(match)
    known = match.length if match else 0
    memory.decode([BatchPart(sequence, known, prompt[known:], True)])
    return sequence


def test_second_prompt_reads_only_what_differs_and_shared_cells_count_once() -> None:
    context = CountingContext(1000)
    memory = make_memory(context)
    first = read(memory, [*counted(0, 100), 7, 7])
    second = read(memory, [*counted(0, 100), 9, 9, 9])
    assert [len(batch[0].tokens) for batch in context.batches] == [102, 3]
    assert context.tokens(first) == [*counted(0, 100), 7, 7]
    assert context.tokens(second) == [*counted(0, 100), 9, 9, 9]
    assert memory.used_cells == len(context.held) == 105


def test_last_token_of_a_known_prompt_is_read_again_for_its_logits() -> None:
    context = CountingContext(1000)
    memory = make_memory(context)
    memory.end(read(memory, counted(0, 50)), keep=50)
    read(memory, counted(0, 50))
    assert [len(part.tokens) for part in context.batches[-1]] == [1]


def test_short_matches_are_not_copied() -> None:
    memory = make_memory(CountingContext(1000))
    read(memory, counted(0, 50))
    prompt = np.array([*counted(0, MIN_MATCH_TOKENS - 1), 200, 200], np.int32)
    assert memory.match(prompt) is None


def test_end_keeps_the_prompt_and_drops_what_was_written() -> None:
    context = CountingContext(1000)
    memory = make_memory(context)
    sequence = read(memory, counted(0, 50))
    memory.decode([BatchPart(sequence, 50, [1, 2, 3], True)])
    memory.end(sequence, keep=50)
    assert context.tokens(sequence) == counted(0, 50)
    assert memory.used_cells == len(context.held) == 50


def test_room_counts_promises_and_spares_what_is_in_use() -> None:
    memory = make_memory(CountingContext(100))
    running = read(memory, counted(0, 40))
    memory.end(read(memory, counted(100, 50)), keep=50)
    assert memory.has_room(60, match=None, promised=0)
    assert not memory.has_room(61, match=None, promised=0)
    assert not memory.has_room(60, match=None, promised=1)
    kept = memory.match(np.array([*counted(100, 50), 1], np.int32))
    assert kept is not None
    assert memory.has_room(10, match=kept, promised=0)
    assert not memory.has_room(11, match=kept, promised=0)
    memory.end(running, keep=0)
    assert memory.has_room(100, match=None, promised=0)


def test_decode_forgets_what_was_used_longest_ago() -> None:
    context = CountingContext(100)
    memory = make_memory(context)
    for start in (0, 60, 120):
        memory.end(read(memory, counted(start, 30)), keep=30)
    read(memory, counted(0, 30) + counted(200, 35))
    assert memory.match(np.array([*counted(60, 30), 1], np.int32)) is None
    assert memory.match(np.array([*counted(120, 30), 1], np.int32)) is not None
    assert memory.used_cells == len(context.held) == 95


def test_numbers_run_out_only_where_all_are_in_use() -> None:
    memory = make_memory(CountingContext(1000), sequences=4)
    for start in (0, 40, 80, 120):
        memory.end(read(memory, counted(start, 30)), keep=30)
    in_use = [memory.begin(None) for _ in range(3)]
    assert len(set(in_use)) == 3
    with pytest.raises(ModelFailed, match="in use"):
        memory.begin(None)


def test_source_of_a_copy_is_not_the_one_evicted_for_its_number() -> None:
    context = CountingContext(1000)
    memory = make_memory(context, sequences=3)
    memory.end(read(memory, counted(0, 30)), keep=30)
    memory.end(read(memory, counted(100, 30)), keep=30)
    sequence = read(memory, [*counted(0, 30), 5])
    assert context.tokens(sequence) == [*counted(0, 30), 5]
    assert len(context.batches[-1][0].tokens) == 1


def test_model_that_cannot_share_reads_everything_and_keeps_nothing() -> None:
    context = CountingContext(1000)
    memory = make_memory(context, can_share=False)
    memory.end(read(memory, counted(0, 50)), keep=50)
    assert memory.used_cells == len(context.held) == 0
    read(memory, counted(0, 50))
    assert len(context.batches[-1][0].tokens) == 50


def test_sliding_window_that_was_written_over_is_not_shared() -> None:
    context = CountingContext(1000)
    memory = make_memory(context, sliding_window=16)
    sequence = read(memory, counted(0, 100))
    prompt = np.array([*counted(0, 60), 200], np.int32)
    context.first_positions[sequence] = 44
    assert memory.match(prompt) is not None  # the 61st token looks back to the 45th
    context.first_positions[sequence] = 45
    assert memory.match(prompt) is None


def test_state_and_restore_give_the_same_beginning() -> None:
    context = CountingContext(300)
    memory = make_memory(context)
    sequence = read(memory, counted(0, 50))
    state = memory.state(sequence, length=40)
    assert memory.used_cells == len(context.held) == 50
    memory.clear()
    assert memory.restore(np.array(counted(0, 30), np.int32), state, held=40)
    assert memory.used_cells == len(context.held) == 30
    read(memory, [*counted(0, 30), 200])
    assert len(context.batches[-1][0].tokens) == 1


def test_state_of_another_length_than_was_said_is_refused() -> None:
    context = CountingContext(300)
    memory = make_memory(context)
    assert not memory.restore(np.array(counted(0, 30), np.int32), bytes(counted(0, 39)), held=40)
    assert memory.used_cells == len(context.held) == 0


def test_restore_is_refused_where_it_does_not_fit() -> None:
    context = CountingContext(60)
    memory = make_memory(context)
    read(memory, counted(100, 30))
    assert not memory.restore(np.array(counted(0, 20), np.int32), bytes(40), held=40)
    assert memory.used_cells == len(context.held) == 30


@pytest.mark.parametrize(("is_saved", "patience"), [(True, SAVED_IDLE_TOKENS), (False, IDLE_TOKENS)])
def test_what_nobody_uses_is_forgotten_after_others_had_much_work(is_saved: bool, patience: int) -> None:
    context = CountingContext(20_000)
    memory = make_memory(context, forgets_idle=True)
    memory.end(read(memory, counted(0, 50)), keep=50, is_saved=is_saved)
    worker = read(memory, counted(1000, patience))
    memory.decode([BatchPart(worker, patience, [1], True)])
    assert memory.used_cells == 50 + patience + 1
    memory.decode([BatchPart(worker, patience + 1, [1], True)])
    assert memory.used_cells == len(context.held) == patience + 2
    assert memory.match(np.array(counted(0, 50), np.int32)) is None


def test_what_is_used_again_stays() -> None:
    memory = make_memory(CountingContext(20_000), forgets_idle=True)
    memory.end(read(memory, counted(0, 50)), keep=50, is_saved=True)
    for number in range(4):
        memory.end(read(memory, counted(1000 * (number + 1), SAVED_IDLE_TOKENS - 60)), keep=0)
        sequence = read(memory, [*counted(0, 50), 5000 + number])
        assert memory.match(np.array(counted(0, 50), np.int32)) is not None
        memory.end(sequence, keep=0)


def test_memory_that_costs_others_nothing_is_kept() -> None:
    memory = make_memory(CountingContext(20_000))
    memory.end(read(memory, counted(0, 50)), keep=50, is_saved=True)
    memory.end(read(memory, counted(1000, 2 * IDLE_TOKENS)), keep=0)
    read(memory, [9] * 20)
    assert memory.match(np.array(counted(0, 50), np.int32)) is not None
