"""Steps, admission and endings on a context that only counts, with a sampler that writes what it is told."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from llama_engines import CountingContext, RememberingObserver, counted, make_engine_request

from app.generators.llama.admission import Admission
from app.generators.llama.context import NoRoomError
from app.generators.llama.memory import SequenceMemory
from app.generators.llama.pace import ALONE_S, BESIDE_S, LEAST_TOKENS, Pace
from app.generators.llama.requests import FinishReason
from app.generators.llama.running import EngineRequest
from app.generators.llama.scheduler import Scheduler, StepTools
from app.generators.protocol import Priority, Stage
from app.generators.turns import PEOPLES_WEIGHT
from app.generators.waiting import MAX_OVERTAKEN
from app.generators.waiting_time import MAX_RETRY_S
from indexes.errors import Busy, ModelFailed

END = 7


class Setting:
    """A scheduler, and what it works on."""

    def __init__(self, *, cells: int, seats: int, batch_tokens: int, max_waiting: int) -> None:
        self.context = CountingContext(cells)
        self.memory = SequenceMemory(self.context, sequences=2 * seats + 1, can_share=True, sliding_window=0)
        self.observer = RememberingObserver()
        self.pace = Pace()
        self.admission = Admission(self.memory, pace=self.pace, seats=seats, max_waiting=max_waiting)
        tools = StepTools(frozenset({END}), (b"x",) * 8, np.array([], np.int64), batch_tokens)
        self.scheduler = Scheduler(
            self.memory, self.admission, tools=tools, pace=self.pace, keeper=None, observer=self.observer
        )

    def put(self, *prompts: Sequence[int], max_tokens: int = 4, **changes: Any) -> list[EngineRequest]:
        requests = [make_engine_request(prompt, max_tokens=max_tokens, **changes) for prompt in prompts]
        for request in requests:
            self.admission.put(request)
        return requests

    def run(self, *, most: int = 1000) -> int:
        for steps in range(most):
            if self.scheduler.is_idle:
                return steps
            self.scheduler.step()
        raise AssertionError("it never falls idle")

    def starts(self, *, most: int = 5000) -> list[EngineRequest]:
        """Run until nobody is left; return who started, in order."""
        started: list[EngineRequest] = []
        begin = EngineRequest.start

        def note(request: EngineRequest, *args: Any, **options: Any) -> None:
            begin(request, *args, **options)
            started.append(request)

        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(EngineRequest, "start", note)
            self.run(most=most)
        return started

    def parts(self) -> list[list[tuple[int, int]]]:
        """Each batch as (sequence, tokens) pairs."""
        return [[(part.sequence, len(part.tokens)) for part in batch] for batch in self.context.batches]


@pytest.fixture
def setting(request: pytest.FixtureRequest) -> Setting:
    options: dict[str, Any] = {
        "cells": 2000,
        "seats": 4,
        "batch_tokens": 64,
        "max_waiting": 20,
        **getattr(request, "param", {}),
    }
    return Setting(**options)


def finish_of(request: EngineRequest) -> FinishReason:
    list(request.generation)
    assert request.generation.report is not None
    return request.generation.report.finish


def test_prompts_are_read_in_chunks_beside_those_who_write(setting: Setting) -> None:
    (short,) = setting.put([1, 2, 3], max_tokens=6)
    setting.scheduler.step()
    (long,) = setting.put(counted(100, 150), max_tokens=1)
    setting.run()
    assert finish_of(short) is finish_of(long) is FinishReason.LENGTH
    beside = [dict(batch) for batch in setting.parts() if len(batch) == 2]
    assert len(beside) >= 2
    assert all(batch[short.sequence] == 1 for batch in beside)
    assert sum(dict(batch).get(long.sequence, 0) for batch in setting.parts()) == 150


@pytest.mark.parametrize("setting", [{"batch_tokens": 512}], indirect=True)
def test_steps_read_more_for_one_alone(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(setting.pace, "chunk_tokens", lambda *, is_beside, most: 20 if is_beside else 100)
    setting.put(counted(0, 250), max_tokens=9)
    setting.run()
    assert [tokens for ((_, tokens),) in setting.parts()][:3] == [100, 100, 50]
    setting.put(counted(40, 150), counted(90, 150), max_tokens=1)
    setting.scheduler.step()
    assert sum(tokens for _, tokens in setting.parts()[-1]) == 20
    setting.run()
    setting.put([1, 2, 3], max_tokens=30)
    setting.scheduler.step()
    setting.put(counted(100, 50), max_tokens=1)
    setting.run()
    batches = [sorted(tokens for _, tokens in batch) for batch in setting.parts()]
    assert batches[-30:-25] == [[3], [1, 20], [1, 20], [1, 10], [1]]


def test_followers_start_when_their_beginning_is_read(setting: Setting) -> None:
    first, *others = setting.put(*([*counted(0, 120), 200 + number, 5] for number in range(4)))
    setting.scheduler.step()
    assert first.generation.progress.stage is Stage.READING
    assert [other.generation.progress.stage for other in others] == [Stage.WAITING] * 3
    setting.run()
    assert [request.cached_tokens for request in (first, *others)] == [0, 120, 120, 120]
    assert sum(step["read_tokens"] for step in setting.observer.steps) == 122 + 3 * 2


def test_follower_whose_leader_leaves_reads_for_itself(setting: Setting) -> None:
    first, second = setting.put([*counted(0, 300), 200], [*counted(0, 300), 201])
    setting.scheduler.step()
    first.generation.cancel()
    setting.run()
    assert finish_of(first) is FinishReason.CANCELLED
    assert finish_of(second) is FinishReason.LENGTH
    assert second.cached_tokens == 64  # what the first had read


def test_follower_that_leaves_ends_once(setting: Setting) -> None:
    _, second = setting.put([*counted(0, 300), 200], [*counted(0, 300), 201])
    setting.scheduler.step()
    second.generation.cancel()
    setting.scheduler.step()
    assert finish_of(second) is FinishReason.CANCELLED
    setting.run()
    assert [len(reports) for reports in setting.observer.reports.values()] == [1, 1]


def put_sheet(setting: Setting, *, texts: int, max_tokens: int) -> list[EngineRequest]:
    """Background texts with one beginning: the first reads it, the others follow."""
    prompts = [[*counted(0, 120), 200 + number, 5] for number in range(texts)]
    return setting.put(*prompts, max_tokens=max_tokens, priority=Priority.BACKGROUND, reader="sheet")


@pytest.mark.parametrize("setting", [{"cells": 300}], indirect=True)
def test_follower_without_room_lets_others_by(setting: Setting) -> None:
    sheet = put_sheet(setting, texts=3, max_tokens=60)
    for _ in range(6):
        setting.scheduler.step()
    assert [text.generation.progress.stage for text in sheet].count(Stage.WAITING) == 1
    (chat,) = setting.put([250, 251, 252], max_tokens=3, reader="person")
    setting.scheduler.step()
    assert chat.generation.progress.stage is not Stage.WAITING
    setting.run()
    assert [finish_of(text) for text in (*sheet, chat)] == [FinishReason.LENGTH] * 4


@pytest.mark.parametrize("setting", [{"cells": 300, "max_waiting": 60}], indirect=True)
@pytest.mark.parametrize("priority", list(Priority))
def test_follower_without_room_is_overtaken_so_often_only(setting: Setting, priority: Priority) -> None:
    (leader,) = put_sheet(setting, texts=1, max_tokens=60)
    (follower,) = setting.put([*counted(0, 120), 199, 5], max_tokens=130, priority=Priority.BACKGROUND, reader="sheet")
    for _ in range(3):
        setting.scheduler.step()
    assert leader.generation.progress.stage is Stage.WRITING
    others = setting.put(*([250 - n, 251] for n in range(40)), max_tokens=3, reader="other", priority=priority)
    assert setting.starts().index(follower) == MAX_OVERTAKEN
    assert [finish_of(text) for text in (leader, follower, *others)] == [FinishReason.LENGTH] * 42


@pytest.mark.parametrize("setting", [{"seats": 2, "cells": 4000}], indirect=True)
def test_people_in_line_go_before_background_work_that_followed(setting: Setting) -> None:
    sheet = put_sheet(setting, texts=3, max_tokens=200)
    setting.scheduler.step()
    chats = setting.put(*([250 - number, 251] for number in range(4)), max_tokens=3, reader="person")
    assert setting.starts() == [*chats, *sheet[1:]]


@pytest.mark.parametrize("setting", [{"seats": 3, "cells": 4000, "max_waiting": 60}], indirect=True)
def test_people_delay_background_work_that_followed_by_their_part_only(setting: Setting) -> None:
    sheet = put_sheet(setting, texts=4, max_tokens=20)
    setting.scheduler.step()
    chats = setting.put(*([250 - n] * 122 for n in range(30)), max_tokens=20, reader="person")
    places = [place for place, request in enumerate(setting.starts()) if request in sheet]
    assert [after - before for before, after in itertools.pairwise(places)] == [PEOPLES_WEIGHT + 1] * 2
    assert [finish_of(text) for text in (*sheet, *chats)] == [FinishReason.LENGTH] * 34


@pytest.mark.parametrize("setting", [{"cells": 100}], indirect=True)
def test_nobody_is_let_in_who_might_not_fit(setting: Setting) -> None:
    requests = setting.put(counted(0, 30), counted(50, 30), counted(100, 30), max_tokens=10)
    setting.scheduler.step()
    assert [request.generation.progress.stage for request in requests].count(Stage.WAITING) == 1
    setting.run()
    assert [finish_of(request) for request in requests] == [FinishReason.LENGTH] * 3
    assert setting.observer.levels["used_cells"] <= 100


def test_no_room_against_the_account_evicts_then_ends_the_youngest(setting: Setting) -> None:
    setting.put(counted(0, 40))
    setting.run()
    assert setting.memory.used_cells == 40
    older, younger = setting.put([1, 2, 3], [4, 5, 6])
    setting.context.refusals = [NoRoomError("", hint=""), NoRoomError("", hint="")]
    setting.scheduler.step()
    assert setting.memory.used_cells == 0
    setting.scheduler.step()
    with pytest.raises(ModelFailed, match="memory is full"):
        list(younger.generation)
    setting.run()
    assert finish_of(older) is FinishReason.LENGTH


def test_failed_step_ends_all_who_run_and_serves_those_who_wait(setting: Setting) -> None:
    running = setting.put(*([number] * 3 for number in range(4)))
    (waiting,) = setting.put([1, 2])
    setting.context.refusals = [ModelFailed("status -3", hint="")]
    setting.run()
    for request in running:
        with pytest.raises(ModelFailed, match="status -3"):
            list(request.generation)
    assert finish_of(waiting) is FinishReason.LENGTH
    assert [len(reports) for reports in setting.observer.reports.values()] == [1] * 5


def test_logits_that_are_no_numbers_end_one_text(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    good, bad = setting.put([1, 2, 3], [4, 5, 6])
    honest = setting.context.logits

    def logits(part: int) -> Any:
        is_bad = setting.context.batches[-1][part].sequence == bad.sequence
        return np.full(8, np.nan, np.float32) if is_bad else honest(part)

    monkeypatch.setattr(setting.context, "logits", logits)
    setting.run()
    with pytest.raises(ModelFailed, match="logit"):
        list(bad.generation)
    assert finish_of(good) is FinishReason.LENGTH


def test_end_all_ends_also_those_who_wait_and_follow(setting: Setting) -> None:
    requests = setting.put(*([*counted(0, 300), number] for number in range(6)))
    setting.scheduler.step()
    setting.scheduler.end_all(FinishReason.CLOSED, lambda: ModelFailed("closed", hint=""), also_waiting=True)
    errors = set()
    for request in requests:
        with pytest.raises(ModelFailed, match="closed") as failure:
            list(request.generation)
        errors.add(id(failure.value))
    assert len(errors) == 6
    assert setting.scheduler.is_idle
    assert setting.memory.used_cells == len(setting.context.held) == 0


@pytest.mark.parametrize("setting", [{"seats": 2, "max_waiting": 1}], indirect=True)
def test_line_is_full_only_where_no_seat_is_free(setting: Setting) -> None:
    for _ in range(2):  # the second time after it fell idle
        requests = setting.put([1] * 20, [2] * 20, [3] * 20)
        with pytest.raises(Busy):
            setting.put([4] * 20)
        setting.scheduler.step()
        with pytest.raises(Busy):
            setting.put([4] * 20)
        setting.run()
        assert [finish_of(request) for request in requests] == [FinishReason.LENGTH] * 3


def test_late_text_names_the_time_until_another_may_start(setting: Setting) -> None:
    running = setting.put(*([number] * 20 for number in range(4)), max_tokens=400)
    setting.scheduler.step()
    (late,) = setting.put([5] * 20, deadline_s=0.0)
    setting.pace.note(read_tokens=1000, written_tokens=0, elapsed_s=1e6)
    setting.scheduler.step()
    with pytest.raises(Busy, match="within 0 s") as refusal:
        list(late.generation)
    assert refusal.value.retry_after_s == MAX_RETRY_S
    for request in running:
        request.generation.cancel()
    setting.scheduler.step()


def test_error_between_the_line_and_a_seat_leaves_nobody_out(setting: Setting, monkeypatch: pytest.MonkeyPatch) -> None:
    (request,) = setting.put([1, 2, 3])
    match, calls = setting.memory.match, itertools.count(1)
    with monkeypatch.context() as patch:  # two calls find that it may start, the third is for one to follow
        patch.setattr(setting.memory, "match", lambda prompt: match(prompt) if next(calls) < 3 else 1 // 0)
        with pytest.raises(ZeroDivisionError):
            setting.scheduler.step()
    assert not setting.scheduler.is_running
    setting.run()
    assert finish_of(request) is FinishReason.LENGTH


def test_pace_keeps_steps_short_on_a_slow_model() -> None:
    pace = Pace()
    assert pace.tokens_per_s is None
    assert pace.chunk_tokens(is_beside=True, most=512) == LEAST_TOKENS
    pace.note(read_tokens=100, written_tokens=0, elapsed_s=0.5)
    assert pace.tokens_per_s == 200
    assert pace.chunk_tokens(is_beside=True, most=512) == max(round(200 * BESIDE_S), LEAST_TOKENS)
    assert pace.chunk_tokens(is_beside=False, most=512) == round(200 * ALONE_S)
    assert pace.chunk_tokens(is_beside=False, most=100) == 100
    for _ in range(50):
        pace.note(read_tokens=100, written_tokens=0, elapsed_s=50.0)
    assert pace.chunk_tokens(is_beside=False, most=512) == LEAST_TOKENS


def test_timings_add_up(setting: Setting) -> None:
    started = time.monotonic()
    (request,) = setting.put([1, 2, 3])
    setting.run()
    elapsed_ms = 1000 * (time.monotonic() - started)
    report = request.generation.report
    assert report is not None
    assert report.first_token_ms == pytest.approx(report.queue_ms + report.read_ms)
    assert report.queue_ms + report.read_ms + report.write_ms <= elapsed_ms + 5


@pytest.mark.parametrize("setting", [{"seats": 1, "cells": 4000}], indirect=True)
def test_told_wait_counts_a_shared_beginning_once(setting: Setting) -> None:
    (running,) = setting.put([1, 2, 3], max_tokens=40)
    setting.scheduler.step()
    prompts = [[*counted(0, 120), 200 + number, 5] for number in range(5)]
    sheet = setting.put(*prompts, max_tokens=20, reader="sheet")
    position, wait_s = setting.admission.place(sheet[4]) or (0, None)
    assert position == 5
    assert setting.pace.tokens_per_s
    assert wait_s
    wanted = running.remaining_tokens + (120 + 2 + 20) + 3 * (2 + 20)
    assert wait_s * setting.pace.tokens_per_s == pytest.approx(wanted)


def test_followers_stand_before_the_line_and_wait_for_what_they_share(setting: Setting) -> None:
    leader, *followers = put_sheet(setting, texts=3, max_tokens=20)
    setting.scheduler.step()
    assert setting.pace.tokens_per_s
    left = 120 - leader.position
    assert left > 0
    for position, follower in enumerate(followers, start=1):
        assert setting.admission.place(follower) == (position, pytest.approx(left / setting.pace.tokens_per_s))
    background, person = (
        setting.put([250, 251], reader=priority, priority=priority)[0]
        for priority in (Priority.BACKGROUND, Priority.INTERACTIVE)
    )
    assert [(setting.admission.place(one) or (0,))[0] for one in (background, person)] == [2, 1]
    setting.run()


@pytest.mark.parametrize("setting", [{"seats": 3, "cells": 4000}], indirect=True)
def test_told_waits_are_about_what_is_handled_until_then(setting: Setting) -> None:
    """Two follow a leader, and all seats are taken meanwhile: who comes then waits for the followers too."""
    setting.put([1, 2, 3], max_tokens=150, reader="other")
    setting.scheduler.step()
    sheet = setting.put(*([*counted(0, 120), 200 + n, 5] for n in range(3)), max_tokens=40, reader="sheet")
    setting.scheduler.step()
    setting.put([5, 6, 7], max_tokens=170, reader="third")
    setting.scheduler.step()
    (person,) = setting.put([250, 251], max_tokens=3, reader="person")
    waiting = [*sheet[1:], person]
    places = [setting.admission.place(one) or (0, None) for one in waiting]
    assert [position for position, _ in places] == [1, 2, 3]
    speed = setting.pace.tokens_per_s
    assert speed
    told = [(wait_s or 0.0) * speed for _, wait_s in places]
    handled, before = [], len(setting.observer.steps)
    for one in waiting:
        while one.generation.progress.stage is Stage.WAITING:
            setting.scheduler.step()
        steps = setting.observer.steps[before:]
        handled.append(sum(step["read_tokens"] + step["written_tokens"] for step in steps))
    assert told == pytest.approx(handled, rel=0.2)
