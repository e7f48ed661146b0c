"""Messages between the parsing child and its parent: a JSON head and raw bytes behind it, each with its length.

Never pickle: once the child has read a hostile file, everything that it sends is hostile too.
"""

from __future__ import annotations

import json
import struct
from typing import Any, BinaryIO

PREFIX = struct.Struct(">II")
MAX_HEAD_BYTES = 64 * 1024

RECOGNISING = "recognising"
"""Key of a notice: the child is about to recognise this page, and may take time for it. The answer comes later."""

Head = dict[str, Any]


def pack(head: Head, body: bytes = b"") -> bytes:
    """Return the message as bytes."""
    text = json.dumps(head).encode()
    return PREFIX.pack(len(text), len(body)) + text + body


def read(stream: BinaryIO) -> tuple[Head, bytes] | None:
    """Read one message from a blocking stream; None at its end."""
    prefix = stream.read(PREFIX.size)
    if len(prefix) < PREFIX.size:
        return None
    head_bytes, body_bytes = PREFIX.unpack(prefix)
    return json.loads(stream.read(head_bytes)), stream.read(body_bytes)
