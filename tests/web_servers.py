"""Servers on loopback that answer as arXiv, Crossref and publishers do, with texts that the tests made up."""

import json
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from xml.sax.saxutils import escape


@dataclass(frozen=True)
class Told:
    """One answer. `pieces` are sent one by one, with `pause_s` between them; `length` may lie about the body."""

    status: int = 200
    body: bytes = b""
    content_type: str = "text/html; charset=utf-8"
    headers: Mapping[str, str] = field(default_factory=dict)
    pause_s: float = 0.0
    pieces: Sequence[bytes] = ()
    length: int | None = None
    is_slow_to_begin: bool = False


@dataclass
class WebServer:
    """A running server: its base address, and what it was asked, in order."""

    base: str
    asked: list[str] = field(default_factory=list)
    agents: list[str] = field(default_factory=list)


Route = Told | Sequence[Told] | Callable[[str], Told]


@contextmanager
def web_server(routes: Mapping[str, Route]) -> Iterator[WebServer]:
    """Serve `routes`: a path to one answer, to answers in turn (the last again and again), or to a function of it."""
    server = WebServer("")
    given: dict[str, int] = {}
    stopped = threading.Event()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            server.asked.append(self.path)
            server.agents.append(self.headers.get("User-Agent", ""))
            route = routes.get(self.path) or routes.get(self.path.partition("?")[0]) or Told(404, b"Nothing here.")
            if isinstance(route, Sequence):
                given[self.path] = given.get(self.path, -1) + 1
                route = route[min(given[self.path], len(route) - 1)]
            self._tell(route(self.path) if callable(route) else route)

        def _tell(self, told: Told) -> None:
            pieces = told.pieces or [told.body]
            length = sum(map(len, pieces)) if told.length is None else told.length
            self.send_response(told.status)
            self.send_header("Content-Type", told.content_type)
            self.send_header("Content-Length", str(length))
            self.send_header("Connection", "close")
            for name, value in told.headers.items():
                self.send_header(name, value)
            if told.is_slow_to_begin:
                while not stopped.wait(0.05):
                    try:
                        self.wfile.write(b"HTTP/1.1 100 Continue\r\n\r\n")
                    except OSError:
                        return
                return
            self.end_headers()
            self.close_connection = True
            for piece in pieces:
                try:
                    self.wfile.write(piece)
                except OSError:  # the reader left
                    return
                stopped.wait(told.pause_s)

        def log_message(self, format: str, *arguments: object) -> None:
            pass

    listener = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    listener.daemon_threads = True
    server.base = f"http://127.0.0.1:{listener.server_port}"
    thread = threading.Thread(target=listener.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield server
    finally:
        stopped.set()
        listener.shutdown()
        thread.join()
        listener.server_close()


def redirect(to: str, status: int = 302) -> Told:
    """An answer that sends the reader on."""
    return Told(status, b"", headers={"Location": to})


def atom_feed(*entries: str) -> Told:
    """A feed in the shape of arXiv's."""
    body = f"""<?xml version='1.0' encoding='UTF-8'?>
<feed xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/" xmlns:arxiv="http://arxiv.org/schemas/atom"
 xmlns="http://www.w3.org/2005/Atom"><id>https://arxiv.org/api/anything</id><title>arXiv Query: id_list</title>
<updated>2026-01-02T00:00:00Z</updated><opensearch:totalResults>{len(entries)}</opensearch:totalResults>
{"".join(entries)}</feed>"""
    return Told(200, body.encode(), "application/atom+xml; charset=utf-8")


def atom_entry(paper: str = "2401.01234v2", *, more: str = "", **changes: str) -> str:
    """An entry of such a feed; `changes` replace its fields, `more` goes in at its end."""
    fields = {
        "title": "Counting Cranes at Dusk\n  from Quiet Drones",
        "summary": "We count cranes\n from drones. The error is 3.1 %.",
        "published": "2024-01-03T10:00:00Z",
        "updated": "2024-03-29T17:59:59Z",
        **changes,
    }
    stated = "".join(f"<{name}>{escape(text)}</{name}>" for name, text in fields.items())
    return f"""<entry><id>http://arxiv.org/abs/{paper}</id>{stated}
<author><name>Aya Mori</name><arxiv:affiliation>Marsh Institute</arxiv:affiliation></author>
<author><name>Jon Field</name></author>
<arxiv:primary_category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
<category term="cs.CV" scheme="http://arxiv.org/schemas/atom"/>
<category term="q-bio.PE" scheme="http://arxiv.org/schemas/atom"/>
<category term="68T45" scheme="http://arxiv.org/schemas/msc"/>
<link href="http://arxiv.org/pdf/{paper}" rel="related" type="application/pdf"/>{more}</entry>"""


def crossref_work(doi: str = "10.5555/cranes.7", **changes: Any) -> Told:
    """A record in the shape of Crossref's; `changes` replace its fields."""
    message = {
        "DOI": doi.upper(),
        "type": "journal-article",
        "title": ["Counting <i>Grus</i> cranes at dusk &amp; dawn"],
        "author": [
            {"given": "Aya", "family": "Mori", "sequence": "first", "affiliation": [{"name": "Marsh Institute"}]},
            {"name": "The Marsh Collective", "sequence": "additional", "affiliation": []},
        ],
        "abstract": "<jats:title>Abstract</jats:title><jats:p>We count <jats:italic>cranes</jats:italic>.</jats:p>",
        "published": {"date-parts": [[2021, 5, 3]]},
        "issued": {"date-parts": [[2021]]},
        "container-title": ["Journal of Marsh Studies"],
        "ISSN": ["1234-5678"],
        **changes,
    }
    body = json.dumps({"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": message})
    return Told(200, body.encode(), "application/json", {"X-Rate-Limit-Limit": "50", "X-Rate-Limit-Interval": "1s"})
