"""What is saved of which request and when it comes back, on a context that only counts and a real folder."""

from __future__ import annotations

import threading
from pathlib import Path

import numpy as np
import pytest
from llama_engines import CountingContext, counted, make_engine_request

from app.generators.llama.context import BatchPart
from app.generators.llama.memory import SequenceMemory
from app.generators.llama.prefix_cache.context_file import ContextKind
from app.generators.llama.prefix_cache.context_keeper import MIN_GAIN_TOKENS, ContextKeeper
from app.generators.llama.prefix_cache.saved_contexts import SavedContexts

KIND = ContextKind("0" * 64, "test")
SYSTEM, PAPER = 20, 400


class Setting:
    def __init__(self, folder: Path, *, cells: int = 3000, max_bytes: int = 1 << 20) -> None:
        self.context = CountingContext(cells)
        self.memory = SequenceMemory(self.context, sequences=9, can_share=True, sliding_window=0)
        self.saved = SavedContexts(folder, kind=KIND, max_bytes=max_bytes)
        self.keeper = ContextKeeper(self.saved, memory=self.memory)
        self.told: list[bool] = []

    def answer(self, prompt: list[int], *, keep: tuple[int, ...]) -> int:
        """Read a prompt as the scheduler does; return what was known of it."""
        request = make_engine_request(prompt, keep=keep)
        match = self.memory.match(request.prompt)
        self.keeper.bring(request.prompt, known=match.length if match else 0, wanted=len(prompt) + 4, promised=0)
        match = self.memory.match(request.prompt)
        known = match.length if match else 0
        sequence = self.memory.begin(match)
        self.memory.decode([BatchPart(sequence, known, request.prompt[known:], True)])
        request.sequence, request.position, request.cached_tokens = sequence, len(prompt), known
        self.told.append(self.keeper.save(request))
        self.memory.end(sequence, keep=len(prompt))
        return known


@pytest.fixture
def prompt() -> list[int]:
    return [*counted(0, PAPER), 250, 251]


def test_saved_context_comes_back_in_a_new_memory(tmp_path: Path, prompt: list[int]) -> None:
    first = Setting(tmp_path)
    assert first.answer(prompt, keep=(SYSTEM, PAPER)) == 0
    first.keeper.close()
    second = Setting(tmp_path)
    assert second.answer([*prompt[:PAPER], 9, 9], keep=(SYSTEM, PAPER)) == PAPER
    assert prompt[:PAPER] in [second.context.tokens(sequence) for sequence in range(8)]


def test_what_questions_share_is_saved_once_and_without_their_own(tmp_path: Path, prompt: list[int]) -> None:
    setting = Setting(tmp_path)
    shared = 300
    for number in range(3):
        own = counted(60 * number + 7, PAPER - shared)
        setting.answer([*prompt[:shared], *own, 1], keep=(SYSTEM, PAPER))
        setting.keeper.close()
        setting.keeper = ContextKeeper(setting.saved, memory=setting.memory)
    assert setting.saved.counts.saved == 1
    for file in tmp_path.iterdir():
        file.unlink()
    assert setting.answer([*prompt[:shared], *counted(200, PAPER - shared), 1], keep=(SYSTEM, PAPER)) == shared
    setting.keeper.close()
    found = setting.saved.longest(np.array(prompt, np.int32))
    assert found is not None
    assert (found.length, found.tokens) == (shared, shared)


def test_short_beginnings_are_not_saved_and_requests_without_keep_never(tmp_path: Path, prompt: list[int]) -> None:
    setting = Setting(tmp_path / "contexts")
    setting.answer(prompt, keep=(SYSTEM,))
    setting.answer(counted(9, 500), keep=())
    setting.keeper.close()
    assert not (tmp_path / "contexts").exists()


def test_little_gain_and_no_room_leave_the_file_alone(tmp_path: Path, prompt: list[int]) -> None:
    first = Setting(tmp_path)
    first.answer(prompt, keep=(PAPER,))
    first.keeper.close()
    wanted = np.array(prompt, np.int32)
    second = Setting(tmp_path)
    assert second.keeper.bring(wanted, known=PAPER - MIN_GAIN_TOKENS + 1, wanted=PAPER + 6, promised=0) == 0
    assert second.keeper.bring(wanted, known=PAPER - MIN_GAIN_TOKENS, wanted=PAPER + 6, promised=0) == PAPER
    full = Setting(tmp_path, cells=PAPER + 50)
    full.answer(counted(100, 40), keep=())
    in_use = full.memory.begin(None)
    full.memory.decode([BatchPart(in_use, 0, counted(200, 51), True)])
    assert full.keeper.bring(wanted, known=0, wanted=PAPER, promised=0) == 0
    assert full.memory.used_cells == 91  # nothing was forgotten for it


def test_damaged_file_reads_as_if_it_were_not_there(tmp_path: Path, prompt: list[int]) -> None:
    first = Setting(tmp_path)
    first.answer(prompt, keep=(PAPER,))
    first.keeper.close()
    (file,) = tmp_path.iterdir()
    content = bytearray(file.read_bytes())
    content[-40] ^= 1
    file.write_bytes(content)
    assert Setting(tmp_path).answer(prompt, keep=()) == 0


def test_writer_that_breaks_goes_on_and_never_holds_up_closing(
    tmp_path: Path, prompt: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    setting = Setting(tmp_path)
    is_called = threading.Event()

    def breaking(*_: object) -> bool:
        is_called.set()
        raise RuntimeError("writer")

    with monkeypatch.context() as patch:
        patch.setattr(setting.saved, "save", breaking)
        setting.answer(prompt, keep=(PAPER,))
        assert is_called.wait(60)
    setting.answer(counted(77, 420), keep=(PAPER,))
    closing = threading.Thread(target=setting.keeper.close, daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive()
    assert setting.saved.counts.saved == 1


def test_closing_does_not_wait_for_a_place_in_the_queue_of_a_writer_that_is_gone(
    tmp_path: Path, prompt: list[int]
) -> None:
    setting = Setting(tmp_path)
    setting.answer(prompt, keep=(PAPER,))
    setting.keeper.close()
    for number in range(3):
        setting.answer(counted(77 + 40 * number, 420), keep=(PAPER,))
    closing = threading.Thread(target=setting.keeper.close, daemon=True)
    closing.start()
    closing.join(60)
    assert not closing.is_alive()


def test_context_is_not_fetched_where_the_whole_request_does_not_fit_beside_promises(
    tmp_path: Path, prompt: list[int]
) -> None:
    first = Setting(tmp_path)
    first.answer(prompt, keep=(PAPER,))
    first.keeper.close()
    second = Setting(tmp_path, cells=PAPER + 200)
    wanted = np.array(prompt, np.int32)
    assert second.keeper.bring(wanted, known=0, wanted=PAPER + 50, promised=151) == 0
    assert second.keeper.bring(wanted, known=0, wanted=PAPER + 50, promised=150) == PAPER


def test_context_that_llama_cpp_refuses_is_saved_anew(
    tmp_path: Path, prompt: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    first = Setting(tmp_path)
    first.answer(prompt, keep=(SYSTEM, PAPER))
    first.keeper.close()
    second = Setting(tmp_path)
    with monkeypatch.context() as refusing:
        refusing.setattr(second.context, "restore", lambda sequence, state: False)
        assert second.answer(prompt, keep=(SYSTEM, PAPER)) == 0
    second.keeper.close()
    assert (second.saved.counts.refused, second.saved.counts.saved) == (1, 1)
    assert Setting(tmp_path).answer(prompt, keep=(SYSTEM, PAPER)) == PAPER


def test_context_whose_file_was_removed_is_saved_again(tmp_path: Path, prompt: list[int]) -> None:
    setting = Setting(tmp_path)
    setting.answer(prompt, keep=(SYSTEM, PAPER))
    setting.keeper.close()
    [file] = tmp_path.iterdir()
    file.unlink()
    setting.keeper = ContextKeeper(setting.saved, memory=setting.memory)
    setting.saved = setting.keeper._saved
    setting.answer(prompt, keep=(SYSTEM, PAPER))
    setting.keeper.close()
    assert list(tmp_path.iterdir()) == [file]


def test_what_the_folder_does_not_take_is_not_told_as_saved(
    tmp_path: Path, prompt: list[int], monkeypatch: pytest.MonkeyPatch
) -> None:
    small = Setting(tmp_path / "small", max_bytes=16)
    taken: list[int] = []
    state = small.memory.state
    monkeypatch.setattr(
        small.memory, "state", lambda sequence, *, length: (taken.append(length), state(sequence, length=length))[1]
    )
    for start in (0, 60, 120):
        small.answer([*counted(start, PAPER), 250, 251], keep=(PAPER,))
    assert small.told == [False] * 3
    assert taken == [PAPER]  # the same length is not copied out again

    (tmp_path / "file").write_text("x")
    refusing = Setting(tmp_path / "file" / "folder")
    refusing.answer(prompt, keep=(PAPER,))
    refusing.keeper.close()
    assert refusing.saved.counts.failed == 1
    refusing.answer([*counted(60, PAPER), 250, 251], keep=(PAPER,))
    assert refusing.told == [True, False]  # only the disk could tell the first time
