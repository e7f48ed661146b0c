"""Sheets, digests and the feed over HTTP."""

from collections.abc import Iterator
from xml.etree import ElementTree

import pytest
from fastapi.testclient import TestClient
from service import CRANES_ID, FROGS_ID, QuotingGenerator, filled_library, service

ATOM = "{http://www.w3.org/2005/Atom}"


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with (
        filled_library(tmp_path_factory.mktemp("sheets")) as library,
        TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client,
    ):
        yield client


def make_sheet(client: TestClient, paper_id: str, language: str) -> None:
    job = client.post(f"/v1/papers/{paper_id}/sheet?lang={language}").json()
    assert "event: done" in client.get(f"/v1/jobs/{job['job_id']}/events").text


def test_a_sheet_that_was_not_made_is_404_and_says_how_to_make_it(client: TestClient) -> None:
    error = client.get(f"/v1/papers/{FROGS_ID}/sheet").json()["error"]
    assert error["code"] == "not_found"
    assert f"POST /v1/papers/{FROGS_ID}/sheet?lang=en" in error["hint"]


def test_a_made_sheet_is_kept_by_language_and_read_in_every_format(client: TestClient) -> None:
    make_sheet(client, CRANES_ID, "ja")
    assert client.get(f"/v1/papers/{CRANES_ID}/sheet?lang=en").status_code == 404
    sheet = client.get(f"/v1/papers/{CRANES_ID[:6]}/sheet?lang=ja").json()
    assert (sheet["schema"], sheet["language"], sheet["paper"]["paper_id"]) == ("ronbun.sheet/1", "ja", CRANES_ID)
    markdown = client.get(f"/v1/papers/{CRANES_ID}/sheet?lang=ja&format=md")
    assert markdown.headers["content-type"] == "text/markdown; charset=utf-8"
    assert "Counting Cranes from Quiet Drones" in markdown.text
    html = client.get(f"/v1/papers/{CRANES_ID}/sheet?lang=ja&format=html")
    assert html.headers["content-type"] == "text/html; charset=utf-8"
    assert html.headers["content-security-policy"].startswith("default-src 'none'; style-src 'unsafe-inline'")
    assert "<script" not in html.text


def test_sheets_of_no_paper_language_or_format_are_refused(client: TestClient) -> None:
    assert client.post("/v1/papers/ffff/sheet").status_code == 404
    assert client.post(f"/v1/papers/{CRANES_ID}/sheet?lang=fr").status_code == 422
    assert client.get(f"/v1/papers/{CRANES_ID}/sheet?format=pdf").status_code == 422


def test_a_digest_holds_the_papers_of_its_days_in_every_format(client: TestClient) -> None:
    period = {"from": "2024-03-01", "to": "2024-03-31"}
    digest = client.get("/v1/digests", params=period).json()
    assert (digest["first"], digest["last"]) == ("2024-03-01", "2024-03-31")
    assert [entry["paper"]["paper_id"] for entry in digest["entries"]] == [CRANES_ID]
    types = {
        written: client.get("/v1/digests", params={**period, "format": written}).headers["content-type"]
        for written in ("json", "md", "html", "atom")
    }
    assert types == {
        "json": "application/json",
        "md": "text/markdown; charset=utf-8",
        "html": "text/html; charset=utf-8",
        "atom": "application/atom+xml; charset=utf-8",
    }
    nothing = client.get("/v1/digests", params={"from": "1999-01-01", "to": "1999-12-31"}).json()
    assert nothing["entries"] == []


@pytest.mark.parametrize(
    "params",
    [
        {},
        {"from": "2024-03-01"},
        {"from": "2024-03-01", "to": "2024-02-01"},
        {"from": "2024-02-30", "to": "2024-03-01"},
        {"from": "March", "to": "April"},
        {"from": "2024-03-01", "to": "2024-03-31", "format": "pdf"},
    ],
)
def test_digests_of_no_period_are_refused(client: TestClient, params: dict[str, str]) -> None:
    response = client.get("/v1/digests", params=params)
    assert (response.status_code, response.json()["error"]["code"]) == (422, "bad_input")


def test_the_feed_is_valid_atom_that_names_itself(client: TestClient) -> None:
    response = client.get("/v1/feed.atom?days=366&lang=ja")
    assert response.headers["content-type"] == "application/atom+xml; charset=utf-8"
    feed = ElementTree.fromstring(response.content)
    assert feed.tag == f"{ATOM}feed"
    links = [link.get("href") for link in feed.findall(f"{ATOM}link") if link.get("rel") == "self"]
    assert links == ["http://127.0.0.1/v1/feed.atom?days=366&lang=ja"]
    assert client.get("/v1/feed.atom?days=0").status_code == 422
