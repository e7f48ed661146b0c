"""Addresses to files and bytes, through the one web client, within limits of size, kind and time."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx

from indexes.errors import NotFound, TooLarge, UnreadableSource, UnsupportedSource
from ingest.content_encoding import content_pieces
from ingest.fetch_settings import FetchSettings
from ingest.kinds import KIND_OF_SUFFIX
from ingest.limits import MEBIBYTE
from ingest.retrying import asked_wait_s
from ingest.turns import Turns
from ingest.web_client import MAX_REDIRECTS, Opened, WebClient

__all__ = ["MAX_REDIRECTS", "FetchSettings", "Fetched", "Fetcher", "Reply", "fetcher_for"]

_SNIFFED_BYTES = 1024
_SUFFIX_OF_TYPE = {
    "application/pdf": ".pdf",
    "text/html": ".html",
    "application/xhtml+xml": ".html",
    "text/markdown": ".md",
    "text/x-markdown": ".md",
    "text/plain": ".txt",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/jsonlines": ".jsonl",
}
_USER_AGENT = "ronbun"
_ACCEPTED = "application/pdf, text/html;q=0.9, text/*;q=0.8, */*;q=0.5"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded file, and the address that it came from in the end."""

    path: Path
    url: str


@dataclass(frozen=True, slots=True)
class Reply:
    """What a registry answered, whole: its status, the type without parameters, and the bytes."""

    status: int
    content_type: str
    body: bytes


@dataclass(frozen=True, slots=True)
class Fetcher:
    """Downloads with one client's limits."""

    client: WebClient

    @property
    def settings(self) -> FetchSettings:
        """Return the limits."""
        return self.client.settings

    def fetch_arxiv(self, arxiv_id: str, *, folder: Path) -> Fetched:
        """Download a paper's PDF from arXiv; an id with a version gives that version."""
        return self.fetch(f"{self.settings.arxiv_base_url.rstrip('/')}/pdf/{arxiv_id}", folder=folder)

    def fetch(self, url: str, *, folder: Path) -> Fetched:
        """Download the address into a new file in `folder`, with the suffix of what it holds.

        Raises:
            BadInput, NotAllowed: the address cannot or may not be reached.
            NotFound: the server says that nothing is there.
            TooLarge: it is over the limit.
            UnsupportedSource: what it holds is no kind that Ronbun reads.
            UnreadableSource: the server failed, or took too long.
            Busy: other sources kept the server busy.
        """
        with self.client.opened(url, headers={"User-Agent": _USER_AGENT, "Accept": _ACCEPTED}) as opened:
            _check_status(opened)
            return self._save(opened, folder=folder)

    def ask(self, url: str, *, accept: str, max_bytes: int, mailto: str = "") -> Reply:
        """Ask for a small answer and return it whatever its status; `mailto` tells the server whom to write to.

        Raises:
            TooLarge: the answer is over `max_bytes`.
            UnreadableSource, NotAllowed, BadInput, Busy: as `fetch`; also a status that asks to come back later.
        """
        agent = f"{_USER_AGENT} (mailto:{mailto})" if mailto else _USER_AGENT
        with self.client.opened(url, headers={"User-Agent": agent, "Accept": accept}) as opened:
            response = opened.response
            if response.status_code == 429 or response.status_code >= 500:
                raise _failed(opened)
            too_large = TooLarge(f"{opened.url}: the answer is over {max_bytes} bytes", hint="Check the address.")
            body = b"".join(self._pieces(opened, limit=max_bytes, too_large=too_large))
            content_type = response.headers.get("content-type", "").partition(";")[0].strip().lower()
            return Reply(response.status_code, content_type, body)

    def _save(self, opened: Opened, *, folder: Path) -> Fetched:
        limit_mb = self.settings.max_file_mb
        too_large = TooLarge(f"{opened.url} is over the limit of {limit_mb} MiB", hint="Raise RONBUN_MAX_UPLOAD_MB.")
        opening = b""
        handle = tempfile.NamedTemporaryFile(dir=folder, prefix="fetched-", delete=False)  # noqa: SIM115
        path = Path(handle.name)
        try:
            with handle:
                for piece in self._pieces(opened, limit=limit_mb * MEBIBYTE, too_large=too_large):
                    opening = opening if len(opening) >= _SNIFFED_BYTES else (opening + piece)[:_SNIFFED_BYTES]
                    handle.write(piece)
            suffix = _suffix(opening, opened.response.headers.get("content-type", ""), opened.url)
            return Fetched(path.rename(path.with_suffix(suffix)), opened.url)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _pieces(self, opened: Opened, *, limit: int, too_large: TooLarge) -> Iterator[bytes]:
        """Yield the body's content; neither its bytes nor what they decompress to may pass the limit."""
        headers = opened.response.headers
        stated = headers.get("content-length", "")
        if stated.isascii() and stated.isdigit() and int(stated[:18]) > limit:
            raise too_large
        size_bytes = 0
        raw = _limited(opened.response.iter_raw(), limit=limit, too_large=too_large)
        for piece in content_pieces(raw, headers.get("content-encoding", ""), url=opened.url):
            size_bytes += len(piece)
            if size_bytes > limit:
                raise too_large
            if opened.deadline.is_over:
                break
            yield piece
        if opened.deadline.is_over:  # a connection that was shut may look like the body's end
            raise self.client.too_slow(opened.url)


def fetcher_for(settings: FetchSettings) -> Fetcher:
    """Return what downloads under these rules; runs that share a cache folder take turns at every server."""
    return Fetcher(WebClient(settings=settings, turns=Turns(folder=settings.cache_dir)))


def _limited(raw: Iterator[bytes], *, limit: int, too_large: TooLarge) -> Iterator[bytes]:
    size_bytes = 0
    for chunk in raw:
        size_bytes += len(chunk)
        if size_bytes > limit:
            raise too_large
        yield chunk


def _check_status(opened: Opened) -> None:
    response = opened.response
    if response.is_success:
        return
    if response.status_code in (404, 410):
        raise NotFound(f"{opened.url} is not there ({response.status_code})", hint="Check the address or id.")
    raise _failed(opened)


def _failed(opened: Opened) -> UnreadableSource:
    asked_s = asked_wait_s(opened.response.headers)
    hint = "Try again later." if asked_s is None else f"It asks to come back in {asked_s:.0f} s."
    return UnreadableSource(f"{opened.url}: the server answered {opened.response.status_code}", hint=hint)


def _suffix(opening: bytes, content_type: str, url: str) -> str:
    """Return the suffix for what the bytes are, what the server calls them, or what the address ends in."""
    if not opening.strip():
        raise UnreadableSource(f"{url} is empty", hint="Check the address.")
    if b"%PDF-" in opening:
        return ".pdf"
    named = _SUFFIX_OF_TYPE.get(content_type.partition(";")[0].strip().lower())
    ending = Path(httpx.URL(url).path).suffix.lower()
    is_text = b"\x00" not in opening and named != ".pdf"
    start = opening.lstrip().lower()
    if is_text and start.startswith((b"<!doctype html", b"<html")):
        return ".html"
    if is_text and named == ".txt" and ending in KIND_OF_SUFFIX and ending not in (".pdf", ".html", ".htm"):
        return ending
    if is_text and named is not None:
        return named
    if is_text and ending in KIND_OF_SUFFIX and ending != ".pdf":
        return ending
    raise UnsupportedSource(
        f"{url} holds {content_type or 'something'!r}, which is not read",
        hint="PDF, HTML, Markdown, text and JSONL are.",
    )
