"""Fetching from a server that answers as the hub does: resumed, compared, whole or not there at all."""

import hashlib
import multiprocessing
import shutil
import stat
from collections.abc import Iterator
from pathlib import Path

import pytest
from gguf_models import make_gguf
from hub_server import COMMIT, HubScript, running_hub

from app.models import pulling
from app.models.hub import Hub
from app.models.pulling import PulledModel, pull_model
from app.models.source import HubFile
from indexes.errors import BadInput, Busy, Conflict, ModelFailed, ModelMissing
from indexes.storage.locks import ProcessLock

FILE = HubFile("cranes/tiny-GGUF", "tiny.gguf")


@pytest.fixture(scope="module")
def content(tmp_path_factory: pytest.TempPathFactory) -> bytes:
    return make_gguf(tmp_path_factory.mktemp("gguf") / "tiny.gguf", seed=0).read_bytes()


@pytest.fixture
def script(content: bytes, monkeypatch: pytest.MonkeyPatch) -> Iterator[HubScript]:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    monkeypatch.setattr("huggingface_hub.constants.DOWNLOAD_CHUNK_SIZE", 8192)
    monkeypatch.setattr("time.sleep", lambda seconds: None)  # between attempts
    with running_hub(HubScript({"cranes/tiny-GGUF/tiny.gguf": content})) as script:
        yield script


def pull(script: HubScript, folder: Path, *, token: str = "", can_replace: bool = False) -> PulledModel:
    return pull_model(FILE, hub=Hub(url=script.url, token=token), folder=folder, can_replace=can_replace)


def left_in(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir() if not path.name.endswith(".lock"))


def test_file_arrives_whole_readable_and_not_executable(script: HubScript, content: bytes, tmp_path: Path) -> None:
    pulled = pull(script, tmp_path / "deep" / "models")
    assert pulled.path == tmp_path / "deep" / "models" / "tiny.gguf"
    assert pulled.path.read_bytes() == content
    assert stat.S_IMODE(pulled.path.stat().st_mode) == 0o644
    assert (pulled.details.commit, pulled.details.sha256) == (COMMIT, hashlib.sha256(content).hexdigest())
    assert (pulled.header.architecture, pulled.held_bytes, pulled.is_unchanged) == ("llama", 0, False)
    assert left_in(pulled.path.parent) == ["tiny.gguf"]
    assert [COMMIT in one.path for one in script.seen if one.method == "GET" and one.server == "hub"] == [True]


def test_what_is_there_is_not_fetched_again(script: HubScript, tmp_path: Path) -> None:
    pull(script, tmp_path)
    gets = len(script.gets())
    assert pull(script, tmp_path).is_unchanged
    assert len(script.gets()) == gets


def test_broken_connection_is_taken_up_within_one_attempt(script: HubScript, content: bytes, tmp_path: Path) -> None:
    script.break_after_bytes = [30_000, 50_000]
    assert pull(script, tmp_path).path.read_bytes() == content
    starts = [int((one.range or "bytes=0-")[6:-1]) for one in script.gets()]
    assert len(starts) == 3
    assert 0 == starts[0] < starts[1] < starts[2] <= 50_000


def test_later_attempt_goes_on_where_the_first_stopped(script: HubScript, content: bytes, tmp_path: Path) -> None:
    script.break_after_bytes, script.content_statuses = [40_000], [None, 503]
    with pytest.raises(ModelFailed, match="503") as failure:
        pull(script, tmp_path)
    assert "kept" in failure.value.hint
    (part,) = left_in(tmp_path)
    held = (tmp_path / part).stat().st_size
    assert part.endswith(".part")
    assert 0 < held <= 40_000
    pulled = pull(script, tmp_path)
    assert (pulled.held_bytes, pulled.path.read_bytes()) == (held, content)
    assert script.gets()[-1].range == f"bytes={held}-"
    assert left_in(tmp_path) == ["tiny.gguf"]


def test_server_that_ignores_ranges_sends_everything_again(script: HubScript, content: bytes, tmp_path: Path) -> None:
    script.break_after_bytes, script.content_statuses = [40_000], [None, 503]
    with pytest.raises(ModelFailed):
        pull(script, tmp_path)
    script.ignores_ranges = True
    assert pull(script, tmp_path).path.read_bytes() == content


def test_what_is_left_of_another_version_is_dropped(script: HubScript, content: bytes, tmp_path: Path) -> None:
    script.break_after_bytes, script.content_statuses = [40_000], [None, 503]
    with pytest.raises(ModelFailed):
        pull(script, tmp_path)
    newer = make_gguf(tmp_path / "newer", seed=1).read_bytes()
    script.files["cranes/tiny-GGUF/tiny.gguf"] = newer
    assert newer != content
    pulled = pull(script, tmp_path)
    assert (pulled.held_bytes, pulled.path.read_bytes()) == (0, newer)
    assert left_in(tmp_path) == ["newer", "tiny.gguf"]


def test_content_that_is_not_of_the_named_hash_is_removed(script: HubScript, tmp_path: Path) -> None:
    script.named_sha256 = "0" * 64
    with pytest.raises(ModelFailed, match="sha256") as failure:
        pull(script, tmp_path)
    assert "removed" in failure.value.hint
    assert left_in(tmp_path) == []


def test_content_changed_on_the_way_is_removed(script: HubScript, content: bytes, tmp_path: Path) -> None:
    script.named_sha256 = hashlib.sha256(content).hexdigest()
    script.files["cranes/tiny-GGUF/tiny.gguf"] = content[:-1] + bytes([content[-1] ^ 1])
    with pytest.raises(ModelFailed, match="sha256"):
        pull(script, tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("content_kept", [b"", b"%PDF-1.7 a paper is no model", None])
def test_file_that_is_no_model_is_removed(
    script: HubScript, content: bytes, tmp_path: Path, content_kept: bytes | None
) -> None:
    script.files["cranes/tiny-GGUF/tiny.gguf"] = content[:-64] if content_kept is None else content_kept
    with pytest.raises(ModelFailed, match="not a sound GGUF"):
        pull(script, tmp_path)
    assert left_in(tmp_path) == []


def test_file_that_llama_cannot_read_is_removed(script: HubScript, tmp_path: Path) -> None:
    def refuse(path: Path) -> None:
        raise ModelFailed(f"llama.cpp cannot read {path}", hint="h")

    with pytest.raises(ModelFailed, match=r"cannot read"):
        pull_model(FILE, hub=Hub(url=script.url), folder=tmp_path, probe=refuse)
    assert left_in(tmp_path) == []


def test_another_file_of_that_name_stays_unless_it_may_go(script: HubScript, content: bytes, tmp_path: Path) -> None:
    (tmp_path / "tiny.gguf").write_bytes(b"mine")
    with pytest.raises(Conflict, match=r"tiny\.gguf") as failure:
        pull(script, tmp_path)
    assert "--replace" in failure.value.hint
    assert (tmp_path / "tiny.gguf").read_bytes() == b"mine"
    script.named_sha256 = "0" * 64
    with pytest.raises(ModelFailed, match="sha256"):
        pull(script, tmp_path, can_replace=True)
    assert (tmp_path / "tiny.gguf").read_bytes() == b"mine"  # until what replaces it is whole
    script.named_sha256 = None
    assert pull(script, tmp_path, can_replace=True).path.read_bytes() == content


def test_token_goes_to_the_hub_and_not_to_where_it_redirects(script: HubScript, tmp_path: Path) -> None:
    script.gated_token = "hf_secret"
    with pytest.raises(ModelMissing, match="accepted its terms") as failure:
        pull(script, tmp_path)
    assert "HF_TOKEN" in failure.value.hint
    pull(script, tmp_path, token="hf_secret")
    told = [one for one in script.seen if one.authorization]
    assert {one.server for one in told} == {"hub"}
    assert {one.authorization for one in told} == {"Bearer hf_secret"}
    assert {one.method for one in told} == {"HEAD", "GET"}


def test_token_of_the_machine_is_not_sent_unasked(
    script: HubScript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_TOKEN", "hf_of_the_machine")
    pull(script, tmp_path)
    assert {one.authorization for one in script.seen} == {None}


def test_token_is_not_sent_in_the_clear() -> None:
    with pytest.raises(BadInput, match="in the clear") as failure:
        Hub(url="http://mirror.example", token="hf_secret")
    assert "hf_secret" not in failure.value.message + failure.value.hint
    Hub(url="https://mirror.example", token="hf_secret")


def test_missing_file_and_missing_repository_are_told_apart(script: HubScript, tmp_path: Path) -> None:
    hub = Hub(url=script.url)
    with pytest.raises(ModelMissing, match=r"cranes/tiny-GGUF has no file other\.gguf"):
        pull_model(HubFile("cranes/tiny-GGUF", "other.gguf"), hub=hub, folder=tmp_path)
    with pytest.raises(ModelMissing, match="no repository frogs/none"):
        pull_model(HubFile("frogs/none", "tiny.gguf"), hub=hub, folder=tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("status", [429, 500, 503])
def test_busy_hub_is_asked_again(script: HubScript, content: bytes, tmp_path: Path, status: int) -> None:
    script.statuses = [status, status]
    assert pull(script, tmp_path).path.read_bytes() == content


@pytest.mark.parametrize("status", [429, 500, 503])
def test_hub_that_stays_busy_is_an_error(script: HubScript, tmp_path: Path, status: int) -> None:
    script.statuses = [status] * 20
    with pytest.raises(ModelFailed, match=f"status {status}"):
        pull(script, tmp_path)
    assert left_in(tmp_path) == []


@pytest.mark.parametrize("status", [401, 403])
def test_refused_without_a_reason_asks_for_a_token(script: HubScript, tmp_path: Path, status: int) -> None:
    script.statuses = [status] * 20
    with pytest.raises(ModelMissing, match=f"{status}|no repository") as failure:
        pull(script, tmp_path)
    assert "HF_TOKEN" in failure.value.hint


def test_hub_without_hashes_is_no_hub(script: HubScript, tmp_path: Path) -> None:
    script.omits_hash = True
    with pytest.raises(ModelFailed, match="no commit, size and sha256"):
        pull(script, tmp_path)
    assert script.gets() == []


def test_hub_that_cannot_be_reached_is_told_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    slept: list[float] = []
    monkeypatch.setattr("time.sleep", slept.append)
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", False)
    with pytest.raises(ModelFailed, match="cannot be reached") as failure:
        pull_model(FILE, hub=Hub(url="http://127.0.0.1:9"), folder=tmp_path)
    assert "copy a GGUF file" in failure.value.hint
    assert slept == []


def test_offline_mode_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("huggingface_hub.constants.HF_HUB_OFFLINE", True)
    with pytest.raises(ModelFailed, match="HF_HUB_OFFLINE"):
        pull_model(FILE, hub=Hub(url="http://127.0.0.1:9"), folder=tmp_path)


def test_disk_without_room_is_seen_before_anything_is_fetched(
    script: HubScript, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = shutil.disk_usage(tmp_path)
    monkeypatch.setattr(pulling.shutil, "disk_usage", lambda path: usage._replace(free=pulling.SPARE_BYTES))
    with pytest.raises(ModelFailed, match="are free"):
        pull(script, tmp_path)
    assert script.gets() == []


def test_second_process_is_told_that_the_first_is_at_it(script: HubScript, tmp_path: Path) -> None:
    context = multiprocessing.get_context("spawn")
    held, done = context.Event(), context.Event()
    other = context.Process(target=_hold, args=(tmp_path / ".tiny.gguf.lock", held, done))
    other.start()
    try:
        assert held.wait(30)
        with pytest.raises(Busy, match="another process fetches"):
            pull(script, tmp_path)
    finally:
        done.set()
        other.join()
    assert not pull(script, tmp_path).is_unchanged


def _hold(path: Path, held, done) -> None:  # type: ignore[no-untyped-def]
    with ProcessLock(path).held():
        held.set()
        done.wait(30)


def test_folder_that_cannot_be_made_is_named(script: HubScript, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(ModelFailed, match="models folder"):
        pull(script, tmp_path / "file" / "models")
