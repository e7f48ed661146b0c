"""The rules for everything that is asked of other machines."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

ARXIV_INTERVAL_S = 3.0
"""arXiv's terms of use for its API: one request every three seconds, one connection at a time."""
CROSSREF_INTERVAL_S = 0.2
"""Crossref's public limit for single records, five a second; what its headers state counts where it is longer."""
OTHER_INTERVAL_S = 0.5


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """What a download may reach and cost, which registries are asked, and where their answers are kept.

    `cache_dir` None keeps no answers, and turns at a server within one run alone. `complete_metadata` also asks the
    registries about files of this machine that name an arXiv id or a DOI.
    """

    allow_private_addresses: bool = False
    max_file_mb: int = 100
    timeout_s: float = 60.0
    arxiv_base_url: str = "https://arxiv.org"
    arxiv_api_base_url: str = "https://export.arxiv.org"
    crossref_base_url: str = "https://api.crossref.org"
    contact_email: str = ""
    cache_dir: Path | None = None
    complete_metadata: bool = False
    arxiv_interval_s: float = ARXIV_INTERVAL_S
    crossref_interval_s: float = CROSSREF_INTERVAL_S
    other_interval_s: float = OTHER_INTERVAL_S
