"""Every file beside the code that is no code goes into the wheel: data moves with its module, and its pattern too."""

import tomllib
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
PATTERNS: dict[str, list[str]] = tomllib.loads((REPOSITORY / "pyproject.toml").read_text("utf-8"))["tool"][
    "setuptools"
]["package-data"]


def matched(room: str, pattern: str) -> set[Path]:
    return {path for path in (REPOSITORY / room).glob(pattern) if path.is_file()}


@pytest.mark.parametrize("room", ["app", "indexes", "ingest", "prompts"])
def test_data_files_are_packaged(room: str) -> None:
    files = {path for path in (REPOSITORY / room).rglob("*") if path.is_file() and path.suffix not in (".py", ".pyc")}
    packaged = {path for pattern in PATTERNS.get(room, []) for path in matched(room, pattern)}
    assert sorted(str(path.relative_to(REPOSITORY)) for path in files - packaged) == []


@pytest.mark.parametrize(
    ("room", "pattern"), [(room, each) for room, patterns in PATTERNS.items() for each in patterns]
)
def test_every_pattern_of_data_files_finds_some(room: str, pattern: str) -> None:
    assert matched(room, pattern)
