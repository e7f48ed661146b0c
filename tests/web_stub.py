"""A stand-in for the service: canned JSON in the published shapes, and a list of what the page asked for."""

from __future__ import annotations

import io
import json
import re
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

from PIL import Image

from app.http.context import SECURITY_HEADERS

STATIC = Path(__file__).resolve().parent.parent / "app" / "web" / "static"
MEDIA_TYPES = {
    ".html": "text/html; charset=utf-8",
    ".js": "text/javascript",
    ".css": "text/css",
    ".svg": "image/svg+xml",
}
PAGE_WIDTH, PAGE_HEIGHT = 600.0, 800.0
HOSTILE = '<img src=x onerror="window.pwned=1"><script>window.pwned=1</script>'


def paper(paper_id: str, title: str, **changes: Any) -> dict[str, Any]:
    """A paper's JSON."""
    return {
        "paper_id": paper_id,
        "title": title,
        "authors": ["Ada Ito", "Ben Olsen"],
        "published": "2026-11-20",
        "updated": None,
        "url": "javascript:alert(1)",
        "arxiv_id": None,
        "doi": None,
        "categories": ["cs.IR"],
        "language": "en",
        "abstract": f"We study {title}.",
        "source": f"{paper_id}.pdf",
        "source_kind": "pdf",
        "content_sha256": "0" * 64,
        "page_count": 3,
        "venue": "Journal of Night Birds",
        "arxiv_version": None,
        "role": "paper",
        "about": None,
    } | changes


def citation(marker: int, quote: str, *, page: int = 2, box: tuple[float, ...] = (60, 200, 360, 240)) -> dict[str, Any]:
    """A citation's JSON with one box on its page and one on the next."""
    places = [{"page": page, "box": list(box)}, {"page": page + 1, "box": [60, 80, 300, 96]}]
    return {
        "marker": marker,
        "paper_id": "aaaa00000001",
        "title": "Owls at night",
        "passage_id": "aaaa00000001-0003",
        "section": "3 Results",
        "page": page,
        "boxes": [list(box)],
        "places": places,
        "quote": quote,
    }


def claim(text: str, markers: list[int], verdict: str = "supported", reason: str = "quote_exists") -> dict[str, Any]:
    """A claim's JSON."""
    return {"text": text, "verdict": verdict, "reason": reason, "markers": markers, "checks": []}


def hit(text: str) -> dict[str, Any]:
    """A hit's JSON."""
    return {
        "rank": 1,
        "score": 0.5,
        "passage_id": "aaaa00000001-0001",
        "paper_id": "aaaa00000001",
        "title": "Owls at night",
        "section": "1 Introduction",
        "page": 1,
        "page_last": 1,
        "text": text,
    }


def answer(question: str, **changes: Any) -> dict[str, Any]:
    """An answer's JSON: two claims, the second of which failed a check."""
    claims = [
        claim("Owls were heard on 12 of 14 nights.", [1]),
        claim("Owls were heard on 40 nights.", [1, 2], "contradicted", "numbers: 40 is not in the quote"),
    ]
    return {
        "schema": "ronbun.answer/1",
        "question": question,
        "language": "en",
        "status": "answered",
        "text": "Owls were heard on 12 of 14 nights [1].",
        "claims": claims,
        "citations": [citation(1, "heard on 12 of 14 nights"), citation(2, "the nights were cold", page=1)],
        "hits": [hit("Owls call at dusk.")],
        "provenance": {},
    } | changes


ABSENT = {"status": "not_in_paper", "text": "Not stated in the paper.", "claims": [], "citations": []}


def sheet(language: str) -> dict[str, Any]:
    """A sheet's JSON with one question."""
    asked = "何夜聞こえましたか?" if language == "ja" else "On how many nights were owls heard?"
    return {
        "schema": "ronbun.sheet/1",
        "paper": paper("aaaa00000001", "Owls at night"),
        "language": language,
        "one_line": "Owls were heard on 12 of 14 nights [1].",
        "one_line_citations": [citation(1, "heard on 12 of 14 nights")],
        "summary": "Owls call at dusk [1]. A bracket [9] without a quote stays text.",
        "summary_citations": [citation(1, "call at dusk")],
        "items": [{"question": asked, "facet": "main_result", "answer": answer(asked)}],
        "findings": [],
        "provenance": {},
    }


def job(job_id: str, state: str, progress: float, **changes: Any) -> dict[str, Any]:
    """A job's JSON."""
    return {
        "schema": "ronbun.job/1",
        "job_id": job_id,
        "kind": "ingest",
        "state": state,
        "progress": progress,
        "message": "reading",
        "report": None,
        "error": None,
        "created_at": "2026-11-22T00:00:00Z",
        "updated_at": "2026-11-22T00:00:00Z",
    } | changes


def error(code: str, message: str, hint: str) -> dict[str, Any]:
    """The one error shape."""
    return {"error": {"code": code, "message": message, "hint": hint, "request_id": "req-1"}}


VERDICT = {
    "level": "good",
    "summary": "3 pages",
    "sections": 1,
    "tables": 0,
    "references": 12,
    "has_abstract": True,
    "reasons": [],
}


def page_json(number: int) -> dict[str, Any]:
    """A page's JSON."""
    return {
        "number": number,
        "label": str(number),
        "width": PAGE_WIDTH,
        "height": PAGE_HEIGHT,
        "engine": "pdfium",
        "quality": 0.9,
    }


def page_blocks(paper_id: str, number: int) -> dict[str, Any]:
    """The JSON of a page's blocks: a heading and a paragraph of two lines."""
    return {
        "schema": "ronbun.page_blocks/1",
        "paper_id": paper_id,
        "page": page_json(number),
        "blocks": [
            {"order": 4, "kind": "heading", "text": "3 Results", "boxes": [[60, 100, 160, 114]]},
            {"order": 5, "kind": "paragraph", "text": HOSTILE, "boxes": [[60, 200, 360, 212], [60, 214, 240, 226]]},
        ],
        "findings": [],
    }


@dataclass
class Stub:
    """What the stand-in holds, and every request that it got as (method, path with query, JSON or None)."""

    papers: list[dict[str, Any]] = field(
        default_factory=lambda: [
            paper("aaaa00000001", "Owls at night"),
            paper("bbbb00000002", HOSTILE, published="2025-03", authors=[HOSTILE]),
        ]
    )
    findings: list[dict[str, Any]] = field(default_factory=list)
    verdict: dict[str, Any] = field(default_factory=dict)
    key: str | None = None
    answer_changes: dict[str, Any] = field(default_factory=dict)
    ask_error: dict[str, Any] | None = None
    sheets: set[str] = field(default_factory=lambda: {"en", "ja"})
    events_break: bool = False
    uploaded: bytes = b""
    requests: list[tuple[str, str, Any]] = field(default_factory=list)
    progress: list[dict[str, Any]] = field(default_factory=list)
    claim_gate: threading.Event = field(default_factory=threading.Event)
    job_polls: int = 0
    url: str = ""

    def asked(self, method: str, prefix: str) -> list[Any]:
        """The bodies of the requests whose path begins so."""
        return [body for verb, path, body in self.requests if verb == method and path.startswith(prefix)]


class Handler(BaseHTTPRequestHandler):
    """Answers from `server.stub`."""

    def log_message(self, *_: object) -> None:
        """Say nothing."""

    @property
    def stub(self) -> Stub:
        stub = self.server.stub  # type: ignore[attr-defined]
        assert isinstance(stub, Stub)
        return stub

    def do_GET(self) -> None:
        self.handle_one("GET")

    def do_POST(self) -> None:
        self.handle_one("POST")

    def do_DELETE(self) -> None:
        self.handle_one("DELETE")

    def handle_one(self, method: str) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        is_json = self.headers.get("Content-Type") == "application/json"
        self.stub.requests.append((method, self.path, json.loads(body) if is_json else None))
        path = urlsplit(self.path).path
        if path == "/" or path.startswith("/static/"):
            self.send_static(path)
        elif self.stub.key is not None and self.headers.get("Authorization") != f"Bearer {self.stub.key}":
            self.send_json(error("not_allowed", "this service needs an API key", "Send a key."), status=401)
        else:
            self.route(method, path, body)

    def route(self, method: str, path: str, body: bytes) -> None:
        query = {name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()}
        if (method, path) == ("GET", "/v1/papers"):
            self.send_papers(query)
        elif (method, path) == ("POST", "/v1/papers"):
            self.stub.uploaded = body
            self.send_json(job("ingest", "queued", 0.0), status=202)
        elif (method, path) == ("POST", "/v1/ask"):
            self.send_answer(json.loads(body)["question"])
        elif path.startswith("/v1/jobs/"):
            self.send_job(path.removeprefix("/v1/jobs/"))
        elif re.fullmatch(r"/v1/papers/\w+/sheet", path):
            self.send_sheet(method, query["lang"])
        elif re.fullmatch(r"/v1/papers/\w+/pages/\d+\.png", path):
            self.send_bytes(page_png(), "image/png")
        elif found := re.fullmatch(r"/v1/papers/(\w+)/pages/(\d+)/blocks", path):
            self.send_json(page_blocks(found[1], int(found[2])))
        elif method == "DELETE":
            self.stub.papers = [held for held in self.stub.papers if not path.endswith(held["paper_id"])]
            self.send_bytes(b"", "text/plain", status=204)
        else:
            self.send_detail(path.rsplit("/", 1)[-1])

    def send_papers(self, query: dict[str, str]) -> None:
        found = [held for held in self.stub.papers if query.get("q", "").lower() in held["title"].lower()]
        listed = [{"paper": held, "passage_count": 9, "parser": "p", "added_at": "2026-11-22"} for held in found]
        self.send_json({"schema": "ronbun.papers/1", "total": len(found), "papers": listed})

    def send_detail(self, paper_id: str) -> None:
        found = [held for held in self.stub.papers if held["paper_id"] == paper_id]
        if not found:
            self.send_json(error("not_found", f"no paper {paper_id!r}", "GET /v1/papers lists them."), status=404)
            return
        detail = {
            "schema": "ronbun.paper/1",
            "paper": found[0],
            "passage_count": 9,
            "parser": "p",
            "added_at": "2026-11-22",
            "verdict": VERDICT | self.stub.verdict,
            "affiliations": [{"name": "Owl Institute", "authors": [0, 1]}],
            "pages": [page_json(number) for number in (1, 2, 3)],
            "sections": [{"title": "1 Introduction", "level": 1, "parent": None, "page": 1}],
            "findings": self.stub.findings,
        }
        self.send_json(detail)

    def send_answer(self, question: str) -> None:
        if self.stub.ask_error is not None:
            self.send_json(self.stub.ask_error, status=429)
            return
        whole = answer(question, **self.stub.answer_changes)
        self.begin("text/event-stream")
        self.event("retrieved", {"hits": whole["hits"]})
        for step in self.stub.progress:
            self.event("progress", step)
        for made in whole["claims"]:
            self.event("claim", made)
        self.wfile.write(b": keep-alive\r\n\r\n")
        self.stub.claim_gate.wait(10)
        self.event("done", whole)

    def send_sheet(self, method: str, language: str) -> None:
        if method == "POST":
            self.stub.sheets.add(language)
            self.send_json(job("sheet", "queued", 0.0, kind="sheet"), status=202)
        elif language in self.stub.sheets:
            self.send_json(sheet(language))
        else:
            self.send_json(error("not_found", "no sheet yet", "POST makes it."), status=404)

    def send_job(self, rest: str) -> None:
        job_id, _, events = rest.partition("/")
        report = {
            "schema": "ronbun.ingest/1",
            "added": [{"paper_id": "cccc00000003", "source": "x", "title": "Bats by day", "pages": 3, "passages": 9}],
            "unchanged": [],
            "failed": [
                {"source": "a/bad.pdf", "code": "unreadable_source", "message": "no pages", "hint": "Print it."}
            ],
        }
        if all(held["paper_id"] != "cccc00000003" for held in self.stub.papers):
            self.stub.papers.append(paper("cccc00000003", "Bats by day"))
        ended = job(job_id, "done", 1.0, message="done", report=report)
        if events:
            self.begin("text/event-stream")
            self.event("progress", job(job_id, "running", 0.5))
            if not self.stub.events_break:
                self.event("done", ended)
        else:
            self.stub.job_polls += 1
            self.send_json(ended)

    def send_static(self, path: str) -> None:
        file = STATIC / ("index.html" if path == "/" else path.removeprefix("/static/"))
        self.send_bytes(file.read_bytes(), MEDIA_TYPES[file.suffix])

    def send_json(self, value: object, *, status: int = 200) -> None:
        self.send_bytes(json.dumps(value).encode(), "application/json", status=status)

    def send_bytes(self, content: bytes, media_type: str, *, status: int = 200) -> None:
        self.begin(media_type, status=status)
        self.wfile.write(content)

    def begin(self, media_type: str, *, status: int = 200) -> None:
        self.send_response(status)
        for name, value in SECURITY_HEADERS.items():
            self.send_header(name, value)
        self.send_header("Content-Type", media_type)
        self.end_headers()

    def event(self, name: str, value: object) -> None:
        self.wfile.write(f"event: {name}\ndata: {json.dumps(value)}\n\n".encode())
        self.wfile.flush()


def page_png() -> bytes:
    """A white page at two pixels a point."""
    file = io.BytesIO()
    Image.new("L", (int(2 * PAGE_WIDTH), int(2 * PAGE_HEIGHT)), 255).save(file, "PNG")
    return file.getvalue()


@contextmanager
def serving(stub: Stub) -> Iterator[Stub]:
    """Serve the stub on a free port of loopback."""
    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    server.stub = stub  # type: ignore[attr-defined]
    stub.url = f"http://127.0.0.1:{server.server_address[1]}"
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.05}, daemon=True)
    thread.start()
    try:
        yield stub
    finally:
        stub.claim_gate.set()
        server.shutdown()
        thread.join()
        server.server_close()
