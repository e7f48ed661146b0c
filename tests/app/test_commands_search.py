"""`ronbun search` as a person uses it: filters as options, instructions, JSON."""

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import click
import pytest

from app.main import main

LINES = [
    {
        "paper_id": "cranes-1",
        "title": "Counting Cranes from Quiet Drones",
        "authors": ["Aya Mori"],
        "published": "2024-03",
        "categories": ["cs.CV"],
        "abstract": "We count cranes in images from drones. The drone counted 412 cranes in 18 minutes.",
    },
    {
        "paper_id": "cranes-2",
        "title": "Counting Cranes: A Survey",
        "authors": ["Jon Field"],
        "published": "2020",
        "abstract": "This survey covers methods that count cranes by sound, by radar, and on foot.",
    },
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("search")
    (folder / "papers.jsonl").write_text("\n".join(map(json.dumps, LINES)))
    assert main(["ingest", str(folder / "papers.jsonl"), "--library", str(folder / "library")]) == 0
    return folder / "library"


Search = Callable[..., tuple[int, str, str]]


@pytest.fixture
def search(library: Path, capfd: pytest.CaptureFixture[str]) -> Search:
    def run(*arguments: str) -> tuple[int, str, str]:
        capfd.readouterr()
        code = main(["search", *arguments, "--library", str(library)])
        captured = capfd.readouterr()
        return code, click.unstyle(captured.out), captured.err

    return run


def hits(out: str) -> list[str]:
    output: dict[str, Any] = json.loads(out)
    return [hit["paper_id"] for hit in output["hits"]]


@pytest.mark.parametrize(
    ("options", "expected"),
    [
        ([], {"cranes-1", "cranes-2"}),
        (["--since", "2021"], {"cranes-1"}),
        (["--until", "2020"], {"cranes-2"}),
        (["--author", "Field"], {"cranes-2"}),
        (["--author", "Field", "--author", "mori"], {"cranes-1", "cranes-2"}),
        (["--category", "cs"], {"cranes-1"}),
        (["--venue", "NeurIPS"], set()),
        (["--lang-of-paper", "ja"], set()),
        (["--role", "note"], set()),
        (["--section", "abstract"], {"cranes-1", "cranes-2"}),
        (["--section", "results"], set()),
        (["--not-paper", "cranes-1"], {"cranes-2"}),
        (["--paper", "cranes-1", "--author", "Field"], set()),
    ],
)
def test_options_are_filters(search: Search, options: list[str], expected: set[str]) -> None:
    code, out, _ = search("counting cranes", *options, "--json")
    assert code == 0
    assert set(hits(out)) == expected


def test_json_tells_how_the_query_was_understood_and_what_each_part_gave(search: Search) -> None:
    _, out, _ = search("counting cranes, no surveys", "--instruction", "since 2019", "--json")
    output = json.loads(out)
    assert output["schema"] == "ronbun.search/1"
    assert output["understood"]["text"] == "counting cranes"
    assert output["understood"]["filters"] == ["published since 2019"]
    assert output["understood"]["penalties"] == ["not: survey"]
    assert [hit["paper_id"] for hit in output["hits"]] == ["cranes-1", "cranes-2"]
    assert min(one["amount"] for one in output["hits"][1]["contributions"]) < 0


def test_explain_prints_a_table_for_each_hit(search: Search) -> None:
    _, out, _ = search("counting cranes, no surveys", "--explain")
    assert out.startswith(
        "searched   counting cranes\nordered by not: survey\n\n  1. Counting Cranes from Quiet Drones\n"
    )
    assert "not: survey" in out.split("  2. ")[1]
    _, short, _ = search("counting cranes, no surveys")
    assert short.count("not: survey") == 1


def test_a_filter_that_is_none_is_refused_with_a_hint(search: Search) -> None:
    code, _, err = search("cranes", "--since", "soon")
    assert code == 2
    assert "'soon'" in err
    assert "2023-04" in err


def test_no_hit_says_what_was_asked(search: Search) -> None:
    code, out, _ = search("cranes", "--author", "Nobody")
    assert code == 0
    assert out.splitlines() == [
        "only       by Nobody",
        "",
        "No passage fits; every hit had to meet what stands above.",
    ]
