"""The setting `generator` opens the right generator, or says what the choices are."""

from pathlib import Path

import pytest
from fake_encoder import FakeEncoder
from gguf_models import make_gguf
from prometheus_client import CollectorRegistry
from remote_drafts import make_request

from app.generators.factory import open_generator
from app.generators.prompting import load_prompts
from app.generators.protocol import Generator, GeneratorIdentity, GeneratorKind
from app.generators.traced import TracedGenerator
from app.settings import read_settings
from indexes.errors import BadInput, ModelFailed, ModelMissing


def open_named(generator: str, **settings: object) -> Generator:
    return open_generator(read_settings(generator=generator, **settings), encoder=FakeEncoder(), prompts=load_prompts())


def assert_traced_as_itself(generator: Generator) -> None:
    assert isinstance(generator, TracedGenerator)
    assert (generator._kind, generator._name) == (generator.identity.kind, generator.identity.name)


def test_extractive_is_the_default() -> None:
    generator = open_generator(read_settings(), encoder=FakeEncoder(), prompts=load_prompts())
    assert generator.identity.kind is GeneratorKind.EXTRACTIVE
    generator.close()


@pytest.mark.llama
def test_gguf_path_opens_llama(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")
    generator = open_named(str(make_gguf(tmp_path / "Tiny.GGUF", seed=1)))
    assert generator.identity.kind is GeneratorKind.LLAMA
    assert_traced_as_itself(generator)
    generator.close()


@pytest.mark.llama
def test_a_gguf_is_measured_in_the_registry(tmp_path: Path) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")
    registry = CollectorRegistry()
    settings = read_settings(generator=str(make_gguf(tmp_path / "tiny.gguf", seed=1)), saved_contexts_mb=0)
    generator = open_generator(settings, encoder=FakeEncoder(), prompts=load_prompts(), registry=registry)
    draft = generator.draft(make_request(paper=None))
    generator.close()
    read = registry.get_sample_value("ronbun_prompt_tokens_total", {"model_name": "tiny.gguf"})
    assert read == draft.usage.prompt_tokens > 100
    running = registry.get_sample_value("ronbun_num_requests_running", {"model_name": "tiny.gguf"})
    assert running == 0


def test_damaged_and_missing_gguf_are_told_at_once(tmp_path: Path) -> None:
    (tmp_path / "text.gguf").write_text("not a model")
    with pytest.raises(ModelFailed, match=r"text\.gguf is not a sound GGUF"):
        open_named(str(tmp_path / "text.gguf"))
    with pytest.raises(ModelMissing, match=r"absent\.gguf"):
        open_named(str(tmp_path / "absent.gguf"))


def test_remote_opens_with_address_and_model() -> None:
    generator = open_named("remote", remote_url="http://127.0.0.1:1/v1", remote_model="m")
    assert generator.identity == GeneratorIdentity(GeneratorKind.REMOTE, "m", None)
    assert_traced_as_itself(generator)
    generator.close()


def test_a_remote_is_measured_in_the_registry() -> None:
    registry = CollectorRegistry()
    settings = read_settings(generator="remote", remote_url="http://127.0.0.1:1/v1", remote_model="m")
    generator = open_generator(settings, encoder=FakeEncoder(), prompts=load_prompts(), registry=registry)
    assert registry.get_sample_value("ronbun_num_requests_running", {"model_name": "m"}) == 0
    generator.close()


@pytest.mark.parametrize(
    ("settings", "missing"),
    [
        ({}, "RONBUN_REMOTE_URL and RONBUN_REMOTE_MODEL"),
        ({"remote_url": "http://127.0.0.1:1/v1"}, "RONBUN_REMOTE_MODEL"),
        ({"remote_model": "m"}, "RONBUN_REMOTE_URL"),
    ],
)
def test_remote_without_its_settings_names_them(settings: dict[str, object], missing: str) -> None:
    with pytest.raises(BadInput, match=f"needs {missing}$"):
        open_named("remote", **settings)


@pytest.mark.parametrize("name", ["gpt-4", "", "model.bin", "Extractive"])
def test_unknown_name_gets_the_choices(name: str) -> None:
    with pytest.raises(BadInput, match="unknown generator") as failure:
        open_named(name)
    assert all(choice in failure.value.hint for choice in ("extractive", ".gguf", "remote"))
