import json
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

from app.generators.llama.model import LlamaModel
from app.generators.llama.requests import GenerationRequest
from bench.engine.bare import answer_cold, answer_together, opened, write
from bench.engine.models import TINY, made_model
from bench.engine.ours import ask_at_once, opened_engine
from bench.engine.setting import Setting, joined, made_setting
from bench.engine.shared_prefix import GRAMMAR, is_draft

pytestmark = pytest.mark.llama


@pytest.fixture(scope="module")
def setting(tmp_path_factory: pytest.TempPathFactory) -> Setting:
    return made_setting(tmp_path_factory.mktemp("engine"), is_quick=True)


def test_a_model_is_made_once(setting: Setting) -> None:
    made_at = setting.tiny.stat().st_mtime_ns
    assert made_model(setting.folder, TINY, is_quantised=False) == setting.tiny
    assert setting.tiny.stat().st_mtime_ns == made_at


def test_a_quantised_model_is_smaller_and_opens(setting: Setting, tmp_path: Path) -> None:
    path = made_model(tmp_path, TINY, is_quantised=True)
    model = LlamaModel(path)
    assert path.stat().st_size < setting.tiny.stat().st_size
    assert model.vocabulary_tokens == TINY.vocabulary
    assert [file.name for file in tmp_path.iterdir()] == [path.name]
    model.close()


def test_text_splits_into_the_made_tokens_and_back(setting: Setting) -> None:
    model = LlamaModel(setting.tiny)
    tokens = model.tokenize("the bad papers, ところ", is_markup=False)
    assert b"".join(model.pieces[token] for token in tokens).decode() == "the bad papers, ところ"
    model.close()


def test_texts_never_end_by_chance_nor_close_a_string(setting: Setting) -> None:
    requests = [GenerationRequest(tuple(setting.tokens(20, seed=seed)), 60) for seed in range(8)]
    with opened_engine(setting) as engine:
        asked = ask_at_once(engine, requests)
    assert [report.written_tokens for report in asked.reports] == [60] * 8
    assert not any('"' in text or "]" in text for text in asked.texts)


def test_the_bare_loop_writes_the_same_together_as_cold(setting: Setting) -> None:
    prefix, questions = setting.tokens(50, seed=1), setting.questions(seed=2)
    with opened(setting.tiny, context_tokens=1024, sequences=4, threads=1) as context:
        firsts = []
        for question in questions:
            context.forget()
            prompt = joined(prefix, question)
            firsts.append(write(context, [int(context.read(prompt).argmax())], [len(prompt)], count=6)[0])
        context.forget()
        context.read(prefix)
        context.share(0, range(1, len(questions)))
        starts = [len(prefix) + len(question) for question in questions]
        begun = [
            int(context.read(question, sequence=row, start=len(prefix)).argmax())
            for row, question in enumerate(questions)
        ]
        assert write(context, begun, starts, count=6) == firsts
        answer_cold(context, prefix, count=3)
        answer_together(context, prefix, questions, count=3)


def test_a_draft_is_told_from_what_is_none() -> None:
    good = {"sentences": [{"text": "It works.", "passages": [1, 8]}]}
    assert is_draft(json.dumps(good))
    assert not is_draft(json.dumps(good)[:-1])
    assert not is_draft('{"sentences":[{"text":"It works.","passages":[9]}]}')
    assert not is_draft("[]")
    assert "root ::=" in GRAMMAR
