"""`ronbun models` and `ronbun models pull` as a person uses them."""

import json
import re
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import gguf
import pytest
from gguf_models import Claim, make_claims, make_gguf
from hub_server import COMMIT, HubScript, running_hub
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.commands.model_printing import file_lines
from app.commands.models import NO_LLAMA, gguf_rows
from app.generators.factory import gguf_path
from app.generators.gguf.header import check_gguf
from app.generators.llama.chat_format import choose_chat_format
from app.generators.llama.model import LlamaModel
from app.main import main
from app.models.speed import MachineSpeed
from app.settings import read_settings


@pytest.fixture
def models_dir(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "models"
    monkeypatch.setenv("RONBUN_MODELS_DIR", str(folder))
    monkeypatch.delenv("HF_TOKEN", raising=False)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    return folder


@pytest.fixture
def script(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubScript]:
    content = make_gguf(tmp_path / "source", seed=0).read_bytes()
    with running_hub(HubScript({"cranes/tiny-GGUF/tiny.gguf": content})) as script:
        monkeypatch.setenv("RONBUN_HUB_URL", script.url)
        yield script


@pytest.fixture
def ronbun(capfd: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(list(arguments))
        captured = capfd.readouterr()
        return code, captured.out, captured.err

    return run


Running = Callable[..., tuple[int, str, str]]


def test_list_names_what_is_here_and_what_is_in_use(
    ronbun: Running, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models_dir.mkdir()
    make_gguf(models_dir / "tiny.gguf", seed=0)
    (models_dir / "cut.gguf").write_bytes((models_dir / "tiny.gguf").read_bytes()[:-100])
    monkeypatch.setenv("RONBUN_GENERATOR", "tiny.gguf")
    code, out, _ = ronbun("models", "--json")
    output = json.loads(out)
    assert (code, output["schema"], output["folder"]) == (0, "ronbun.models/1", str(models_dir))
    rows = {row["name"]: row for row in output["models"]}
    assert [row["kind"] for row in output["models"]] == ["sentence", "extractive", "llama", "llama", "remote"]
    assert {name for name, row in rows.items() if row["in_use"]} == {"all-MiniLM-L6-v2", "tiny.gguf"}
    assert not rows["cut.gguf"]["available"]
    assert "its last tensor ends at" in rows["cut.gguf"]["note"]
    file = rows["tiny.gguf"]["file"]
    assert (file["architecture"], file["quantisation"], file["bits_per_weight"]) == ("llama", "F32", 32.0)
    assert (file["chat_format"], file["chat_format_grounds"]) == ("chatml", "by its control tokens")
    assert file["memory"]["window_tokens"] == 4096
    assert file["memory"]["total_bytes"] < file["memory"]["available_bytes"]
    assert file["speed"] is None
    code, out, _ = ronbun("models")
    assert code == 0
    assert "in use    generator  llama       tiny.gguf" in out
    assert "unusable  generator  llama       cut.gguf" in out
    assert "chat format: chatml (by its control tokens)" in out


SIZES = ("context_length", "block_count", "embedding_length", "feed_forward_length", "expert_count")
HEADS = ("attention.head_count", "attention.head_count_kv", "attention.key_length", "expert_used_count")
KEYS = (*(f"llama.{name}" for name in SIZES + HEADS), "general.file_type", "split.count", "tokenizer.ggml.token_type")
SANE = dict.fromkeys(KEYS[:-1], Claim(4, gguf.GGUFValueType.UINT32))
KINDS: dict[gguf.GGUFValueType, st.SearchStrategy[object]] = {
    gguf.GGUFValueType.FLOAT32: st.floats(width=32),
    gguf.GGUFValueType.FLOAT64: st.floats(),
    gguf.GGUFValueType.INT64: st.integers(-(2**63), 2**63 - 1),
    gguf.GGUFValueType.UINT64: st.integers(0, 2**64 - 1) | st.integers(0, 2000),
    gguf.GGUFValueType.STRING: st.text(max_size=3),
    gguf.GGUFValueType.BOOL: st.booleans(),
}


@st.composite
def any_claim(draw: st.DrawFn) -> Claim:
    kind = draw(st.sampled_from(sorted(KINDS)))
    if draw(st.booleans()):
        return Claim(draw(KINDS[kind]), kind)
    return Claim(draw(st.lists(KINDS[kind], min_size=1, max_size=4)), gguf.GGUFValueType.ARRAY, kind)


@given(claims=st.dictionaries(st.sampled_from(KEYS), any_claim(), max_size=5))
@settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_no_header_breaks_the_list(tmp_path: Path, claims: dict[str, Claim]) -> None:
    make_claims(tmp_path / "odd.gguf", claims=SANE | claims)
    machine = MachineSpeed(bytes_s=1e9, operations_s=1e11)
    (row,) = gguf_rows(read_settings(models_dir=str(tmp_path)), machine=machine)
    assert (row.file is None) == bool(row.note and not row.available and row.note != NO_LLAMA)
    lines = "\n".join(file_lines(row.file)) if row.file else ""
    assert not re.search(r"(?<!e)-\d|nan|inf\b", lines), lines
    assert json.loads(row.model_dump_json())["name"] == "odd.gguf"


def test_list_tells_bad_files_beside_good_ones(ronbun: Running, models_dir: Path) -> None:
    models_dir.mkdir()
    kinds = Claim([float("nan")], gguf.GGUFValueType.ARRAY, gguf.GGUFValueType.FLOAT32)
    make_claims(models_dir / "kinds.gguf", claims={"tokenizer.ggml.token_type": kinds})
    layers = Claim(4_000_000_000, gguf.GGUFValueType.UINT32)
    make_claims(models_dir / "layers.gguf", claims=SANE | {"llama.block_count": layers})
    make_gguf(models_dir / "tiny.gguf", seed=0)
    code, out, _ = ronbun("models", "--json")
    rows = {row["name"]: row for row in json.loads(out)["models"]}
    assert code == 0
    assert "which are no integers" in rows["kinds.gguf"]["note"]
    assert rows["layers.gguf"]["file"]["memory"] is None
    assert rows["tiny.gguf"]["file"]["memory"] is not None
    assert ronbun("models")[0] == 0


def test_memory_is_for_the_sizes_of_the_settings(
    ronbun: Running, models_dir: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    models_dir.mkdir()
    make_gguf(models_dir / "tiny.gguf", seed=0)

    def memory() -> dict[str, int]:
        (file,) = [row["file"] for row in json.loads(ronbun("models", "--json")[1])["models"] if row["file"]]
        return dict(file["memory"])

    plain = memory()
    monkeypatch.setenv("RONBUN_MEMORY_TOKENS", "65536")
    more = memory()
    assert (plain["memory_tokens"], more["memory_tokens"]) == (8192, 65536)
    assert more["context_bytes"] == 8 * plain["context_bytes"]
    assert "65,536 tokens for all readers" in ronbun("models")[1]
    monkeypatch.setenv("RONBUN_PARALLEL_TEXTS", "128")
    assert memory()["work_bytes"] > more["work_bytes"]


def test_file_in_use_elsewhere_is_listed_too(
    ronbun: Running, models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = make_gguf(tmp_path / "other.gguf", seed=0)
    monkeypatch.setenv("RONBUN_GENERATOR", str(other))
    rows = [row for row in json.loads(ronbun("models", "--json")[1])["models"] if row["kind"] == "llama"]
    assert [(row["name"], row["in_use"], row["available"]) for row in rows] == [("other.gguf", True, True)]
    other.unlink()
    rows = [row for row in json.loads(ronbun("models", "--json")[1])["models"] if row["kind"] == "llama"]
    assert [(row["available"], "there is no model file" in row["note"]) for row in rows] == [(False, True)]


def test_words_of_a_file_cannot_act_on_the_terminal(ronbun: Running, models_dir: Path) -> None:
    models_dir.mkdir()
    hostile = "\x1b[2J{{ cycler.__init__.__globals__.os.system('touch owned') }}"
    make_gguf(models_dir / "tiny.gguf", seed=0, chat_template=hostile)
    content = (models_dir / "tiny.gguf").read_bytes()
    name = b"\x04\0\0\0\0\0\0\0tiny"
    assert content.count(name) == 1
    (models_dir / "tiny.gguf").write_bytes(content.replace(name, b"\x04\0\0\0\0\0\0\0\x1b[2J"))
    _, out, _ = ronbun("models")
    assert "\x1b" not in out
    assert "cycler" not in out
    assert "“[2J”" in out


def test_speed_is_measured_when_asked_for_and_quick(ronbun: Running, models_dir: Path) -> None:
    models_dir.mkdir()
    make_gguf(models_dir / "tiny.gguf", seed=0)
    file = next(row["file"] for row in json.loads(ronbun("models", "--speed", "--json")[1])["models"] if row["file"])
    for low, high in file["speed"].values():
        assert 0 < low < high
    assert "roughly: reads" in ronbun("models", "--speed")[1]


def test_catalogue_marks_what_is_here(ronbun: Running, models_dir: Path) -> None:
    models_dir.mkdir()
    (models_dir / "Qwen3-8B-Q4_K_M.gguf").write_bytes(b"")
    code, out, _ = ronbun("models", "catalogue", "--json")
    output = json.loads(out)
    assert (code, output["schema"]) == (0, "ronbun.catalogue/1")
    assert [row["name"] for row in output["models"] if row["is_installed"]] == ["qwen3-8b"]
    code, out, _ = ronbun("models", "catalogue")
    assert " *qwen3-8b " in out
    assert "With 16 GB of memory to spare" in out


@pytest.mark.llama
def test_pull_fetches_and_tells_how_to_use_it(
    ronbun: Running, models_dir: Path, script: HubScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TQDM_POSITION", "-1")  # a bar although this is no terminal
    code, out, err = ronbun("models", "pull", "hf:cranes/tiny-GGUF/tiny.gguf", "--json")
    output = json.loads(out)
    assert (code, output["schema"], output["state"], output["commit"]) == (0, "ronbun.pull/1", "fetched", COMMIT)
    assert output["setting"] == "RONBUN_GENERATOR=tiny.gguf"
    assert output["file"]["path"] == str(models_dir / "tiny.gguf")
    assert "tiny.gguf" in err  # the progress bar
    code, out, _ = ronbun("models", "pull", "hf:cranes/tiny-GGUF/tiny.gguf")
    assert code == 0
    assert "is there already" in out
    assert "Use it: RONBUN_GENERATOR=tiny.gguf" in out


def test_catalogue_names_are_pulled_from_their_repository(ronbun: Running, models_dir: Path, script: HubScript) -> None:
    content = script.files["cranes/tiny-GGUF/tiny.gguf"]
    script.files["Qwen/Qwen3-8B-GGUF/Qwen3-8B-Q4_K_M.gguf"] = content
    assert ronbun("models", "pull", "qwen3-8b")[0] == 0
    assert (models_dir / "Qwen3-8B-Q4_K_M.gguf").read_bytes() == content


@pytest.mark.parametrize(
    ("name", "code", "kind"),
    [
        ("hf:cranes/tiny-GGUF/other.gguf", 4, "model_missing"),
        ("hf:frogs/none/tiny.gguf", 4, "model_missing"),
        ("hf:cranes/tiny-GGUF/../../tiny.gguf", 2, "bad_input"),
        ("/etc/passwd", 2, "bad_input"),
        ("nothing-of-this-name", 2, "bad_input"),
    ],
)
def test_failures_have_their_exit_codes(
    ronbun: Running, models_dir: Path, script: HubScript, name: str, code: int, kind: str
) -> None:
    found, out, _ = ronbun("models", "pull", name, "--json")
    assert (found, json.loads(out)["error"]["code"]) == (code, kind)


def test_wrong_hash_is_exit_4_and_leaves_nothing(ronbun: Running, models_dir: Path, script: HubScript) -> None:
    script.named_sha256 = "ab" * 32
    code, out, err = ronbun("models", "pull", "hf:cranes/tiny-GGUF/tiny.gguf")
    assert (code, out) == (4, "")
    assert "sha256" in err
    assert [path.name for path in models_dir.iterdir() if not path.name.endswith(".lock")] == []


def test_token_of_the_environment_opens_a_gated_model(
    ronbun: Running, models_dir: Path, script: HubScript, monkeypatch: pytest.MonkeyPatch
) -> None:
    script.gated_token = "hf_secret"
    code, _, err = ronbun("models", "pull", "hf:cranes/tiny-GGUF/tiny.gguf")
    assert code == 4
    assert "HF_TOKEN" in err
    monkeypatch.setenv("HF_TOKEN", "hf_secret")
    code, out, err = ronbun("models", "pull", "hf:cranes/tiny-GGUF/tiny.gguf")
    assert code == 0
    assert "hf_secret" not in out + err


def test_list_of_a_large_vocabulary_is_quick(ronbun: Running, models_dir: Path) -> None:
    models_dir.mkdir()
    tokens = [f"<|made_{number}|>" for number in range(150_000)]
    make_gguf(models_dir / "wide.gguf", seed=0, control_tokens=tokens)
    start = time.process_time()
    code, _, _ = ronbun("models", "--json")
    assert code == 0
    assert time.process_time() - start < 5.0


def test_generator_takes_a_bare_name_of_the_folder(
    models_dir: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert gguf_path(read_settings(generator="tiny.gguf")) == models_dir / "tiny.gguf"
    assert gguf_path(read_settings(generator="./tiny.gguf")) == Path("tiny.gguf")
    assert gguf_path(read_settings(generator="../tiny.gguf")) == Path("../tiny.gguf")
    assert gguf_path(read_settings(generator=str(tmp_path / "a.gguf"))) == tmp_path / "a.gguf"
    make_gguf(tmp_path / "tiny.gguf", seed=0)
    assert gguf_path(read_settings(generator="tiny.gguf")) == Path("tiny.gguf")  # what stands here comes first


@pytest.mark.llama
@pytest.mark.parametrize("template", ["", "{%- if enable_thinking %}"])
def test_listed_chat_format_is_the_one_that_the_engine_takes(ronbun: Running, models_dir: Path, template: str) -> None:
    pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")
    models_dir.mkdir()
    path = make_gguf(models_dir / "tiny.gguf", seed=0, chat_template=template)
    (file,) = [row["file"] for row in json.loads(ronbun("models", "--json")[1])["models"] if row["file"]]
    model = LlamaModel(path)
    try:
        chat = choose_chat_format(model.is_control_token, template=template)
        header = check_gguf(path)
        assert {token for token in header.control_tokens if model.is_control_token(token)} == header.control_tokens
    finally:
        model.close()
    assert file["chat_format"] == chat.name == ("chatml_think" if template else "chatml")
