"""The settings under which files are parsed and fetched, for the commands that read sources."""

from __future__ import annotations

from app.settings import Settings
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits


def parsing_limits(settings: Settings) -> ParsingLimits:
    """Return the limits under which files are parsed."""
    return ParsingLimits(
        timeout_s=settings.parse_timeout_s,
        memory_mb=settings.parse_memory_mb,
        max_pages=settings.max_pages,
        max_output_mb=settings.max_text_mb,
        max_file_mb=settings.max_upload_mb,
    )


def fetch_settings(settings: Settings) -> FetchSettings:
    """Return the rules for sources that are fetched."""
    return FetchSettings(allow_private_addresses=settings.allow_private_addresses, max_file_mb=settings.max_upload_mb)
