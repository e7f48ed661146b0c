"""Contexts on disk: what is found, the size limit, every kind of damage, other processes, a disk that refuses."""

import logging
import os
import resource
import stat
import subprocess
import sys
import textwrap
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from app.generators.llama.prefix_cache import saved_contexts
from app.generators.llama.prefix_cache.context_file import (
    CHECK_BYTES,
    ContextKind,
    context_name,
    header_bytes,
    read_header,
    state_check,
)
from app.generators.llama.prefix_cache.saved_contexts import LEFTOVER_S, Saved, SavedContexts
from indexes.errors import BadInput

KIND = ContextKind("ab" * 32, "kv=f16 llama.cpp=1")
REPOSITORY = Path(__file__).resolve().parents[2]
PAPER = list(range(100, 140))
STATE = bytes(range(256)) * 4


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    return tmp_path / "contexts"


def make_contexts(folder: Path, kind: ContextKind = KIND, max_bytes: int = 1 << 20) -> SavedContexts:
    return SavedContexts(folder, kind=kind, max_bytes=max_bytes)


def only_file(folder: Path) -> Path:
    (path,) = folder.iterdir()
    return path


def found_by(contexts: SavedContexts, tokens: list[int]) -> Saved:
    saved = contexts.longest(tokens)
    assert saved is not None
    return saved


def test_what_is_saved_is_found_and_loaded_by_another_process_to_come(folder: Path) -> None:
    assert make_contexts(folder).save(PAPER, STATE)
    contexts = make_contexts(folder)
    saved = found_by(contexts, [*PAPER, 7, 8, 9])
    assert (saved.length, saved.tokens) == (len(PAPER), len(PAPER))
    assert contexts.load(saved) == STATE
    assert contexts.counts.loaded == 1


def test_the_longest_shared_beginning_is_found_and_of_equals_the_smallest(folder: Path) -> None:
    contexts = make_contexts(folder)
    for tokens in ([1, 2], [1, 2, 3, 4, 5], [1, 2, 3, 4, 5, 6, 7], [9]):
        contexts.save(tokens, b"state")
    assert found_by(contexts, [1, 2, 3, 4, 8]).length == 4
    assert found_by(contexts, [1, 2, 3, 4, 8]).tokens == 5
    assert found_by(contexts, [1, 2, 3, 4, 5, 6, 8]).tokens == 7
    assert found_by(contexts, [1]).tokens == 2
    assert contexts.longest([4, 4]) is None
    assert contexts.longest([]) is None


@settings(deadline=None)
@given(st.lists(st.lists(st.integers(0, 2), min_size=1, max_size=6), max_size=6), st.lists(st.integers(0, 2)))
def test_the_longest_agrees_with_comparing_lists(
    tmp_path_factory: pytest.TempPathFactory, kept: list[list[int]], tokens: list[int]
) -> None:
    contexts = make_contexts(tmp_path_factory.mktemp("contexts") / "made")
    for one in kept:
        contexts.save(one, b"state of " + bytes(one))
    shared = [n for one in kept for n in range(len(one) + 1) if one[:n] == tokens[:n]]
    saved = contexts.longest(tokens)
    assert (saved.length if saved else 0) == max(shared, default=0)
    if saved is not None:
        state = contexts.load(saved)
        assert state is not None
        assert list(state.removeprefix(b"state of "))[: saved.length] == tokens[: saved.length]


@pytest.mark.parametrize("kind", [ContextKind("cd" * 32, KIND.parameters), ContextKind(KIND.model_sha256, "kv=q8_0")])
def test_contexts_of_another_kind_are_not_seen_and_not_touched(folder: Path, kind: ContextKind) -> None:
    make_contexts(folder).save(PAPER, STATE)
    saved = found_by(make_contexts(folder), PAPER)
    other = make_contexts(folder, kind)
    assert other.longest(PAPER) is None
    assert other.counts.refused == 0
    assert other.load(saved) is None
    assert other.save(PAPER, b"another state")
    assert make_contexts(folder).load(saved) == STATE


def test_only_its_owner_may_read_them(folder: Path) -> None:
    before = os.umask(0)
    try:
        make_contexts(folder).save(PAPER, STATE)
    finally:
        os.umask(before)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert stat.S_IMODE(only_file(folder).stat().st_mode) == 0o600


def test_those_used_longest_ago_make_room(folder: Path) -> None:
    contexts = make_contexts(folder, max_bytes=7000)
    for paper in range(3):
        contexts.save([paper, 1], STATE)
    for age, paper in ((300, 1), (200, 2), (100, 0)):
        set_age(found_by(contexts, [paper]).path, age_s=age)
    assert contexts.load(found_by(contexts, [1])) == STATE
    contexts.save([3, 1], bytes(4096))
    assert {paper for paper in range(4) if contexts.longest([paper])} == {0, 1, 3}
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 7000


def set_age(path: Path, *, age_s: float) -> None:
    then = path.stat().st_mtime - age_s
    os.utime(path, (then, then))


def test_what_is_over_the_limit_is_not_saved_and_costs_nobody_a_place(folder: Path) -> None:
    contexts = make_contexts(folder, max_bytes=2048)
    assert contexts.save(PAPER, STATE)
    assert not contexts.save([1], bytes(2048))
    assert contexts.counts.skipped == 1
    assert contexts.longest(PAPER) is not None


def test_saving_again_writes_nothing_and_counts_as_a_use(folder: Path) -> None:
    contexts = make_contexts(folder)
    contexts.save(PAPER, STATE)
    path = only_file(folder)
    set_age(path, age_s=1000)
    before = path.stat()
    assert contexts.save(PAPER, STATE)
    assert path.stat().st_ino == before.st_ino
    assert path.stat().st_mtime > before.st_mtime
    assert contexts.counts.saved == 1


def test_each_flipped_byte_is_noticed(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    make_contexts(folder).save(PAPER[:3], b"some state")
    path = only_file(folder)
    whole = path.read_bytes()
    header = len(header_bytes(KIND, np.array(PAPER[:3], np.int32), state_bytes=10))
    for place in range(len(whole)):
        path.write_bytes(whole[:place] + bytes([whole[place] ^ 0x10]) + whole[place + 1 :])
        contexts = make_contexts(folder)
        saved = contexts.longest(PAPER[:3])
        assert (saved is None) == (place < header)
        assert saved is None or contexts.load(saved) is None
        assert contexts.counts.refused == 1
        assert path.exists() == (place < 12)  # magic or version: not known to be ours
        assert contexts.longest(PAPER[:3]) is None
        path.unlink(missing_ok=True)
    assert caplog.text.count("refused context") == len(whole)


def test_each_truncation_is_noticed(folder: Path) -> None:
    make_contexts(folder).save(PAPER[:3], b"some state")
    path = only_file(folder)
    whole = path.read_bytes()
    for length in range(len(whole)):
        path.write_bytes(whole[:length])
        contexts = make_contexts(folder)
        assert contexts.longest(PAPER) is None
        assert contexts.counts.refused == contexts.counts.removed == 1
        assert not path.exists()
    path.write_bytes(whole + b"x")
    assert make_contexts(folder).longest(PAPER) is None
    assert not path.exists()


def test_sizes_that_lie_under_a_true_checksum_are_noticed(folder: Path) -> None:
    tokens = np.array(PAPER, np.int32)
    folder.mkdir(mode=0o700)
    path = folder / context_name(KIND, tokens)
    for claimed in (0, 3, 1 << 63):
        header = header_bytes(KIND, tokens, state_bytes=claimed)
        path.write_bytes(header + STATE + state_check(header, STATE))
        assert make_contexts(folder).longest(PAPER) is None
        assert not path.exists()


def test_parameters_that_are_no_text_under_a_true_checksum_are_noticed(folder: Path) -> None:
    tokens = np.array(PAPER, np.int32)
    folder.mkdir(mode=0o700)
    path = folder / context_name(KIND, tokens)
    header = header_bytes(KIND, tokens, state_bytes=len(STATE))[:-CHECK_BYTES]
    header = header.replace(KIND.parameters.encode(), b"\xff" * len(KIND.parameters))
    header += state_check(header, b"")
    path.write_bytes(header + STATE + state_check(header, STATE))
    contexts = make_contexts(folder)
    assert contexts.longest(PAPER) is None
    assert contexts.counts.refused == contexts.counts.removed == 1
    assert not path.exists()


def test_damage_that_comes_after_the_header_was_read_is_noticed(folder: Path) -> None:
    contexts = make_contexts(folder)
    contexts.save(PAPER, STATE)
    saved = found_by(contexts, PAPER)
    content = bytearray(saved.path.read_bytes())
    content[-CHECK_BYTES - 1] ^= 1
    saved.path.write_bytes(content)
    assert contexts.load(saved) is None
    assert not saved.path.exists()
    assert contexts.save(PAPER, STATE)
    assert contexts.load(found_by(contexts, PAPER)) == STATE


def test_what_is_gone_is_simply_not_there(folder: Path, caplog: pytest.LogCaptureFixture) -> None:
    contexts = make_contexts(folder)
    contexts.save(PAPER, STATE)
    saved = found_by(contexts, PAPER)
    saved.path.unlink()
    assert contexts.load(saved) is None
    assert contexts.longest(PAPER) is None
    assert contexts.counts.refused == 0
    assert not [record for record in caplog.records if record.levelno >= logging.WARNING]


@pytest.mark.parametrize("make", ["link", "pipe", "folder", "foreign"])
def test_what_is_no_file_of_ours_is_refused_and_left(folder: Path, tmp_path: Path, make: str) -> None:
    make_contexts(folder).save(PAPER, STATE)
    path = only_file(folder)
    elsewhere = path.rename(tmp_path / path.name)
    if make == "link":
        path.symlink_to(elsewhere)
    elif make == "pipe":
        os.mkfifo(path)
    elif make == "folder":
        path.mkdir()
    else:
        path.write_bytes(b"GGUF" + elsewhere.read_bytes())
    contexts = make_contexts(folder, max_bytes=1400)
    assert contexts.longest(PAPER) is None
    assert contexts.load(Saved(path, 1, 1, 1)) is None
    assert contexts.counts.refused == 2
    assert os.path.lexists(path)
    assert elsewhere.exists()


def test_a_link_counts_for_nothing_when_room_is_made(folder: Path, tmp_path: Path) -> None:
    contexts = make_contexts(folder, max_bytes=1500)
    contexts.save(PAPER, STATE)
    link = folder / f"{'0' * 32}.context"
    link.symlink_to(tmp_path / "elsewhere")
    os.utime(link, (1, 1), follow_symlinks=False)
    assert contexts.save([1, 2], STATE)
    assert link.is_symlink()
    assert contexts.counts.removed == 1


def test_a_context_saved_where_a_foreign_file_was_refused_is_found(folder: Path) -> None:
    make_contexts(folder).save(PAPER, STATE)
    only_file(folder).write_bytes(b"foreign")
    contexts = make_contexts(folder)
    assert contexts.longest(PAPER) is None
    assert contexts.save(PAPER, STATE)
    assert contexts.load(found_by(contexts, PAPER)) == STATE


def test_other_files_of_the_folder_are_ignored(folder: Path) -> None:
    contexts = make_contexts(folder)
    contexts.save(PAPER, STATE)
    (folder / "notes.txt").write_text("mine")
    (folder / "short.context").write_text("mine")
    assert make_contexts(folder, max_bytes=1400).save([1], STATE)
    assert {path.name for path in folder.iterdir()} >= {"notes.txt", "short.context"}


@pytest.mark.parametrize("make", ["writable", "link"])
def test_a_folder_that_others_may_write_in_is_not_used(
    folder: Path, tmp_path: Path, make: str, caplog: pytest.LogCaptureFixture
) -> None:
    make_contexts(folder).save(PAPER, STATE)
    if make == "writable":
        folder.chmod(0o770)
    else:
        folder.rename(tmp_path / "elsewhere").chmod(0o700)
        folder.symlink_to(tmp_path / "elsewhere")
    contexts = make_contexts(folder)
    assert contexts.longest(PAPER) is None
    assert contexts.longest(PAPER) is None
    assert not contexts.save([1], STATE)
    assert contexts.counts.failed == 1
    assert caplog.text.count("no contexts are read") == 1


@contextmanager
def small_files() -> Iterator[None]:
    """Let the system refuse files over a thousand bytes, as a full disk does; the runner's own output is one too."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (1000, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_a_disk_that_refuses_is_logged_counted_and_left_alone_for_a_while(
    folder: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    contexts = make_contexts(folder)
    with small_files():
        is_saved, left, is_saved_after = (
            contexts.save(PAPER, STATE),
            list(folder.iterdir()),
            contexts.save([1], b"small"),
        )
    assert (is_saved, left, is_saved_after) == (False, [], False)
    assert (contexts.counts.failed, contexts.counts.skipped, contexts.counts.saved) == (1, 1, 0)
    assert caplog.text.count("could not save a context") == 1
    monkeypatch.setattr(saved_contexts, "PAUSE_S", 0.0)
    again = make_contexts(folder)
    with small_files():
        saved = [again.save(PAPER, STATE), again.save([1], b"small")]
    assert saved == [False, True]


def test_what_a_killed_process_left_is_cleared_once_it_cannot_be_about_to_be_locked(folder: Path) -> None:
    contexts = make_contexts(folder)
    contexts.save(PAPER, STATE)
    for name in ("old", "new"):
        (folder / f".writing-{name}").write_bytes(STATE)
    set_age(folder / ".writing-old", age_s=2 * LEFTOVER_S)
    contexts.save([1], STATE)
    assert not (folder / ".writing-old").exists()
    assert (folder / ".writing-new").exists()


def test_a_slow_disk_delays_no_search(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contexts = make_contexts(folder)
    contexts.save(PAPER, STATE)
    is_writing, may_end = threading.Event(), threading.Event()
    flush = os.fsync

    def slow_flush(handle: int) -> None:
        is_writing.set()
        may_end.wait(60)
        flush(handle)

    monkeypatch.setattr(os, "fsync", slow_flush)
    saving = threading.Thread(target=contexts.save, args=([1, 2], STATE))
    saving.start()
    assert is_writing.wait(60)
    assert contexts.load(found_by(contexts, PAPER)) == STATE
    assert contexts.longest([1, 2]) is None
    may_end.set()
    saving.join()
    assert contexts.longest([1, 2]) is not None


WORKER = """
    import random, sys
    from pathlib import Path
    from app.generators.llama.prefix_cache.context_file import ContextKind
    from app.generators.llama.prefix_cache.saved_contexts import SavedContexts

    contexts = SavedContexts(Path(sys.argv[1]), kind=ContextKind("ab" * 32, "shared"), max_bytes=40_000)
    chosen = random.Random(int(sys.argv[2]))
    for _ in range(60):
        paper = chosen.randrange(12)
        saved = contexts.longest([paper, paper, 1])
        state = contexts.load(saved) if saved else None
        if state is None:
            contexts.save([paper, paper], bytes([paper]) * 5000)
        elif state != bytes([paper]) * 5000:
            sys.exit("the state of another paper")
    counts = contexts.counts
    print(counts.loaded, counts.removed, counts.refused, counts.failed)
"""


def test_two_processes_share_a_folder(folder: Path) -> None:
    command = [sys.executable, "-c", textwrap.dedent(WORKER), str(folder)]
    workers = [
        subprocess.Popen([*command, seed], cwd=REPOSITORY, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        for seed in "12"
    ]
    counts = []
    for worker, (said, complained) in [(worker, worker.communicate(timeout=120)) for worker in workers]:
        assert worker.returncode == 0, complained
        counts.append([int(count) for count in said.split()])
    loaded, removed, refused, failed = map(sum, zip(*counts, strict=True))
    assert loaded > 10
    assert removed > 10
    assert (refused, failed) == (0, 0), complained
    assert sum(path.stat().st_size for path in folder.iterdir()) <= 40_000 + 6_000  # each made room for its own
    assert all(read_header(path).kind.parameters == "shared" for path in folder.iterdir())


def test_a_kind_names_a_model_by_its_whole_hash() -> None:
    with pytest.raises(BadInput, match="not a SHA-256"):
        ContextKind("model.gguf", "")
    with pytest.raises(BadInput, match="4096"):
        ContextKind("ab" * 32, "x" * 5000)
