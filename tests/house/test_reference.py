"""The pages of docs/reference say what the code says."""

import importlib.util
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def test_reference_pages_are_those_that_the_code_gives() -> None:
    spec = importlib.util.spec_from_file_location("build_reference", REPOSITORY / "docs" / "build_reference.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    assert module.stale_pages() == {}, "run `make docs`"
