import os
import sys
import time
from pathlib import Path

import pytest

from ingest import frames
from ingest.child import Child, ChildEnded, OutOfTime
from ingest.limits import MEBIBYTE, ParsingLimits

READY = "import sys, time, os, struct\nfrom ingest import frames\nout = sys.stdout.buffer\n"
READY += (
    "def send(data):\n    out.write(data); out.flush()\nsend(frames.pack({'ready': True}))\nsys.stdin.buffer.read(8)\n"
)


def misbehaving(script: str, **limits: float) -> Child:
    """A child that is ready, takes the first bytes of a request and then runs the script."""
    return Child(
        ParsingLimits(**{"timeout_s": 10, **limits}),  # type: ignore[arg-type]
        command=[sys.executable, "-c", READY + script],
    )


def ask(child: Child, max_reply_bytes: int = MEBIBYTE) -> tuple[frames.Head, bytes]:
    try:
        return child.ask({"operation": "parse"}, max_reply_bytes=max_reply_bytes)
    finally:
        child.close()


def is_running(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0] != "Z"
    except FileNotFoundError:
        return False


@pytest.mark.parametrize(
    ("script", "reason"),
    [
        ("sys.exit(7)", "ended with status 7"),
        ("os.kill(os.getpid(), 11)", "signal SIGSEGV"),
        ("sys.stderr.write('noise\\nboom at last\\n'); sys.stderr.flush(); sys.exit(1)", "boom at last"),
        ("send(struct.pack('>II', 2, 1 << 31)); time.sleep(60)", "2048.0 MiB, the limit is 1 MiB"),
        ("send(struct.pack('>II', 1 << 31, 0)); time.sleep(60)", "MiB"),
        ("send(struct.pack('>II', 3, 0) + b'{x}'); time.sleep(60)", "not JSON"),
        ("send(struct.pack('>II', 3, 0) + b'[1]'); time.sleep(60)", "protocol"),
        ("send(struct.pack('>II', 60000, 0) + b'[' * 60000); time.sleep(60)", "not JSON"),
        ("send(struct.pack('>II', 2, 0) + b'{}more'); time.sleep(60)", "protocol"),
        ("os.close(1); time.sleep(60)", "ended"),
    ],
)
def test_a_child_that_misbehaves_is_ended_with_the_reason(script: str, reason: str) -> None:
    child = misbehaving(script)
    with pytest.raises(ChildEnded, match=reason):
        ask(child)
    assert not is_running(child.pid)


def test_a_silent_child_is_killed_when_its_time_is_up() -> None:
    child = misbehaving("time.sleep(60)", timeout_s=0.5)
    started = time.monotonic()
    with pytest.raises(OutOfTime, match=r"limit of 0\.5 s"):
        ask(child)
    assert time.monotonic() - started < 20
    assert not is_running(child.pid)


def test_what_the_child_started_dies_with_it(tmp_path: Path) -> None:
    script = f"pid = os.fork()\nif pid:\n    open({str(tmp_path / 'pid')!r}, 'w').write(str(pid))\ntime.sleep(60)"
    child = misbehaving(script, timeout_s=2)
    with pytest.raises(OutOfTime):
        ask(child)
    grandchild = int((tmp_path / "pid").read_text())
    time.sleep(0.2)
    assert not is_running(grandchild)


def test_a_flood_on_stderr_neither_blocks_nor_piles_up() -> None:
    child = misbehaving(
        "sys.stderr.write('x' * 5_000_000); sys.stderr.flush(); send(frames.pack({'ok': True}, b'fine'))"
    )
    assert ask(child) == ({"ok": True}, b"fine")
    assert len(child._stderr) <= 4096


def test_an_answer_in_small_pieces_and_a_long_request_arrive_whole() -> None:
    script = (
        "body = sys.stdin.buffer.read(300_000)\nfor byte in frames.pack({'ok': True}, b'abc'):\n    send(bytes([byte]))"
    )
    child = misbehaving(script)
    head, body = child.ask({"operation": "parse"}, b"y" * 400_000, max_reply_bytes=MEBIBYTE)
    child.close()
    assert (head, body) == ({"ok": True}, b"abc")


@pytest.fixture
def worker() -> Child:
    """The real worker, ready."""
    child = Child(ParsingLimits(memory_mb=512))
    head, _ = child.ask({"operation": "parse", "kind": "jsonl", "source": "a"}, b"{", max_reply_bytes=MEBIBYTE)
    assert head["code"] == "bad_input"
    return child


def test_the_worker_limits_itself(worker: Child) -> None:
    rows = Path(f"/proc/{worker.pid}/limits").read_text().splitlines()
    limits = {row[:26].strip(): row[26:].split()[0] for row in rows[1:]}
    worker.close()
    assert limits["Max address space"] == str(512 * MEBIBYTE)
    assert limits["Max file size"] == "0"
    assert limits["Max core file size"] == "0"
    assert limits["Max open files"] == "64"
    assert int(limits["Max cpu time"]) < 200


def test_the_worker_sees_no_secrets_and_no_torch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RONBUN_REMOTE_KEY", "very-secret")
    monkeypatch.setenv("HTTPS_PROXY", "http://user:password@proxy")
    child = Child(ParsingLimits())
    child.ask({"operation": "parse", "kind": "jsonl", "source": "a"}, b"{", max_reply_bytes=MEBIBYTE)
    environment = Path(f"/proc/{child.pid}/environ").read_bytes()
    libraries = Path(f"/proc/{child.pid}/maps").read_text()
    child.close()
    assert b"secret" not in environment
    assert b"password" not in environment
    assert b"RONBUN" not in environment
    assert "torch" not in libraries
    assert "very-secret" in os.environ.values()


def test_pages_announced_for_recognition_have_time_of_their_own() -> None:
    notices = "for page in (3, 4, 9):\n    send(frames.pack({'recognising': page, 'count': 1})); time.sleep(0.4)\n"
    child = misbehaving(notices + "send(frames.pack({'ok': True}, b'read'))", timeout_s=0.6, ocr_page_timeout_s=2)
    assert ask(child) == ({"ok": True}, b"read")


def test_a_child_that_hangs_over_a_page_is_killed_and_names_it() -> None:
    script = "send(frames.pack({'recognising': 3, 'count': 1}) + frames.pack({'recognising': 7, 'count': 2}))\n"
    child = misbehaving(script + "time.sleep(60)", timeout_s=0.3, ocr_page_timeout_s=0.2)
    with pytest.raises(OutOfTime, match=r"limit of 0\.7 s") as caught:
        ask(child)
    assert caught.value.recognising == 7


def test_a_child_cannot_buy_time_without_end() -> None:
    script = "while True:\n    send(frames.pack({'recognising': 1, 'count': 1})); time.sleep(0.01)"
    child = misbehaving(script, timeout_s=5, ocr_page_timeout_s=60, ocr_max_pages=3)
    with pytest.raises(ChildEnded, match="protocol"):
        ask(child)


def test_what_a_dead_child_left_running_is_killed(tmp_path: Path) -> None:
    leave = (
        f"pid = os.fork()\nif not pid:\n    os.closerange(0, 3); time.sleep(60)\nopen({str(tmp_path / 'pid')!r}, 'w')"
    )
    child = misbehaving(leave + ".write(str(pid))\nos._exit(7)")
    with pytest.raises(ChildEnded, match="status 7"):
        ask(child)
    time.sleep(0.2)
    assert not is_running(int((tmp_path / "pid").read_text()))
