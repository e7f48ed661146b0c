"""TREC files: written, read, and read again by the library that others use."""

from pathlib import Path

import ir_measures

from bench.retrieval.runs import read_qrels, read_run, write_runs

QRELS = {"q1": {"a-0001": 1, "a-0002": 3}, "q2": {"b-0000": 1}}
RUN = {"q1": ("a-0002", "c-0000", "a-0001"), "q2": ("c-0000",)}


def test_files_hold_what_was_written(tmp_path: Path) -> None:
    write_runs(tmp_path / "runs", "made", qrels=QRELS, runs=[("ronbun", RUN)])
    assert read_qrels(tmp_path / "runs" / "made.qrels") == QRELS
    assert read_run(tmp_path / "runs" / "made.ronbun.run") == RUN


def test_a_run_is_read_by_rank_and_not_by_place_in_the_file(tmp_path: Path) -> None:
    (tmp_path / "run").write_text("q Q0 second 2 0.5 s\nq Q0 first 1 1.0 s\n")
    assert read_run(tmp_path / "run") == {"q": ("first", "second")}


def test_ir_measures_reads_the_files_alike(tmp_path: Path) -> None:
    write_runs(tmp_path, "made", qrels=QRELS, runs=[("ronbun", RUN)])
    qrels = ir_measures.read_trec_qrels(str(tmp_path / "made.qrels"))
    run = ir_measures.read_trec_run(str(tmp_path / "made.ronbun.run"))
    means = ir_measures.calc_aggregate([ir_measures.RR, ir_measures.Success @ 1], qrels, run)
    assert means == {ir_measures.RR: 0.5, ir_measures.Success @ 1: 0.5}
