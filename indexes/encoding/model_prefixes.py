"""The query and passage prefixes of known families of encoders, for models whose configuration states none.

E5 was trained with "query: " and "passage: " before every text and loses much without them, but its configuration on
the hub does not say so. The families stand in `model_prefixes.toml`.
"""

from __future__ import annotations

import re
import tomllib
from functools import lru_cache
from pathlib import Path
from typing import Any

FAMILIES_FILE = Path(__file__).parent / "model_prefixes.toml"


def known_prefixes(name: str) -> tuple[str, str]:
    """Return what stands before a query and before a passage for the model called `name` (a hub's name or a folder)."""
    last = name.rstrip("/").replace("\\", "/").rpartition("/")[2].lower()
    for family in _families():
        if re.fullmatch(family["names"], last):
            return str(family["query"]), str(family["passage"])
    return "", ""


@lru_cache(maxsize=1)
def _families() -> tuple[dict[str, Any], ...]:
    return tuple(tomllib.loads(FAMILIES_FILE.read_text(encoding="utf-8"))["family"])
