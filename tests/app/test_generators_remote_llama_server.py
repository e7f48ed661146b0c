"""The remote generator against `llama_cpp.server` itself, with a tiny model, in a process of its own."""

import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from gguf_models import make_gguf
from remote_drafts import make_generator, make_request

from app.generators.protocol import DraftSentence
from app.generators.remote.dialect import Form
from indexes.errors import ModelMissing, TooLarge

pytestmark = pytest.mark.llama

WINDOW = 4096
STARTING_S = 60.0


@pytest.fixture(scope="module")
def url(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    for module in ("llama_cpp", "sse_starlette", "starlette_context"):
        pytest.importorskip(module, reason=f"{module} is not installed (make test)")
    folder = tmp_path_factory.mktemp("llama_server")
    model = make_gguf(folder / "tiny.gguf", seed=3, quote_pull=1.2)
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "llama_cpp.server", "--host", "127.0.0.1", "--port", str(port)]
    command += ["--model", str(model), "--model_alias", "crane-7b", "--chat_format", "chatml"]
    command += ["--n_ctx", str(WINDOW), "--n_threads", "1", "--n_threads_batch", "1", "--interrupt_requests", "false"]
    with (folder / "log").open("wb") as log:
        process = subprocess.Popen(
            command, stdout=log, stderr=log, env={**os.environ, "OMP_WAIT_POLICY": "passive"}, cwd=folder
        )
        try:
            wait_until_ready(process, f"http://127.0.0.1:{port}/v1", log=folder / "log")
            yield f"http://127.0.0.1:{port}/v1"
        finally:
            process.kill()
            process.wait()


def wait_until_ready(process: subprocess.Popen[bytes], url: str, *, log: Path) -> None:
    ends_at = time.monotonic() + STARTING_S
    while time.monotonic() < ends_at and process.poll() is None:
        try:
            if httpx.get(f"{url}/models", timeout=1, trust_env=False).status_code == 200:
                return
        except httpx.HTTPError:
            time.sleep(0.1)
    raise AssertionError(log.read_text(errors="replace")[-2000:])


def test_it_writes_under_our_grammar_and_streams(url: str, caplog: pytest.LogCaptureFixture) -> None:
    generator = make_generator(url, timeout_s=60)
    heard: list[tuple[float, DraftSentence]] = []
    draft = generator.draft(make_request(), on_sentence=lambda one: heard.append((time.monotonic(), one)))
    assert draft.sentences == tuple(sentence for _, sentence in heard)
    assert 1 <= len(draft.sentences) <= 2
    assert all(set(sentence.evidence_numbers) <= {1, 2} for sentence in draft.sentences)
    assert generator.dialect.form is Form.GRAMMAR
    assert "form=grammar status=500" in caplog.text  # so it refuses what it cannot read
    again = generator.draft(make_request(citable=(2,)))
    assert {number for sentence in again.sentences for number in sentence.evidence_numbers} <= {2}
    generator.close()


def test_many_drafts_at_once_are_each_written(url: str) -> None:
    generator = make_generator(url, timeout_s=60, concurrency=4)
    drafts: dict[int, object] = {}

    def ask(seed: int) -> None:
        drafts[seed] = generator.draft(make_request(seed=seed)).prompt_id

    threads = [threading.Thread(target=ask, args=(seed,)) for seed in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    generator.close()
    assert drafts == dict.fromkeys(range(6), "en/answer")


def test_reader_who_leaves_frees_the_server(url: str) -> None:
    generator = make_generator(url, timeout_s=60)

    def leave(sentence: DraftSentence) -> None:
        raise KeyError("reader left")

    with pytest.raises(KeyError, match="reader left"):
        generator.draft(make_request(), on_sentence=leave)
    started = time.monotonic()
    assert generator.draft(make_request()).sentences
    assert time.monotonic() - started < 20
    generator.close()


def test_prompt_over_its_window_is_told_with_its_own_words(url: str) -> None:
    generator = make_generator(url, timeout_s=60, context_tokens=100_000)
    with pytest.raises(TooLarge, match=f"maximum context length is {WINDOW} tokens") as failure:
        generator.draft(make_request(question="why " * 6000))
    assert "RONBUN_CONTEXT_TOKENS" in failure.value.hint
    generator.close()


def test_wrong_path_is_named(url: str) -> None:
    generator = make_generator(f"{url}/v2", timeout_s=60)
    with pytest.raises(ModelMissing, match="answered 404"):
        generator.draft(make_request())
    generator.close()
