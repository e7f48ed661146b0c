"""Random requests from many threads on the tiny model: each must end exactly once, and nothing may be left behind.

Each request draws its kind: a plain or drawn text, one under the answer's grammar, one that is left early or comes with
a deadline or stops, one over the window, one with tokens that do not exist, one with a broken grammar, or a text with
lone surrogates and bytes that are not UTF-8. Requests that must be refused count as ended when they are refused.
"""

from __future__ import annotations

import gc
import random
import threading
from collections import Counter
from collections.abc import Callable
from typing import Any

import psutil

from app.generators.llama.engine import LlamaEngine
from app.generators.llama.generation import GenerationReport
from app.generators.llama.requests import FinishReason, GenerationRequest, SamplingOptions
from bench.engine.drawn_requests import DrawnRequests
from bench.engine.end_counter import EndCounter
from bench.engine.ours import opened_engine
from bench.engine.setting import Setting
from bench.engine.shared_prefix import is_draft
from indexes.errors import Busy, ModelFailed, RonbunError

END_LIMIT_S = 300.0

_WHOLE = (FinishReason.END, FinishReason.LENGTH, FinishReason.CANCELLED)
"""Ends after which a text under a grammar is one: a stop cuts it, and a passed deadline is an error to the reader."""


class RandomReaders:
    """Threads that ask at random; `outcomes` counts by kind and end, `faults` lists what must not be."""

    def __init__(self, engine: LlamaEngine, setting: Setting, *, seed: int) -> None:
        self._engine = engine
        self._drawn = DrawnRequests(setting)
        self._seed = seed
        self._lock = threading.Lock()
        self.outcomes: Counter[str] = Counter()
        self.faults: list[str] = []

    def ask(self, count: int, *, threads: int) -> None:
        """Make `count` requests from `threads` threads and wait until all have ended."""
        shares = [count // threads + (number < count % threads) for number in range(threads)]
        readers = [
            threading.Thread(target=self._reader, args=(self._seed + number, share), daemon=True)
            for number, share in enumerate(shares)
        ]
        for reader in readers:
            reader.start()
        for reader in readers:
            reader.join(timeout=END_LIMIT_S)
        if any(reader.is_alive() for reader in readers):
            self._fault(f"requests had not ended after {END_LIMIT_S:.0f} s")
        self._seed += threads

    def _reader(self, seed: int, count: int) -> None:
        chance = random.Random(seed)
        kinds: list[Callable[[random.Random], str]] = [self._writes] * 8
        kinds += [self._is_refused, self._tokenises_bad_text]
        for _ in range(count):
            kind = chance.choice(kinds)
            try:
                outcome = kind(chance)
            except Exception as error:  # the thread's root: whatever it is, it is a fault
                outcome = "fault"
                self._fault(f"{kind.__name__}: {type(error).__name__}: {error}")
            with self._lock:
                self.outcomes[outcome] += 1

    def _writes(self, chance: random.Random) -> str:
        """Ask for a text of any kind; check what came."""
        request = self._drawn.whole(chance)
        leaves_after = chance.randrange(6) if chance.random() < 0.25 else None
        while True:
            try:
                generation = self._engine.submit(request)
                break
            except Busy:
                threading.Event().wait(0.01)
        if leaves_after == 0:
            generation.cancel()
        pieces: list[str] = []
        try:
            for piece in generation:
                pieces.append(piece)
                if leaves_after is not None and len(pieces) >= leaves_after:
                    generation.cancel()
        except Busy:
            pass  # the deadline
        except ModelFailed as error:
            if request.grammar is not None or "UTF-8" not in error.message:
                self._fault(f"failed: {error.message}")
            return "not UTF-8"
        assert generation.report is not None
        self._check(request, "".join(pieces), generation.report)
        return generation.report.finish.value

    def _check(self, request: GenerationRequest, text: str, report: GenerationReport) -> None:
        whole = text + report.closing
        is_whole = report.finish in _WHOLE and report.written_tokens > 0
        if request.grammar is not None and is_whole and not is_draft(whole):
            self._fault(f"unparsable: {whole[-80:]!r}")
        if any(stop in text for stop in request.stops):
            self._fault(f"a stop is in the text: {text[-40:]!r}")
        if report.written_tokens > request.max_tokens:
            self._fault(f"{report.written_tokens} tokens, {request.max_tokens} asked for")
        whole.encode("utf-8")

    def _is_refused(self, chance: random.Random) -> str:
        """Ask for what cannot be."""
        request, expected = self._drawn.refused(chance, window=self._engine.window)
        try:
            self._engine.submit(request)
        except expected:
            return "refused"
        self._fault(f"accepted what must be refused as {expected.__name__}")
        return "fault"

    def _tokenises_bad_text(self, chance: random.Random) -> str:
        """Split a text that is no text; it must be tokens or a refusal of ours."""
        prompt = self._drawn.bad_text(chance)
        try:
            tokens = self._engine.tokenize(prompt).tokens
        except RonbunError:
            return "refused text"
        generation = self._engine.submit(GenerationRequest(tuple(tokens), 2, sampling=self._drawn.numbered(0.0)))
        try:
            for _ in generation:
                pass
        except ModelFailed:
            return "not UTF-8"
        return "bad text read"

    def _fault(self, what: str) -> None:
        with self._lock:
            self.faults.append(what)


def random_requests(setting: Setting) -> dict[str, Any]:
    """Return counts of ends and faults, and resident memory after each quarter, in megabytes."""
    counter, process, resident = EndCounter(), psutil.Process(), []
    quarter, threads = setting.sizes.random_requests // 4, setting.sizes.threads
    with opened_engine(setting, path=setting.tiny, observer=counter) as engine:
        readers = RandomReaders(engine, setting, seed=1)
        for _ in range(4):
            readers.ask(quarter, threads=threads)
            gc.collect()
            resident.append(process.memory_info().rss)
        left = _left_behind(engine, counter)
    submitted = Counter(counter.ended.values())
    return {
        "requests": 4 * quarter,
        "threads": threads,
        "outcomes": dict(sorted(readers.outcomes.items())),
        "finishes": dict(sorted(counter.finishes.items())),
        "not_ended_once": counter.queued_requests - submitted[1],
        "unparsable": sum(fault.startswith("unparsable") for fault in readers.faults),
        "faults": len(readers.faults),
        "first_faults": readers.faults[:5],
        "left_running_or_waiting": left,
        "resident_megabytes": [round(each / 1e6, 1) for each in resident],
        "grown_megabytes": round((resident[3] - resident[1]) / 1e6, 1),
    }


def _left_behind(engine: LlamaEngine, counter: EndCounter) -> int:
    """Return how many requests the idle engine still holds, asking one more to have it look."""
    for _ in engine.submit(GenerationRequest((300,), 1, sampling=SamplingOptions(seed=10**9))):
        pass
    return counter.running + counter.waiting
