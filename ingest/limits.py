"""What one file may cost to read."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsingLimits:
    """Limits on one file (or one JSONL line): what is over them is refused with a reason, alone."""

    timeout_s: float = 60.0
    memory_mb: int = 1024
    max_pages: int = 2000
    max_output_mb: int = 32
    max_file_mb: int = 100
