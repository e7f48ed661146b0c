"""Measure start-up and answering as a user meets them: the command line's help, the service's start, warm answers.

    python -m bench.service --library DIR [--json] [--questions FILE] [--rounds N]

`ronbun --help` and `ronbun serve` run as processes of their own. The service is asked over HTTP, one question at a
time; each question once unmeasured (the encoder loads, files come into memory), then `--rounds` times. Without a file
of questions (one a line), every paper's title is asked about, as far as `MAX_TITLES` goes.
The result is also written to bench/results/service.json.
"""

from __future__ import annotations

import argparse
import json
import os
import platform
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import httpx

RESULTS = Path(__file__).parent / "results" / "service.json"
MAX_TITLES = 30
HELP_RUNS = 7
START_LIMIT_S = 120.0
ASK_LIMIT_S = 300.0
POLL_S = 0.02
RONBUN = (sys.executable, "-m", "app.main")


def main(arguments: Sequence[str] | None = None) -> int:
    """Measure, print and store the figures."""
    options = _options(arguments)
    figures: dict[str, Any] = {"help_s": _help_times()}
    with _served(options.library) as (url, started):
        figures["serve"] = started
        questions = _questions(url, options.questions)
        figures["ask"] = _ask_times(url, questions, rounds=options.rounds)
    figures["machine"] = {"python": platform.python_version(), "cores": os.cpu_count(), "load": os.getloadavg()[0]}
    RESULTS.parent.mkdir(exist_ok=True)
    RESULTS.write_text(json.dumps(figures, indent=2) + "\n", encoding="utf-8")
    print(json.dumps(figures) if options.json else _table(figures))
    return 0


def _help_times() -> dict[str, float]:
    seconds = []
    for _ in range(HELP_RUNS):
        begun = time.perf_counter()
        subprocess.run([*RONBUN, "--help"], check=True, stdout=subprocess.DEVNULL)
        seconds.append(time.perf_counter() - begun)
    return {"best": round(min(seconds), 3), "median": round(median(seconds), 3)}


@contextmanager
def _served(library: Path) -> Iterator[tuple[str, dict[str, float]]]:
    """Run `ronbun serve` on a free port; yield its address and the seconds to each stage of its start."""
    begun = time.perf_counter()
    process = subprocess.Popen(
        [*RONBUN, "serve", "--port", "0", "--library", str(library)], stderr=subprocess.PIPE, text=True
    )
    try:
        url = _announced_address(process)
        stages = {}
        for stage, path in (("healthz_s", "/healthz"), ("readyz_s", "/readyz"), ("encoder_s", "/readyz?encoder=true")):
            _wait_for(url + path, process)
            stages[stage] = round(time.perf_counter() - begun, 3)
        yield url, stages
    finally:
        process.send_signal(signal.SIGINT)
        process.wait(timeout=START_LIMIT_S)


def _announced_address(process: subprocess.Popen[str]) -> str:
    assert process.stderr is not None
    for line in process.stderr:
        words = [word for word in line.split() if word.startswith("http://")]
        if words:
            return words[0]
    raise SystemExit(f"`ronbun serve` ended with exit code {process.wait()} before it named its address")


def _wait_for(url: str, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + START_LIMIT_S
    while time.monotonic() < deadline:
        if process.poll() is not None:
            raise SystemExit(f"`ronbun serve` ended with exit code {process.returncode}")
        try:
            if httpx.get(url, timeout=START_LIMIT_S).status_code == httpx.codes.OK:
                return
        except httpx.ConnectError:
            pass
        time.sleep(POLL_S)
    raise SystemExit(f"{url} did not answer 200 within {START_LIMIT_S:.0f} s")


def _questions(url: str, file: Path | None) -> list[str]:
    if file is not None:
        return [line.strip() for line in file.read_text(encoding="utf-8").splitlines() if line.strip()]
    papers = httpx.get(f"{url}/v1/papers", params={"limit": MAX_TITLES}, timeout=ASK_LIMIT_S).json()["papers"]
    if not papers:
        raise SystemExit("the library holds no paper to ask about; ingest some first")
    return [f"What is the main result of {stored['paper']['title']}?" for stored in papers]


def _ask_times(url: str, questions: Sequence[str], *, rounds: int) -> dict[str, Any]:
    with httpx.Client(timeout=ASK_LIMIT_S) as client:
        for question in questions:
            _ask(client, url, question)
        measured = [_ask(client, url, question) for _ in range(rounds) for question in questions]
    seconds = sorted(elapsed for elapsed, _ in measured)
    cuts = quantiles(seconds, n=20, method="inclusive") if len(seconds) > 1 else seconds * 19
    statuses = [status for _, status in measured]
    return {
        "asked": len(measured),
        "questions": len(questions),
        "p50_ms": round(cuts[9] * 1000, 1),
        "p95_ms": round(cuts[18] * 1000, 1),
        "answered": statuses.count("answered"),
    }


def _ask(client: httpx.Client, url: str, question: str) -> tuple[float, str]:
    begun = time.perf_counter()
    response = client.post(f"{url}/v1/ask", json={"question": question})
    elapsed = time.perf_counter() - begun
    response.raise_for_status()
    return elapsed, response.json()["status"]


def _table(figures: dict[str, Any]) -> str:
    start, ask = figures["serve"], figures["ask"]
    return "\n".join(
        [
            f"ronbun --help            {figures['help_s']['median']:.3f} s (best {figures['help_s']['best']:.3f} s)",
            f"serve to /healthz        {start['healthz_s']:.2f} s",
            f"serve to /readyz         {start['readyz_s']:.2f} s",
            f"serve to encoder loaded  {start['encoder_s']:.2f} s",
            f"ask, warm, p50 / p95     {ask['p50_ms']:.0f} / {ask['p95_ms']:.0f} ms "
            f"({ask['asked']} asked, {ask['answered']} answered)",
        ]
    )


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m bench.service", description=__doc__)
    parser.add_argument("--library", type=Path, required=True, help="the library to serve")
    parser.add_argument("--questions", type=Path, help="questions, one a line")
    parser.add_argument("--rounds", type=int, default=3, help="how often every question is measured")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
