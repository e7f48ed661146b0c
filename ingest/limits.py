"""What one file may cost to read."""

from __future__ import annotations

from dataclasses import dataclass

MEBIBYTE = 1024 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class ParsingLimits:
    """Limits on one file (or one JSONL line): what is over them is refused with a reason, alone.

    Pages that are recognised (OCR) have time of their own: each announced page extends the file's by
    `ocr_page_timeout_s`, at most `ocr_max_pages` times; 0 pages turn recognition off.
    """

    timeout_s: float = 60.0
    memory_mb: int = 1024
    max_pages: int = 2000
    max_output_mb: int = 32
    max_file_mb: int = 100
    ocr_max_pages: int = 200
    ocr_page_timeout_s: float = 60.0
