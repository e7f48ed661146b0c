"""The settings under which files are parsed and fetched, for the commands that read sources."""

from __future__ import annotations

from app.settings import OcrMode, Settings, cache_path
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
        ocr_max_pages=settings.ocr_max_pages if settings.ocr is OcrMode.AUTO else 0,
        ocr_page_timeout_s=settings.ocr_page_timeout_s,
    )


def fetch_settings(settings: Settings) -> FetchSettings:
    """Return the rules for sources that are fetched."""
    return FetchSettings(
        allow_private_addresses=settings.allow_private_addresses,
        max_file_mb=settings.max_upload_mb,
        arxiv_base_url=settings.arxiv_base_url,
        arxiv_api_base_url=settings.arxiv_api_base_url,
        crossref_base_url=settings.crossref_base_url,
        contact_email=settings.contact_email,
        complete_metadata=settings.complete_metadata,
        cache_dir=cache_path(settings),
    )
