"""Text from papers becomes Markdown that shows exactly that text: no markup, no HTML, no links, no mathematics."""

from __future__ import annotations

import re

_ALWAYS = re.compile(r"[\\`*\[\]<>|~$]")
_UNDERSCORE = re.compile(r"(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])")
_ENTITY = re.compile(r"&(?=#?\w+;)")
_AUTOLINK = re.compile(r":(?=//)|(?<=\bwww)\.|(?<=[\w.+-])@(?=[\w-])|(?<=mailto):|(?<=xmpp):", re.IGNORECASE)
_BLOCK_START = re.compile(r"^(?P<mark>#{1,6}(?=\s|$)|[-+](?=\s|$)|[-=_]{2,}\s*$)")
_NUMBERED_START = re.compile(r"^(?P<number>\d{1,9})(?P<mark>[.)])(?=\s|$)")


def escape_inline(text: str) -> str:
    """Return one line of text, to stand after other text on its line."""
    escaped = _ALWAYS.sub(r"\\\g<0>", text)
    escaped = _UNDERSCORE.sub(r"\\_", escaped)
    escaped = _ENTITY.sub(r"\\&", escaped)
    return _AUTOLINK.sub(r"\\\g<0>", escaped)


def escape_line(text: str) -> str:
    """Return one line of text, to stand at the start of its line."""
    escaped = escape_inline(text)
    escaped = _BLOCK_START.sub(r"\\\g<mark>", escaped)
    return _NUMBERED_START.sub(r"\g<number>\\\g<mark>", escaped)
