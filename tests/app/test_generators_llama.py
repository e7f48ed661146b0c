"""The llama generator on real llama.cpp, with tiny models of random weights: form, budget, threads, damage."""

import hashlib
import itertools
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from factories import make_paper, make_passage
from gguf_models import make_gguf

from app.generators.draft_json import parse_draft
from app.generators.grammar import draft_grammar
from app.generators.llama import LlamaGenerator, open_llama
from app.generators.llama.chat_format import choose_chat_format
from app.generators.llama.context import BatchPart, LlamaContext
from app.generators.llama.engine import LlamaEngine
from app.generators.llama.generation import GenerationReport
from app.generators.llama.model import LlamaModel
from app.generators.llama.opening import OpenEngine, open_engine
from app.generators.llama.probe import probe_model
from app.generators.llama.prompt_tokens import PromptTokens
from app.generators.llama.requests import FinishReason, GenerationRequest
from app.generators.prompting import RenderedPrompt, load_prompts
from app.generators.protocol import (
    PROGRESS_S,
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    Evidence,
    GeneratorKind,
    Stage,
    Task,
    Usage,
)
from indexes.errors import Busy, ModelFailed, ModelMissing, TooLarge
from indexes.records import Language

pytestmark = pytest.mark.llama
pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

REPOSITORY = Path(__file__).resolve().parents[2]
Making = Callable[..., Path]
Opening = Callable[..., LlamaGenerator]
WORDY_SEED = 3  # with this seed the model writes several sentences
PATIENCE_S = 30  # for what takes milliseconds, on a machine however busy


@pytest.fixture(scope="module")
def models(tmp_path_factory: pytest.TempPathFactory) -> Making:
    folder = tmp_path_factory.mktemp("models")

    def model(seed: int, **options: Any) -> Path:
        options = {"quote_pull": 1.2, **options}
        name = hashlib.sha256(repr((seed, sorted(options.items()))).encode()).hexdigest()[:12]
        path = folder / f"{name}.gguf"
        return path if path.exists() else make_gguf(path, seed=seed, **options)

    return model


@pytest.fixture
def open_model(models: Making) -> Iterator[Opening]:
    opened: list[LlamaGenerator] = []

    def open_one(path: Path | None = None, **changes: Any) -> LlamaGenerator:
        options: dict[str, Any] = {"context_tokens": 4096, "threads": 1, "max_queue": 4, "prompts": load_prompts()}
        opened.append(open_llama(path or models(WORDY_SEED), **{**options, **changes}))
        return opened[-1]

    yield open_one
    for generator in opened:
        generator.close()


def make_request(**changes: Any) -> DraftRequest:
    evidence = tuple(Evidence(number, make_passage(ordinal=number), "Cranes", 1 / number) for number in (1, 2, 3))
    options: dict[str, Any] = {
        "task": Task.ANSWER,
        "question": "How many cranes?",
        "language": Language.ENGLISH,
        "evidence": evidence,
        "paper": make_paper(),
        "max_sentences": 3,
        "seed": 0,
    }
    return DraftRequest(**{**options, **changes})


def test_grammar_holds_on_many_seeds_in_both_languages(models: Making, open_model: Opening) -> None:
    written = 0
    for seed in range(5):
        generator = open_model(models(seed))
        for language in Language:
            draft = generator.draft(make_request(language=language, question="何羽ですか？ How many?"))
            written += len(draft.sentences)
            assert len(draft.sentences) <= 3
            for sentence in draft.sentences:
                assert sentence.text == sentence.text.strip() != ""
                assert len(sentence.text) <= 600
                assert set(sentence.evidence_numbers) <= {1, 2, 3}
        generator.close()
    assert written > 5


def test_grammar_of_the_largest_request_holds(models: Making) -> None:
    engine = LlamaEngine(models(WORDY_SEED), context_tokens=2048, threads=1, max_queue=1)
    grammar = draft_grammar(numbers=range(1, 51), max_sentences=30, max_chars=600)
    prompt = engine.tokenize(RenderedPrompt("", "", "", "", "Write."))
    generation = engine.submit(GenerationRequest(prompt.tokens, 1500, grammar))
    reply = "".join(generation)
    assert len(reply) > 100
    assert generation.report is not None
    parse_draft(reply + generation.report.closing, numbers=range(1, 51), max_sentences=30, max_chars=600)
    engine.close()


def test_broken_grammar_is_an_error_not_a_crash(models: Making) -> None:
    engine = LlamaEngine(models(WORDY_SEED), context_tokens=512, threads=1, max_queue=1)
    with pytest.raises(ModelFailed, match="missing"):
        engine.submit(GenerationRequest((1,), 1, "root ::= missing"))
    engine.close()


def test_draft_streams_the_sentences_it_returns_and_is_repeatable(open_model: Opening) -> None:
    generator = open_model()
    heard: list[DraftSentence] = []
    first = generator.draft(make_request(), on_sentence=heard.append)
    assert len(first.sentences) > 1
    assert tuple(heard) == first.sentences
    assert first.prompt_id == "en/answer"
    assert first.usage.prompt_tokens > 300
    assert first.usage.completion_tokens > 0
    again = generator.draft(make_request())
    assert again.sentences == first.sentences
    assert again.usage.cached_tokens == first.usage.prompt_tokens - 1


def test_kept_prefix_gives_the_same_tokens_as_a_fresh_model(models: Making, open_model: Opening) -> None:
    questions = ["How many cranes?", "どこですか？", "How many cranes?"]
    warm = open_model()
    warm_drafts = [warm.draft(make_request(question=question)).sentences for question in questions]
    fresh_drafts = []
    for question in questions:
        fresh = open_model()
        fresh_drafts.append(fresh.draft(make_request(question=question)).sentences)
        fresh.close()
    assert warm_drafts == fresh_drafts


def test_only_what_differs_is_read_again(open_model: Opening) -> None:
    generator = open_model()
    first = generator.draft(make_request(question="One?"))
    second = generator.draft(make_request(question="Two?"))
    assert first.usage.cached_tokens == 0
    unshared = second.usage.prompt_tokens - second.usage.cached_tokens
    assert unshared < second.usage.prompt_tokens / 4
    other = generator.draft(make_request(paper=make_paper(title="Another paper")))
    assert 0 < other.usage.cached_tokens < second.usage.cached_tokens


def test_draft_tells_what_it_took(open_model: Opening) -> None:
    generator = open_model()
    first, draft = (generator.draft(make_request()) for _ in range(2))
    assert dict(first.timings_ms)["load"] > 0
    timings = dict(draft.timings_ms)
    assert list(timings) == ["queue", "read", "write", "first_token"]
    assert all(elapsed_ms >= 0 for elapsed_ms in timings.values())
    assert timings["first_token"] == pytest.approx(timings["queue"] + timings["read"])
    assert not draft.is_cut_off


def test_sentences_name_only_what_may_be_cited(open_model: Opening, models: Making) -> None:
    named = set()
    for seed in range(4):
        draft = open_model(models(seed)).draft(make_request(citable=(2,)))
        named |= {number for sentence in draft.sentences for number in sentence.evidence_numbers}
    assert named == {2}


def test_waiting_draft_tells_its_place_and_its_progress_while_a_step_lasts(
    models: Making, open_model: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    generator = open_model(models(WORDY_SEED, quote_pull=-4.0), sequences=1)
    told: list[DraftProgress] = []
    is_held, is_told = threading.Event(), threading.Event()
    decode, steps, was_told = LlamaContext.decode, itertools.count(1), []

    def held_once(context: LlamaContext, parts: Sequence[BatchPart]) -> None:
        if next(steps) == 2:
            is_held.set()
            was_told.append(is_told.wait(PATIENCE_S))
        decode(context, parts)

    def hear(progress: DraftProgress) -> None:
        told.append(progress)
        if len(told) == 3:
            is_told.set()

    monkeypatch.setattr(LlamaContext, "decode", held_once)
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(generator.draft, make_request())
        assert is_held.wait(PATIENCE_S)
        generator.draft(make_request(question="Why?"), on_progress=hear)
        first.result()
    assert was_told == [True]
    assert [(one.stage, one.position) for one in told[:3]] == [(Stage.WAITING, 1)] * 3
    stages = [one.stage for one in told]
    assert stages == sorted(stages, key=list(Stage).index)
    assert stages[-1] is Stage.WRITING


class SlowEngine:
    """An engine, and the only text that it writes, a character every `gap_s` seconds of a clock of its own."""

    window = 4096
    report = GenerationReport(FinishReason.END, 1, 0, 1, queue_ms=0.0, read_ms=0.0, write_ms=1.0, first_token_ms=0.0)
    progress = DraftProgress(Stage.WRITING)

    def __init__(self, text: str, *, gap_s: float) -> None:
        self._text = iter(text)
        self._gap_s = gap_s
        self.now = self._last_at = 0.0

    def is_open_within(self, timeout_s: float) -> bool:
        return True

    def tokenize(self, prompt: RenderedPrompt) -> PromptTokens:
        return PromptTokens((1,), (1, 1))

    def submit(self, request: GenerationRequest) -> "SlowEngine":
        return self

    def poll(self, *, timeout_s: float | None) -> str | None:
        ready_at = self._last_at + self._gap_s
        if timeout_s is not None and self.now + timeout_s < ready_at:
            self.now += timeout_s
            return ""
        self.now = self._last_at = ready_at
        return next(self._text, None)

    def cancel(self) -> None:
        pass


@pytest.mark.parametrize("gap_s", [0.01, PROGRESS_S / 5, PROGRESS_S, 20 * PROGRESS_S])
def test_reader_is_told_in_time_however_slowly_text_comes(gap_s: float, monkeypatch: pytest.MonkeyPatch) -> None:
    engine = SlowEngine('{"sentences":[{"text":"' + 300 * "a" + '.","passages":[1]}]}', gap_s=gap_s)
    monkeypatch.setattr("app.generators.llama.generator.time", SimpleNamespace(monotonic=lambda: engine.now))
    times = [engine.now]
    generator = LlamaGenerator(Path("slow.gguf"), engine=engine, prompts=load_prompts())  # type: ignore[arg-type]
    draft = generator.draft(make_request(), on_progress=lambda _: times.append(engine.now))
    times.append(engine.now)
    assert len(draft.sentences) == 1
    assert max(after - before for before, after in itertools.pairwise(times)) <= PROGRESS_S


class LoadingEngine(SlowEngine):
    """A slow engine whose model comes into memory at `loaded_at`."""

    def __init__(self, *, loaded_at: float) -> None:
        super().__init__('{"sentences":[]}', gap_s=0.0)
        self._loaded_at = loaded_at
        self.asked: list[GenerationRequest] = []

    def is_open_within(self, timeout_s: float) -> bool:
        self.now = self._last_at = min(self.now + timeout_s, max(self.now, self._loaded_at))
        return self.now >= self._loaded_at

    def submit(self, request: GenerationRequest) -> "LoadingEngine":
        self.asked.append(request)
        return self


@pytest.mark.parametrize(("deadline_s", "left_s"), [(None, None), (5.0, 3.0), (2.001, 0.0), (1.9, "busy")])
def test_what_loading_takes_is_taken_off_the_deadline(
    deadline_s: float | None, left_s: float | str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    engine = LoadingEngine(loaded_at=2.0)
    monkeypatch.setattr("app.generators.llama.generator.time", SimpleNamespace(monotonic=lambda: engine.now))
    generator = LlamaGenerator(Path("slow.gguf"), engine=engine, prompts=load_prompts())  # type: ignore[arg-type]
    if left_s == "busy":
        with pytest.raises(Busy, match=r"within 1\.9 s"):
            generator.draft(make_request(deadline_s=deadline_s))
        assert engine.now == pytest.approx(1.9)
        return
    generator.draft(make_request(deadline_s=deadline_s))
    assert engine.asked[0].deadline_s == (left_s if left_s is None else pytest.approx(left_s, abs=0.01))


def test_reader_who_leaves_while_waiting_costs_nothing(models: Making, open_model: Opening) -> None:
    generator = open_model(models(WORDY_SEED, quote_pull=-4.0), sequences=1)

    def leave(progress: DraftProgress) -> None:
        if progress.stage is Stage.WAITING:
            raise KeyError("reader left")

    begun = threading.Event()
    with ThreadPoolExecutor(1) as pool:
        first = pool.submit(generator.draft, make_request(), on_progress=lambda _: begun.set())
        begun.wait()
        with pytest.raises(KeyError, match="reader left"):
            generator.draft(make_request(question="Why?"), on_progress=leave)
        assert first.result().is_cut_off


def test_draft_after_its_deadline_is_busy(models: Making, open_model: Opening) -> None:
    generator = open_model(models(WORDY_SEED, quote_pull=-4.0))
    generator.draft(make_request(max_sentences=1))  # loads the model
    with pytest.raises(Busy, match=r"within 0\.05 s"):
        generator.draft(make_request(question="Why?", deadline_s=0.05))


@pytest.fixture
def held_loading(monkeypatch: pytest.MonkeyPatch) -> Iterator[threading.Event]:
    """The model is not in memory before this is set."""
    may_load = threading.Event()

    def held(*args: Any, **options: Any) -> OpenEngine:
        assert may_load.wait(PATIENCE_S)
        return open_engine(*args, **options)

    monkeypatch.setattr("app.generators.llama.engine.open_engine", held)
    yield may_load
    may_load.set()


def test_reader_is_told_while_the_model_loads(open_model: Opening, held_loading: threading.Event) -> None:
    told: list[Stage] = []

    def hear(progress: DraftProgress) -> None:
        told.append(progress.stage)
        if len(told) == 2:
            held_loading.set()

    open_model().draft(make_request(max_sentences=1), on_progress=hear)
    assert told[:2] == [Stage.LOADING] * 2
    assert told[-1] is Stage.WRITING


def test_deadline_counts_while_the_model_loads(open_model: Opening, held_loading: threading.Event) -> None:
    generator = open_model()
    with pytest.raises(Busy, match=r"not in memory within 0\.05 s") as refused:
        generator.draft(make_request(deadline_s=0.05))
    assert refused.value.retry_after_s
    held_loading.set()
    assert generator.draft(make_request(max_sentences=1)).usage.completion_tokens


def test_identity_is_the_file_and_its_hash(open_model: Opening, models: Making) -> None:
    path = models(WORDY_SEED)
    identity = open_model().identity
    assert identity.kind is GeneratorKind.LLAMA
    assert identity.name == path.name
    assert identity.sha256 == hashlib.sha256(path.read_bytes()).hexdigest()


def test_a_file_that_is_gone_has_no_identity_until_it_is_back(tmp_path: Path) -> None:
    path = make_gguf(tmp_path / "gone.gguf", seed=1)
    engine = LlamaEngine(path, context_tokens=4096, threads=1, max_queue=1)
    generator = LlamaGenerator(path, engine=engine, prompts=load_prompts())
    away = path.rename(tmp_path / "away.gguf")
    with pytest.raises(ModelFailed, match=r"gone\.gguf cannot be read"):
        _ = generator.identity
    with pytest.raises(ModelFailed, match=r"gone\.gguf cannot be read"):
        generator.draft(make_request())
    away.rename(path)
    try:
        assert generator.draft(make_request(max_sentences=1)).usage.completion_tokens
    finally:
        generator.close()


def test_hash_is_ready_before_anybody_asks(open_model: Opening, monkeypatch: pytest.MonkeyPatch) -> None:
    hashed = threading.Event()
    monkeypatch.setattr(LlamaEngine, "sha256", lambda _: hashed.set() or "")
    open_model()
    assert hashed.wait(PATIENCE_S)


def test_worst_evidence_is_dropped_to_fit_the_window(open_model: Opening) -> None:
    evidence = tuple(Evidence(n, make_passage(ordinal=n, text=f"Fact {n}. " * 40), "T", 1.0) for n in range(1, 9))
    draft = open_model(context_tokens=4096).draft(make_request(evidence=evidence, max_sentences=1))
    assert draft.dropped_evidence == tuple(range(9 - len(draft.dropped_evidence), 9)) != ()
    assert draft.usage.prompt_tokens + draft.usage.completion_tokens <= 4096


def test_window_is_never_over_what_the_model_was_trained_for(models: Making, open_model: Opening) -> None:
    generator = open_model(models(1, context_length=512), context_tokens=8192)
    with pytest.raises(TooLarge, match="window of 512"):
        generator.draft(make_request())


def test_long_question_is_refused(open_model: Opening) -> None:
    with pytest.raises(TooLarge, match="question"):
        open_model().draft(make_request(question="why " * 4000))


def test_no_evidence_abstains_without_loading(open_model: Opening) -> None:
    assert open_model().draft(make_request(evidence=())) == Draft((), Usage(0, 0), (), None, None)


def test_many_threads_share_one_model(open_model: Opening) -> None:
    generator = open_model(max_queue=32)
    questions = [f"Question {number}?" for number in range(6)]
    alone = [generator.draft(make_request(question=question)).sentences for question in questions]
    with ThreadPoolExecutor(6) as pool:
        together = list(pool.map(lambda q: generator.draft(make_request(question=q)).sentences, questions))
    assert together == alone


def test_what_on_sentence_raises_stops_the_work(open_model: Opening) -> None:
    generator = open_model()

    def leave(sentence: DraftSentence) -> None:
        raise KeyError("reader left")

    with pytest.raises(KeyError, match="reader left"):
        generator.draft(make_request(), on_sentence=leave)
    assert generator.draft(make_request()).sentences


def test_closing_an_unused_generator_loads_nothing_and_is_final(
    open_model: Opening, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []

    def load(path: Path, *_: object, **__: object) -> None:
        loaded.append(path)
        raise ModelFailed("it was loaded", hint="")

    monkeypatch.setattr("app.generators.llama.engine.open_engine", load)
    generator = open_model()
    started = time.monotonic()
    generator.close()
    assert time.monotonic() - started < PATIENCE_S  # it waits for nobody
    with pytest.raises(ModelFailed, match="is closed"):
        generator.draft(make_request())
    assert loaded == []


def test_control_tokens_in_papers_stay_text(models: Making) -> None:
    engine = LlamaEngine(models(1), context_tokens=2048, threads=1, max_queue=1)
    prompt = engine.tokenize(RenderedPrompt("", "", "<|im_end|>", "<|im_start|>", "<|im_end|>"))
    tokens = prompt.tokens
    model = LlamaModel(models(1))
    (start,) = model.tokenize("<|im_start|>", is_markup=True)
    (end,) = model.tokenize("<|im_end|>", is_markup=True)
    assert [token for token in tokens if token in (start, end)] == [start, end, start, end, start]
    assert tokens[0] == model.begins_with()[0]
    after_system, after_paper = prompt.keep
    assert [token for token in tokens[:after_system] if token in (start, end)] == [start, end, start]
    assert b"".join(model.pieces[token] for token in tokens[after_paper:]).startswith(b"<|im_end|>")
    model.close()
    engine.close()


@pytest.mark.parametrize(
    ("control_tokens", "name"),
    [
        (("<|im_start|>", "<|im_end|>"), "chatml"),
        (("<|start_header_id|>", "<|end_header_id|>", "<|eot_id|>"), "llama3"),
        (("<start_of_turn>", "<end_of_turn>"), "gemma"),
        (("[INST]", "[/INST]"), "mistral"),
        (("<|im_start|>",), "plain"),
        ((), "plain"),
    ],
)
def test_chat_format_follows_the_control_tokens(models: Making, control_tokens: tuple[str, ...], name: str) -> None:
    model = LlamaModel(models(1, control_tokens=control_tokens))
    chat = choose_chat_format(model.is_control_token)
    assert chat.name == name
    for marker in chat.markers:
        assert marker in chat.before_system + chat.before_user + chat.before_reply
    model.close()


def test_template_inside_the_file_is_never_read(models: Making, open_model: Opening) -> None:
    hostile = "{{ cycler.__init__.__globals__.os.system('touch owned') }}{% this is no template"
    plain, poisoned = models(WORDY_SEED), models(WORDY_SEED, chat_template=hostile)
    assert open_model(poisoned).draft(make_request()).sentences == open_model(plain).draft(make_request()).sentences


def test_file_on_which_llama_aborts_ends_only_the_probe(models: Making, tmp_path: Path) -> None:
    content = models(1).read_bytes()
    path = tmp_path / "twice.gguf"  # two tokens of one name: llama.cpp asserts that names are unique
    path.write_bytes(content.replace(b"\x01\x00\x00\x00\x00\x00\x00\x00Z", b"\x01\x00\x00\x00\x00\x00\x00\x00Y", 1))
    with pytest.raises(ModelFailed, match=r"cannot read .*twice\.gguf \(status -6\)"):
        probe_model(path)


def test_weights_that_end_early_are_refused_at_once(models: Making, open_model: Opening, tmp_path: Path) -> None:
    path = tmp_path / "short.gguf"
    path.write_bytes(models(1).read_bytes()[:-64])
    with pytest.raises(ModelFailed, match=r"short\.gguf"):
        open_model(path)


def test_missing_tensor_is_an_error_at_every_draft(models: Making, open_model: Opening, tmp_path: Path) -> None:
    path = tmp_path / "incomplete.gguf"
    path.write_bytes(models(1).read_bytes().replace(b"blk.0.attn_q.weight", b"blk.0.attn_x.weight"))
    generator = open_model(path)
    for _ in range(2):
        with pytest.raises(ModelFailed, match=r"could not load .*incomplete\.gguf"):
            generator.draft(make_request())


def test_missing_file_and_missing_package(
    tmp_path: Path,
    models: Making,
    open_model: Opening,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    with pytest.raises(ModelMissing, match=r"absent\.gguf"):
        open_model(tmp_path / "absent.gguf")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(ModelMissing, match="llama-cpp-python") as failure:
        open_model()
    assert "ronbun[llama]" in failure.value.hint


def test_nothing_is_written_to_the_standard_streams(models: Making) -> None:
    program = (
        "import sys; sys.path[:0] = ['.', 'tests']\n"
        "from pathlib import Path\n"
        "from app.generators.llama.engine import LlamaEngine\n"
        "assert 'llama_cpp' not in sys.modules\n"
        "engine = LlamaEngine(Path(sys.argv[1]), context_tokens=512, threads=1, max_queue=1)\n"
        "assert engine.window == 512; engine.close()\n"
        "import os; print(os.environ['OMP_WAIT_POLICY'])\n"
    )
    environment = {name: value for name, value in os.environ.items() if name != "OMP_WAIT_POLICY"}
    finished = subprocess.run(
        [sys.executable, "-c", program, str(models(1))],
        cwd=REPOSITORY,
        env=environment,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert finished.stdout == "passive\n"
    assert finished.stderr == ""


def test_no_thread_is_left_behind(open_model: Opening) -> None:
    generator = open_model()
    generator.draft(make_request(max_sentences=1))
    assert "llama-owner" in {thread.name for thread in threading.enumerate()}
    generator.close()
    assert "llama-owner" not in {thread.name for thread in threading.enumerate()}


def test_schema_example_in_the_prompts_is_in_the_form() -> None:
    for language in Language:
        system = load_prompts().parts(Task.ANSWER, language)[0].render({})
        examples = [line for line in system.splitlines() if line.startswith("{")]
        assert [len(json.loads(example)["sentences"]) for example in examples] == [2, 0]
        for example in examples:
            parse_draft(example, numbers=(1, 2, 3), max_sentences=2, max_chars=600)
