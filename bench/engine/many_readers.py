"""Eight readers at once, each with a prompt of its own: the engine, one after another, and `llama_cpp.server`."""

from __future__ import annotations

import importlib.util
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

import httpx

from app.generators.llama.model import LlamaModel
from app.generators.llama.requests import GenerationRequest
from bench.engine.ours import ask_at_once, ask_one_by_one, opened_engine
from bench.engine.setting import Setting

SERVER_NEEDS = ("uvicorn", "fastapi", "sse_starlette", "starlette_context", "pydantic_settings")
START_LIMIT_S = 120.0
ANSWER_LIMIT_S = 600.0
ONE_BY_ONE = 3
"""Readers that are served one after another: each takes the same, so a few tell the speed."""


def many_readers(setting: Setting) -> dict[str, Any]:
    """Return tokens written a second, from the first request to the end of the last, and ours as multiples.

    A batch shares the writing alone: prompts of their own are each read in full, by processors that are busy with one
    already. `if_writing_cost_nothing` is the multiple that would be left then.
    """
    sizes = setting.sizes
    texts = _made_prompts(setting, count=sizes.readers + 2 * ONE_BY_ONE)
    alone, beside = texts[: 2 * ONE_BY_ONE], texts[2 * ONE_BY_ONE :]
    with opened_engine(setting) as engine:
        before = ask_one_by_one(engine, _requests(alone[:ONE_BY_ONE], setting))
        together = ask_at_once(engine, _requests(beside, setting))
        after = ask_one_by_one(engine, _requests(alone[ONE_BY_ONE:], setting))
    alone_taken = before.taken + after.taken
    at_once = together.written_tokens / together.taken.wall_s
    one_by_one = (before.written_tokens + after.written_tokens) / alone_taken.wall_s
    by_cpu = together.written_tokens / together.taken.cpu_s
    alone_by_cpu = (before.written_tokens + after.written_tokens) / alone_taken.cpu_s
    reading_s = sum(report.read_ms for report in before.reports + after.reports) / 1000
    figures = {
        "tokens_per_s": {"at once": round(at_once, 2), "one by one": round(one_by_one, 2)},
        "to_one_by_one": round(at_once / one_by_one, 2),
        "to_one_by_one_by_cpu": round(by_cpu / alone_by_cpu, 2),
        "if_writing_cost_nothing": round(alone_taken.wall_s / reading_s, 2),
    }
    return figures | _served(setting, [text for text, _ in alone[:ONE_BY_ONE]], at_once)


def _served(setting: Setting, prompts: Sequence[str], at_once: float) -> dict[str, Any]:
    missing = [name for name in SERVER_NEEDS if importlib.util.find_spec(name) is None]
    if missing:
        return {"server_skipped": f"llama_cpp.server needs {', '.join(missing)}"}
    try:
        with _server(setting) as url:
            server = _server_speed(url, prompts, count=setting.sizes.reader_answer)
    except ServerEndedError as error:
        return {"server_skipped": str(error)}
    return {"server_tokens_per_s": round(server, 2), "to_server": round(at_once / server, 2)}


class ServerEndedError(Exception):
    """`llama_cpp.server` ended by itself."""


@contextmanager
def _server(setting: Setting) -> Iterator[str]:
    """Run `llama_cpp.server` on the same file, with the same threads, and yield its address."""
    port = _free_port()
    options = {"model": setting.model, "host": "127.0.0.1", "port": port, "n_ctx": 2048, "n_batch": 512}
    options |= {"n_threads": setting.processors, "n_threads_batch": setting.processors}
    command = [sys.executable, "-m", "bench.engine.peer_server"]
    command += [str(part) for name, value in options.items() for part in (f"--{name}", value)]
    environment = os.environ | {"OMP_WAIT_POLICY": "passive"}
    process = subprocess.Popen(command, env=environment, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    url = f"http://127.0.0.1:{port}"
    try:
        _wait_for(url, process)
        yield url
    except httpx.TransportError as error:
        raise ServerEndedError(f"llama_cpp.server ended with status {process.wait(timeout=10)}: {error}") from error
    finally:
        process.terminate()
        process.wait()


def _wait_for(url: str, process: subprocess.Popen[bytes]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise ServerEndedError(f"llama_cpp.server ended with status {process.returncode}")
        try:
            httpx.get(f"{url}/v1/models", timeout=5).raise_for_status()
            return
        except httpx.HTTPError:
            time.sleep(0.2)
    raise ServerEndedError(f"llama_cpp.server did not start in {START_LIMIT_S:.0f} s")


def _server_speed(url: str, prompts: Sequence[str], *, count: int) -> float:
    started, written = time.perf_counter(), 0
    for prompt in prompts:
        body = {"prompt": prompt, "max_tokens": count, "temperature": 0.0, "repeat_penalty": 1.0}
        reply = httpx.post(f"{url}/v1/completions", json=body, timeout=ANSWER_LIMIT_S)
        reply.raise_for_status()
        written += reply.json()["usage"]["completion_tokens"]
    return written / (time.perf_counter() - started)


def _free_port() -> int:
    with socket.socket() as bound:
        bound.bind(("127.0.0.1", 0))
        return int(bound.getsockname()[1])


def _made_prompts(setting: Setting, *, count: int) -> list[tuple[str, list[int]]]:
    """Return texts with their tokens, near the wanted number of tokens: the server takes text alone."""
    model = LlamaModel(setting.model)
    try:
        return [_made_prompt(model, setting, seed=number) for number in range(count)]
    finally:
        model.close()


def _made_prompt(model: LlamaModel, setting: Setting, *, seed: int) -> tuple[str, list[int]]:
    pieces = model.pieces
    words = [pieces[token].decode("utf-8", errors="ignore") for token in setting.tokens(4000, seed=7000 + seed)]
    text = ""
    for word in words:
        text += word
        if len(tokens := model.tokenize(text, is_markup=False)) >= setting.sizes.reader_prompt:
            return text, tokens
    raise SystemExit("the made words are too short")


def _requests(prompts: Sequence[tuple[str, list[int]]], setting: Setting) -> list[GenerationRequest]:
    return [
        GenerationRequest(tuple(tokens), setting.sizes.reader_answer, reader=f"reader {number}")
        for number, (_, tokens) in enumerate(prompts)
    ]
