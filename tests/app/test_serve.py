"""`ronbun serve` as a process: it listens, answers, refuses what would be open to others, and stops cleanly."""

import os
import re
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest

REPOSITORY = Path(__file__).resolve().parents[2]


def start(library: Path, *options: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "app.main", "serve", "--library", str(library), *options],
        cwd=REPOSITORY,
        env={**os.environ, **environment},
        stderr=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of a running service over a new library."""
    with start(tmp_path_factory.mktemp("serve") / "library", "--port", "0") as process:
        assert process.stderr is not None
        for line in process.stderr:
            if found := re.search(r"http://\S+", line):
                break
        else:
            pytest.fail("the service did not start")
        yield found[0]
        process.send_signal(signal.SIGINT)
        _, err = process.communicate(timeout=30)
        assert "Traceback" not in err
        assert process.returncode == 0


def test_service_answers_and_shows_the_page(address: str) -> None:
    with httpx.Client(base_url=address, timeout=30) as client:
        assert client.get("/healthz").status_code == 200
        assert client.get("/v1/papers").json()["total"] == 0
        page = client.get("/")
    assert page.headers["content-type"].startswith("text/html")
    assert "default-src 'self'" in page.headers["content-security-policy"]


def test_service_gives_one_error_shape(address: str) -> None:
    answer = httpx.get(f"{address}/v1/papers/nothing")
    assert answer.status_code == 404
    assert set(answer.json()["error"]) == {"code", "message", "hint", "request_id"}


@pytest.mark.parametrize("sent", [signal.SIGINT, signal.SIGTERM])
def test_signal_ends_it_with_the_library_closed(tmp_path: Path, sent: signal.Signals) -> None:
    with start(tmp_path / "library", "--port", "0") as process:
        assert process.stderr is not None
        assert "http://" in process.stderr.readline()
        process.send_signal(sent)
        _, err = process.communicate(timeout=60)
    assert (process.returncode, err) == (0, "")
    assert not (tmp_path / "library" / "library.sqlite3-wal").exists()


def test_taken_port_is_exit_5_and_names_it(tmp_path: Path) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with start(tmp_path / "library", "--port", str(port)) as process:
            _, err = process.communicate(timeout=60)
    assert process.returncode == 5
    assert str(port) in err


def test_open_address_without_keys_is_refused(tmp_path: Path) -> None:
    with start(tmp_path / "library", "--host", "0.0.0.0", "--port", "0", RONBUN_API_KEYS="") as process:
        _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "RONBUN_API_KEYS" in err
