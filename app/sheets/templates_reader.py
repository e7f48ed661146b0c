"""The data files beside this package: read once a call chain, as text or as TOML."""

from __future__ import annotations

import tomllib
from functools import cache
from importlib import resources
from typing import Any


@cache
def template_text(name: str) -> str:
    """Return the text of `templates/<name>`."""
    return resources.files("app.sheets").joinpath("templates", name).read_text(encoding="utf-8")


@cache
def template_table(name: str) -> dict[str, Any]:
    """Return `templates/<name>` parsed as TOML. Callers must not change it."""
    return tomllib.loads(template_text(name))
