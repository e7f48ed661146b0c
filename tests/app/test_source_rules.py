from pathlib import Path

import pytest

from app.commands.source_rules import fetch_settings
from app.http.upload import REMOTE_SOURCE
from app.settings import Settings, cache_path, read_settings
from indexes.errors import BadInput


def test_registries_are_settings(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    given = {
        "ARXIV_BASE_URL": "https://a.example",
        "ARXIV_API_BASE_URL": "https://b.example",
        "CROSSREF_BASE_URL": "https://c.example",
        "CONTACT_EMAIL": "me@example.org",
        "COMPLETE_METADATA": "1",
        "CACHE_DIR": str(tmp_path),
    }
    for name, value in given.items():
        monkeypatch.setenv(f"RONBUN_{name}", value)
    fetching = fetch_settings(read_settings())
    assert (fetching.arxiv_base_url, fetching.arxiv_api_base_url) == ("https://a.example", "https://b.example")
    assert (fetching.crossref_base_url, fetching.contact_email) == ("https://c.example", "me@example.org")
    assert (fetching.complete_metadata, fetching.cache_dir) == (True, tmp_path)


def test_nothing_is_sent_unasked() -> None:
    assert fetch_settings(Settings()).complete_metadata is False
    assert cache_path(Settings()).name == "ronbun"


@pytest.mark.parametrize("address", ["me", "me@a\r\nX-Injected: 1", "a b@c.d", "(x)@y"])
def test_a_contact_is_an_address(address: str) -> None:
    with pytest.raises(BadInput, match="RONBUN_CONTACT_EMAIL"):
        read_settings(contact_email=address)


@pytest.mark.parametrize("source", ["arxiv:2310.10631", "doi:10.5555/x", "https://example.org/x"])
def test_the_service_fetches_what_is_registered(source: str) -> None:
    assert REMOTE_SOURCE.fullmatch(source)
