"""Makes text from papers, files and readers safe to show on a terminal."""

from __future__ import annotations

import re

CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u200b\u200e\u200f\u202a-\u202e\u2060\u2066-\u2069\ufeff]")
"""Control, direction and invisible characters, which could rewrite the terminal, are dropped from what papers say."""


def plain(text: str) -> str:
    """Return the text without characters that act on a terminal."""
    return CONTROL.sub("", text)


def one_line(text: str) -> str:
    """Return the text for a place where a line break would look like a line of ours: a title, a file's name."""
    return " ".join(plain(text).split())
