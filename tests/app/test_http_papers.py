"""Papers over HTTP: listing, one paper, its file and page images, uploading, removal."""

import io
import json
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from service import CRANES_ID, FROGS_ID, NOTES_ID, QuotingGenerator, filled_library, service

from indexes.library import Library

PNG = b"\x89PNG\r\n\x1a\n"

HERONS = """# Herons at Dawn

## Abstract

We watched herons at dawn. The herons caught 58 fish in an hour.
"""


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with filled_library(tmp_path) as library:
        yield library


@pytest.fixture
def client(library: Library) -> Iterator[TestClient]:
    with TestClient(service(library, QuotingGenerator()), base_url="http://127.0.0.1") as client:
        yield client


def ended(client: TestClient, job: dict[str, Any]) -> dict[str, Any]:
    deadline = time.monotonic() + 60
    while job["state"] in ("queued", "running"):
        assert time.monotonic() < deadline
        time.sleep(0.05)
        job = client.get(f"/v1/jobs/{job['job_id']}").json()
    return job


def titles(client: TestClient, **params: Any) -> list[str]:
    response = client.get("/v1/papers", params=params)
    assert response.status_code == 200, response.text
    return [stored["paper"]["title"] for stored in response.json()["papers"]]


def test_listing_sorts_filters_and_pages_with_a_total(client: TestClient) -> None:
    by_title = ["Counting Cranes from Quiet Drones", "Listening to Frogs at Night", "Notes on <b>Bats</b>"]
    assert titles(client, sort="title") == by_title
    assert titles(client, sort="published")[:2] == by_title[:2]
    assert titles(client, sort="title", limit=1, offset=1) == by_title[1:2]
    assert titles(client, q="FROGS") == by_title[1:2]
    assert titles(client, **{"from": "2024-01-01", "to": "2024-12"}) == by_title[:1]
    assert titles(client, language="ja") == []
    assert client.get("/v1/papers", params={"limit": 1}).json()["total"] == 3
    assert client.get("/v1/papers", params={"q": "frogs"}).json()["total"] == 1


@pytest.mark.parametrize(
    "params", [{"limit": 0}, {"limit": 201}, {"offset": -1}, {"sort": "size"}, {"language": "fr"}, {"from": "March"}]
)
def test_listing_refuses_values_out_of_range(client: TestClient, params: dict[str, Any]) -> None:
    response = client.get("/v1/papers", params=params)
    assert response.status_code == 422
    assert next(iter(params)) in response.json()["error"]["message"]


def test_one_paper_has_its_structure_and_can_be_named_by_a_prefix(client: TestClient) -> None:
    detail = client.get(f"/v1/papers/{CRANES_ID[:6]}").json()
    assert detail["paper"]["paper_id"] == CRANES_ID
    assert detail["passage_count"] == 2
    assert [page["number"] for page in detail["pages"]] == [1, 2, 3]
    assert detail["sections"] == [{"title": "4 Results", "level": 1, "parent": None, "page": 1}]


def test_removal_takes_the_whole_id_only(client: TestClient) -> None:
    assert client.delete(f"/v1/papers/{FROGS_ID[:8]}").status_code == 404
    assert client.get(f"/v1/papers/{FROGS_ID}").status_code == 200
    assert client.delete(f"/v1/papers/{FROGS_ID}").status_code == 204
    assert client.get(f"/v1/papers/{FROGS_ID}").status_code == 404
    assert client.delete(f"/v1/papers/{FROGS_ID}").status_code == 404


def test_a_pdf_is_shown_and_other_files_are_only_saved(client: TestClient) -> None:
    pdf = client.get(f"/v1/papers/{CRANES_ID}/file")
    assert pdf.headers["content-type"] == "application/pdf"
    assert pdf.headers["content-disposition"] == f'inline; filename="{CRANES_ID}.pdf"'
    assert pdf.content.startswith(b"%PDF")
    html = client.get(f"/v1/papers/{NOTES_ID}/file")
    assert html.headers["content-type"] == "text/plain; charset=utf-8"
    assert html.headers["content-disposition"].startswith("attachment")
    assert html.headers["x-content-type-options"] == "nosniff"
    missing = client.get(f"/v1/papers/{FROGS_ID}/file")
    assert (missing.status_code, missing.json()["error"]["code"]) == (404, "not_found")


def test_page_images_are_drawn_once_and_confirmed_by_etag(client: TestClient, library: Library) -> None:
    first = client.get(f"/v1/papers/{CRANES_ID}/pages/2.png", params={"scale": 1})
    assert first.status_code == 200, first.text
    assert first.headers["content-type"] == "image/png"
    assert first.content.startswith(PNG)
    library.papers.file_of(CRANES_ID).write_bytes(b"no PDF any more")
    again = client.get(f"/v1/papers/{CRANES_ID}/pages/2.png", params={"scale": 1})
    assert again.content == first.content
    same = client.get(
        f"/v1/papers/{CRANES_ID}/pages/2.png",
        params={"scale": 1},
        headers={"If-None-Match": first.headers["etag"]},
    )
    assert (same.status_code, same.content) == (304, b"")


def test_page_images_differ_by_scale(client: TestClient) -> None:
    tags = {client.get(f"/v1/papers/{CRANES_ID}/pages/1.png?scale={scale}").headers["etag"] for scale in (0.5, 1, 1.5)}
    assert len(tags) == 3


def test_page_tells_its_blocks_with_their_boxes(client: TestClient) -> None:
    told = client.get(f"/v1/papers/{CRANES_ID}/pages/1/blocks").json()
    assert (told["schema"], told["paper_id"], told["page"]["number"]) == ("ronbun.page_blocks/1", CRANES_ID, 1)
    assert [(block["order"], block["kind"], block["boxes"]) for block in told["blocks"]] == [
        (1, "paragraph", [[72.0, 100.0, 500.0, 110.0]]),
        (2, "paragraph", [[72.0, 100.0, 500.0, 110.0]]),
    ]
    assert client.get(f"/v1/papers/{CRANES_ID}/pages/2/blocks").json()["blocks"] == []


@pytest.mark.parametrize(
    ("path", "status"),
    [
        (f"{CRANES_ID}/pages/4.png", 404),
        (f"{CRANES_ID}/pages/0.png", 422),
        (f"{CRANES_ID}/pages/-1.png", 422),
        (f"{CRANES_ID}/pages/one.png", 422),
        (f"{CRANES_ID}/pages/1.png?scale=50", 422),
        (f"{CRANES_ID}/pages/1.png?scale=nan", 422),
        (f"{NOTES_ID}/pages/1.png", 404),
        (f"{NOTES_ID}/pages/1/blocks", 404),
        (f"{CRANES_ID}/pages/4/blocks", 404),
        (f"{CRANES_ID}/pages/0/blocks", 422),
        ("ffff/pages/1.png", 404),
        ("..%2f..%2fetc%2fpasswd/pages/1.png", 404),
    ],
)
def test_pages_that_are_not_there_are_refused(client: TestClient, path: str, status: int) -> None:
    assert client.get(f"/v1/papers/{path}").status_code == status


def test_an_upload_becomes_a_paper_under_its_own_name_and_leaves_nothing_behind(
    client: TestClient, library: Library
) -> None:
    files = [("file", ("../../herons.md", io.BytesIO(HERONS.encode()), "text/markdown"))]
    response = client.post("/v1/papers", files=files)
    assert response.status_code == 202
    job = ended(client, response.json())
    assert job["state"] == "done", job
    (added,) = job["report"]["added"]
    assert (added["title"], added["source"]) == ("Herons at Dawn", "herons.md")
    assert client.get(f"/v1/papers/{added['paper_id']}").json()["paper"]["source"] == "herons.md"
    assert list((library.path / "uploads").iterdir()) == []
    again = ended(client, client.post("/v1/papers", files=files).json())
    assert [len(again["report"][key]) for key in ("added", "unchanged", "failed")] == [0, 1, 0]


def test_a_bad_file_among_good_ones_fails_alone(client: TestClient) -> None:
    files = [
        ("file", ("herons.md", io.BytesIO(HERONS.encode()), "text/markdown")),
        ("file", ("broken.pdf", io.BytesIO(b"%PDF-1.7 and nothing else"), "application/pdf")),
    ]
    job = ended(client, client.post("/v1/papers", files=files).json())
    assert job["state"] == "done"
    assert [added["source"] for added in job["report"]["added"]] == ["herons.md"]
    (failed,) = job["report"]["failed"]
    assert failed["source"] == "broken.pdf"
    assert "uploads" not in json.dumps(job)


def test_a_job_whose_only_file_is_bad_fails_with_its_reason(client: TestClient) -> None:
    files = {"file": ("broken.pdf", io.BytesIO(b"%PDF-1.7 and nothing else"), "application/pdf")}
    job = ended(client, client.post("/v1/papers", files=files).json())
    assert (job["state"], job["report"]) == ("failed", None)
    assert "broken.pdf" in job["error"]["message"]
    assert job["error"]["hint"]
    assert job["error"]["code"] != "error"


@pytest.mark.parametrize(
    ("name", "content", "status"),
    [("paper.exe", b"MZ", 415), ("empty.pdf", b"", 422), ("noname", b"x", 415)],
)
def test_uploads_of_no_use_are_refused_at_once(client: TestClient, name: str, content: bytes, status: int) -> None:
    response = client.post("/v1/papers", files={"file": (name, io.BytesIO(content))})
    assert response.status_code == status
    assert name in response.json()["error"]["message"]
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_a_form_without_files_or_with_too_many_is_refused(client: TestClient) -> None:
    boundary = {"Content-Type": "multipart/form-data; boundary=xyz"}
    none = client.post(
        "/v1/papers",
        content=b'--xyz\r\nContent-Disposition: form-data; name="a"\r\n\r\nb\r\n--xyz--\r\n',
        headers=boundary,
    )
    assert none.status_code == 422
    many = [("file", (f"{number}.txt", io.BytesIO(b"text"))) for number in range(6)]
    assert client.post("/v1/papers", files=many).status_code == 422
    assert client.post("/v1/papers", content=b"no form at all", headers=boundary).status_code == 422
    no_boundary = client.post("/v1/papers", content=b"x", headers={"Content-Type": "multipart/form-data"})
    assert no_boundary.status_code == 422


@pytest.mark.parametrize(
    "source", ["/etc/passwd", "../library.sqlite3", "file:///etc/passwd", "ftp://a/b.pdf", "~/x.pdf", "*"]
)
def test_places_on_the_servers_disk_are_no_sources(client: TestClient, source: str) -> None:
    response = client.post("/v1/papers", json={"source": source})
    assert response.status_code == 422
    assert source[:20] in response.json()["error"]["message"]
    assert client.get("/v1/jobs").json()["jobs"] == []


def test_an_address_becomes_a_job_and_private_ones_are_not_fetched(client: TestClient) -> None:
    response = client.post("/v1/papers", json={"source": "http://127.0.0.1:9/paper.pdf"})
    assert response.status_code == 202
    job = ended(client, response.json())
    assert (job["state"], job["error"]["code"]) == ("failed", "not_allowed")


@pytest.mark.parametrize("body", [{}, {"source": 3}, {"source": ""}, {"source": "arxiv:1", "x": 1}, [], "text", None])
def test_json_of_another_shape_is_refused(client: TestClient, body: Any) -> None:
    response = client.post("/v1/papers", json=body)
    assert response.status_code == 422
    assert "body" in response.json()["error"]["message"]
