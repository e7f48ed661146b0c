"""`POST /v1/search`: filters, instructions, and how the query was understood."""

from collections.abc import Iterator
from typing import Any

import pytest
from fastapi.testclient import TestClient
from service import CRANES_ID, FROGS_ID, QuotingGenerator, filled_library, service

from app.http.search import SearchFilters
from app.schemas import SearchOutput
from indexes.query.filters import Filters


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TestClient]:
    with (
        filled_library(tmp_path_factory.mktemp("search")) as library,
        TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client,
    ):
        yield client


def found(client: TestClient, **body: Any) -> dict[str, Any]:
    response = client.post("/v1/search", json={"query": "How many were counted near the pond?", **body})
    assert response.status_code == 200, response.text
    output: dict[str, Any] = response.json()
    SearchOutput.model_validate(output)
    return output


def papers(output: dict[str, Any]) -> set[str]:
    return {hit["paper_id"] for hit in output["hits"]}


def test_filters_have_the_names_of_the_record() -> None:
    assert set(SearchFilters.model_fields) == set(Filters.__dataclass_fields__)
    assert SearchFilters().to_filters() == Filters()


def test_filters_narrow_and_are_told_in_words(client: TestClient) -> None:
    assert papers(found(client)) >= {CRANES_ID, FROGS_ID}
    output = found(client, filters={"published_from": "2024", "authors": ["Mori"], "papers_excluded": [FROGS_ID]})
    assert papers(output) == {CRANES_ID}
    assert output["understood"]["filters"] == ["published since 2024", "by Mori", "without 1 paper named"]


def test_instruction_orders_and_contributions_come_when_asked(client: TestClient) -> None:
    output = found(client, instruction="not about cranes or drones", explain=True)
    assert output["understood"]["penalties"] == ["not: cranes", "not: drones"]
    assert output["hits"][0]["paper_id"] != CRANES_ID
    for hit in output["hits"]:
        assert sum(one["amount"] for one in hit["contributions"]) == pytest.approx(hit["score"], abs=1e-4)
    silent = found(client, instruction="not about cranes or drones")
    assert [hit["contributions"] for hit in silent["hits"]] == [[]] * len(silent["hits"])
    assert [hit["passage_id"] for hit in silent["hits"]] == [hit["passage_id"] for hit in output["hits"]]


def test_what_the_query_says_itself_is_read_and_told(client: TestClient) -> None:
    output = found(client, query="counting near the pond, since 2030")
    assert output["hits"] == []
    assert output["understood"] == {
        "text": "counting near the pond",
        "filters": ["published since 2030"],
        "penalties": [],
        "translated": [],
    }


@pytest.mark.parametrize(
    "body",
    [
        {"filters": {"published_from": "soon"}},
        {"filters": {"published_from": "2023-02-30"}},
        {"filters": {"published_from": "2024", "published_to": "2023"}},
        {"filters": {"authors": [""]}},
        {"filters": {"kinds": ["reference"]}},
        {"filters": {"year": "2024"}},
        {"instruction": "a" * 2_001},
        {"query": "papers since 2024 on frogs", "filters": {"published_to": "2020"}},
    ],
)
def test_what_no_paper_could_meet_is_refused(client: TestClient, body: dict[str, Any]) -> None:
    response = client.post("/v1/search", json={"query": "frogs", **body})
    assert response.status_code == 422
    assert response.json()["error"]["hint"]


def test_a_paper_to_leave_out_must_be_there(client: TestClient) -> None:
    assert (
        client.post("/v1/search", json={"query": "a", "filters": {"papers_excluded": ["nothere"]}}).status_code == 404
    )
