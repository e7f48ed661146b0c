import json
import subprocess
from pathlib import Path

import pytest

pytest.importorskip("llama_cpp", reason="llama-cpp-python is not installed (make llm)")

from bench.engine import __main__ as command
from bench.engine.batch_equality import _first_flip
from bench.engine.hardware import copy_bandwidth
from bench.engine.instruments import Choice, PartTimes
from bench.engine.targets import TARGETS, judged

pytestmark = pytest.mark.llama


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("engine")


@pytest.mark.parametrize("row", [number for number in command.ROWS if number != "3"])
def test_a_row_gives_every_figure_of_its_targets(row: str, folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    status = command.main(["--quick", "--json", "--rows", row, "--data", str(folder)])
    figures = json.loads(capsys.readouterr().out)[row]
    assert "failed" not in figures
    judgements = judged({row: figures}, is_quick=False)
    assert [one.target.figure for one in judgements if one.value is None] == []
    assert status == 0


def test_a_row_that_ends_badly_is_a_figure_and_misses_its_targets(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def ends(*arguments: object, **options: object) -> subprocess.CompletedProcess[str]:
        return subprocess.CompletedProcess([], returncode=-4, stdout="")

    monkeypatch.setattr(command.subprocess, "run", ends)
    assert command.main(["--quick", "--rows", "6", "--data", str(folder)]) == 1
    printed = capsys.readouterr().out
    assert "exit status -4" in printed
    assert printed.count(" NO") == sum(target.row == "6" and target.bound == 0 for target in TARGETS)


def test_unknown_rows_are_refused(capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit):
        command.main(["--rows", "1,77"])
    assert "77" in capsys.readouterr().err


def test_targets_are_met_on_the_right_side() -> None:
    rows = {"1": {"to_cold": 0.16, "to_prefix_kept": 0.61}, "3": {"to_one_by_one": 1.9}}
    met = {(one.target.row, one.target.figure): one.is_met for one in judged(rows, is_quick=False)}
    assert met == {
        ("1", "to_cold"): True,
        ("1", "to_prefix_kept"): False,
        ("1", "to_bare_loop"): False,
        ("3", "to_one_by_one"): True,
        ("3", "to_server"): False,
    }
    assert judged(rows, is_quick=True) == []


def test_rows_that_were_not_run_stay_in_the_results(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(command, "RESULTS", tmp_path / "engine.json")
    command._keep({"1": {"to_cold": 0.2}, "4": {"to_the_wait": 0.1}})
    command._keep({"4": {"to_the_wait": 0.3}})
    assert json.loads(command.RESULTS.read_text())["rows"] == {"1": {"to_cold": 0.2}, "4": {"to_the_wait": 0.3}}


def test_the_first_other_token_is_found_with_the_nearer_gap() -> None:
    alone = [Choice(5, 1.0), Choice(6, 0.004), Choice(7, 1.0)]
    batched = [Choice(5, 1.0), Choice(9, 0.002), Choice(8, 1.0)]
    assert _first_flip(alone, alone) is None
    assert _first_flip(alone, batched) == {"place": 1, "tokens": [6, 9], "gap": 0.002}
    assert _first_flip(alone, alone[:2]) == {"place": 2, "tokens": [], "gap": float("inf")}


def test_shares_of_a_step_add_up() -> None:
    seconds = {"step": 10.0, "decode": 6.0, "logits": 1.0, "write": 2.0, "sample": 1.5}
    assert PartTimes(seconds).shares() == {"decode": 0.7, "sample": 0.15, "text": 0.05, "scheduler": 0.1}


def test_the_bandwidth_is_of_bytes_read_and_written(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("bench.engine.hardware.COPY_BYTES", 64 << 20)
    assert 1e8 < copy_bandwidth(1) < 1e13
