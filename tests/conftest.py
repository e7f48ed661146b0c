"""Fixtures that every room's tests share."""

import os
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parent.parent


@pytest.fixture(scope="session")
def shared_data() -> Path:
    """The evaluation data beside the repository; tests that need it are skipped where it is absent."""
    place = Path(os.environ.get("RONBUN_SHARED_DATA", REPOSITORY.parent / "shared" / "data"))
    if not place.is_dir():
        pytest.skip(f"the evaluation data is not at {place} (set RONBUN_SHARED_DATA)")
    return place


@pytest.fixture(scope="session")
def examples() -> Path:
    """The papers that the project wrote itself."""
    return REPOSITORY / "examples"
