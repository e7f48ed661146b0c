"""Models are named by configuration only: no request opens a model file, fetches one, or changes the generator."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from gguf_models import make_gguf
from service import CRANES_ID, QuotingGenerator, filled_library, service

from indexes.library import Library

QUESTION = "How many cranes did the drone count over the wetland?"
OPENERS = (
    "app.generators.factory.open_generator",
    "app.generators.factory.open_llama",
    "app.generators.llama.generator.check_gguf",
    "app.generators.gguf.header.check_gguf",
    "app.models.pulling.pull_model",
    "app.models.hub.Hub.details",
)
NAMES = (
    "/etc/passwd",
    "x.gguf",
    "./x.gguf",
    "../models/x.gguf",
    "file:///etc/passwd",
    "hf:Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf",
    "qwen3-8b",
    "extractive",
    "remote",
    "http://127.0.0.1:9/v1",
    "paper:/etc/passwd",
    "paper:../x.gguf",
    "library:x.gguf",
    "library\x00x.gguf",
    "LIBRARY",
)


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with filled_library(tmp_path_factory.mktemp("names")) as library:
        yield library


@pytest.fixture
def generator() -> QuotingGenerator:
    return QuotingGenerator()


@pytest.fixture
def client(
    library: Library, generator: QuotingGenerator, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> Iterator[TestClient]:
    """A service in a folder that holds a model, where opening or fetching one is an error of the test."""
    make_gguf(tmp_path / "x.gguf", seed=0)
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RONBUN_MODELS_DIR", str(tmp_path))
    for opener in OPENERS:
        monkeypatch.setattr(opener, _never)
    with TestClient(service(library, generator), base_url="http://127.0.0.1") as client:
        yield client


def _never(*args: object, **options: object) -> None:
    raise AssertionError("a request opened a model")


@pytest.mark.parametrize("stream", [False, True])
@pytest.mark.parametrize("name", NAMES)
def test_chat_takes_no_model_but_library_and_papers(
    client: TestClient, generator: QuotingGenerator, name: str, stream: bool
) -> None:
    asked = {"model": name, "messages": [{"role": "user", "content": QUESTION}], "stream": stream}
    reply = client.post("/v1/chat/completions", json=asked)
    assert reply.status_code in (404, 422), reply.text
    assert reply.json()["error"]["code"] in ("not_found", "bad_input")
    assert generator.requests == []


@pytest.mark.parametrize("field", ["model", "generator", "models_dir", "hub_url", "remote_url", "encoder", "prompt"])
@pytest.mark.parametrize("path", ["/v1/ask", "/v1/search", "/v1/verify"])
def test_fields_that_would_name_a_model_are_refused(
    client: TestClient, generator: QuotingGenerator, path: str, field: str
) -> None:
    bodies: dict[str, dict[str, Any]] = {
        "/v1/ask": {"question": QUESTION},
        "/v1/search": {"query": QUESTION},
        "/v1/verify": {"claim": "412 cranes were counted.", "passages": ["The drone counted 412 cranes."]},
    }
    reply = client.post(path, json={**bodies[path], field: "x.gguf"})
    assert reply.status_code == 422, reply.text
    assert field in reply.text
    assert generator.requests == []


def test_fields_that_openai_clients_add_change_nothing(client: TestClient, generator: QuotingGenerator) -> None:
    asked = {
        "model": f"paper:{CRANES_ID}",
        "messages": [{"role": "user", "content": QUESTION}],
        "generator": "x.gguf",
        "chat_template": "{{ cycler.__init__.__globals__ }}",
        "grammar": 'root ::= "owned"',
        "lora": [{"path": "x.gguf"}],
    }
    reply = client.post("/v1/chat/completions", json=asked)
    assert reply.status_code == 200
    assert "412 cranes" in reply.json()["choices"][0]["message"]["citations"][0]["quote"]
    assert len(generator.requests) == 1


@pytest.mark.parametrize("name", ["model", "generator", "lang"])
def test_sheets_and_digests_take_no_model(client: TestClient, name: str) -> None:
    for path in (f"/v1/papers/{CRANES_ID}/sheet", "/v1/digests"):
        reply = client.get(path, params={name: "x.gguf", "from": "2020-01-01", "to": "2020-01-02"})
        assert reply.status_code in (200, 404, 422)
        assert "owned" not in reply.text


def test_no_part_of_the_interface_is_called_a_model_or_generator_but_the_chat(client: TestClient) -> None:
    """Whoever adds such a field to a request meets this test."""
    schemas = client.get("/openapi.json").json()
    parameters = [
        (path, parameter["name"])
        for path, methods in schemas["paths"].items()
        for method in methods.values()
        for parameter in method.get("parameters", [])
    ]
    fields = [
        (name, field)
        for name, schema in schemas["components"]["schemas"].items()
        for field in schema.get("properties", {})
        if name.endswith(("Request", "Body"))
    ]
    parameters.remove(("/readyz", "encoder"))  # whether to ask for its weights, yes or no
    told = {"model", "generator", "encoder", "file_name", "gguf", "template", "grammar"}
    assert [one for one in parameters if one[1] in told] == []
    assert [one for one in fields if one[1] in told] == [("ChatRequest", "model")]
