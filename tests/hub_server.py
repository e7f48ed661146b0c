"""A server that answers as the model hub does, and one for its files.

HEAD tells the linked file's size and hash, content is redirected to another origin, ranges are served; and each of the
ways in which that goes wrong.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

COMMIT = "1f" * 20
CHUNK_BYTES = 4096


@dataclass
class Seen:
    """One request: where it went, and the headers that matter."""

    server: str
    method: str
    path: str
    authorization: str | None
    range: str | None


@dataclass
class HubScript:
    """What the hub holds, and how it behaves."""

    files: dict[str, bytes] = field(default_factory=dict)  # "owner/repo/file.gguf" -> content
    named_sha256: str | None = None  # instead of the true one
    break_after_bytes: list[int] = field(default_factory=list)  # each transfer in turn breaks off there
    statuses: list[int] = field(default_factory=list)  # each request to the hub in turn gets this instead
    content_statuses: list[int | None] = field(default_factory=list)  # the same of the files' server; None: served
    gated_token: str | None = None  # only given with this
    ignores_ranges: bool = False
    omits_hash: bool = False
    seen: list[Seen] = field(default_factory=list)
    url: str = ""
    content_url: str = ""

    def gets(self) -> list[Seen]:
        """The requests for content."""
        return [one for one in self.seen if one.server == "content"]


class _Handler(BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    script: HubScript
    name = ""

    def do_HEAD(self) -> None:
        self._answer()

    def do_GET(self) -> None:
        self._answer()

    def log_message(self, format: str, *args: object) -> None:
        pass

    def _answer(self) -> None:
        headers = self.headers
        self.script.seen.append(
            Seen(self.name, self.command, self.path, headers.get("authorization"), headers.get("range"))
        )
        self.serve()

    def serve(self) -> None:
        raise NotImplementedError

    def refuse(self, status: int, **headers: str) -> None:
        self.send_response(status)
        for key, value in headers.items():
            self.send_header(key.replace("_", "-"), value)
        self.send_header("Content-Length", "0")
        self.end_headers()


class _HubHandler(_Handler):
    name = "hub"

    def serve(self) -> None:
        script = self.script
        if script.statuses:
            return self.refuse(script.statuses.pop(0), Retry_After="0")
        owner, repo, _, revision, file = self.path.lstrip("/").split("/", 4)
        held = {name.rsplit("/", 1)[0] for name in script.files}
        if f"{owner}/{repo}" not in held:
            return self.refuse(401, X_Error_Code="RepoNotFound")
        if script.gated_token and self.headers.get("authorization") != f"Bearer {script.gated_token}":
            return self.refuse(401, X_Error_Code="GatedRepo", X_Error_Message="Access to model is restricted.")
        content = script.files.get(f"{owner}/{repo}/{file}")
        if content is None:
            return self.refuse(404, X_Error_Code="EntryNotFound", X_Repo_Commit=COMMIT)
        assert revision in ("main", COMMIT)
        sha256 = script.named_sha256 or hashlib.sha256(content).hexdigest()
        self.send_response(302)
        self.send_header("X-Repo-Commit", COMMIT)
        self.send_header("X-Linked-Size", str(len(content)))
        if not script.omits_hash:
            self.send_header("X-Linked-ETag", f'"{sha256}"')
        self.send_header("ETag", '"not-the-content"')
        self.send_header("Location", f"{script.content_url}/{owner}/{repo}/{file}?signature=1")
        self.send_header("Content-Length", "0")
        return self.end_headers()


class _ContentHandler(_Handler):
    name = "content"

    def serve(self) -> None:
        script = self.script
        if script.content_statuses and (status := script.content_statuses.pop(0)):
            return self.refuse(status, Retry_After="0")
        content = script.files[self.path.lstrip("/").partition("?")[0]]
        start = 0
        if (asked := self.headers.get("range")) and not script.ignores_ranges:
            start = int(asked.removeprefix("bytes=").rstrip("-").split("-")[0])
            if start >= len(content):
                return self.refuse(416)
            self.send_response(206)
            self.send_header("Content-Range", f"bytes {start}-{len(content) - 1}/{len(content)}")
        else:
            self.send_response(200)
        self.send_header("Content-Length", str(len(content) - start))
        self.end_headers()
        end = script.break_after_bytes.pop(0) if script.break_after_bytes else len(content)
        for place in range(start, end, CHUNK_BYTES):
            self.wfile.write(content[place : min(place + CHUNK_BYTES, end)])
        if end < len(content):
            self.close_connection = True
        return None


@contextmanager
def running_hub(script: HubScript) -> Iterator[HubScript]:
    """Serve both on free ports of this machine until the block ends."""
    servers = []
    for handler in (_HubHandler, _ContentHandler):
        bound = type(handler.__name__, (handler,), {"script": script})
        servers.append(ThreadingHTTPServer(("127.0.0.1", 0), bound))
    script.url, script.content_url = (f"http://127.0.0.1:{server.server_address[1]}" for server in servers)
    threads = [threading.Thread(target=server.serve_forever, daemon=True) for server in servers]
    for thread in threads:
        thread.start()
    try:
        yield script
    finally:
        for server, thread in zip(servers, threads, strict=True):
            server.shutdown()
            thread.join()
            server.server_close()
