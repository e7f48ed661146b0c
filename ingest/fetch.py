"""Addresses to files: downloads over http and https that stay within limits and off private networks.

Each hop's host is resolved once, every address of it checked, and the connection made to a checked address, so that a
name that changes its mind in between (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx

from indexes.errors import BadInput, NotAllowed, NotFound, TooLarge, UnreadableSource, UnsupportedSource
from ingest.addresses import Resolve, reachable_addresses, resolve_host
from ingest.kinds import KIND_OF_SUFFIX
from ingest.limits import MEBIBYTE

MAX_REDIRECTS = 5
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
_HEADERS = {"User-Agent": "ronbun", "Accept": "application/pdf, text/html;q=0.9, text/*;q=0.8, */*;q=0.5"}


@dataclass(frozen=True, slots=True, kw_only=True)
class FetchSettings:
    """What a download may reach and cost."""

    allow_private_addresses: bool = False
    max_file_mb: int = 100
    timeout_s: float = 60.0
    arxiv_base_url: str = "https://arxiv.org"


@dataclass(frozen=True, slots=True)
class Fetched:
    """A downloaded file, and the address that it came from in the end."""

    path: Path
    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Fetcher:
    """Downloads with one set of limits; transport and resolver are seams for tests."""

    settings: FetchSettings
    transport: httpx.BaseTransport | None = None
    resolve: Resolve = resolve_host

    def fetch_arxiv(self, arxiv_id: str, *, folder: Path) -> Fetched:
        """Download a paper's PDF from arXiv."""
        return self.fetch(f"{self.settings.arxiv_base_url.rstrip('/')}/pdf/{arxiv_id}", folder=folder)

    def fetch(self, url: str, *, folder: Path) -> Fetched:
        """Download the address into a new file in `folder`, with the suffix of what it holds.

        Raises:
            BadInput, NotAllowed: the address cannot or may not be reached.
            NotFound: the server says that nothing is there.
            TooLarge: it is over the limit.
            UnsupportedSource: what it holds is no kind that Ronbun reads.
            UnreadableSource: the server failed, or took too long.
        """
        deadline = time.monotonic() + self.settings.timeout_s
        try:
            with httpx.Client(transport=self.transport, timeout=self.settings.timeout_s, headers=_HEADERS) as client:
                for _ in range(MAX_REDIRECTS + 1):
                    with self._response(client, url) as response:
                        if not response.has_redirect_location:
                            return self._save(response, url, folder=folder, deadline=deadline)
                        url = str(httpx.URL(url).join(response.headers["location"]))
        except httpx.TimeoutException as error:
            raise self._too_slow(url) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreadableSource(f"{url} cannot be downloaded: {error}", hint="Check the address.") from error
        raise UnreadableSource(f"{url}: more than {MAX_REDIRECTS} redirects", hint="Give the final address.")

    @contextmanager
    def _response(self, client: httpx.Client, address: str) -> Iterator[httpx.Response]:
        """Ask the first of the host's checked addresses that answers."""
        url = _checked_url(address)
        port = url.port or (443 if url.scheme == "https" else 80)
        allow = self.settings.allow_private_addresses
        places = reachable_addresses(url.host, port, allow_private=allow, resolve=self.resolve)
        for left, place in zip(range(len(places) - 1, -1, -1), places, strict=True):
            request = client.build_request(
                "GET",
                url.copy_with(host=place.partition("%")[0]),
                headers={"Host": url.netloc.decode("ascii")},
                extensions={"sni_hostname": url.raw_host.decode("ascii")},
            )
            try:
                response = client.send(request, stream=True, follow_redirects=False)
            except httpx.ConnectError:
                if left:
                    continue
                raise
            try:
                yield response
            finally:
                response.close()
            return
        raise UnreadableSource(f"host {url.host} has no address", hint="Check the address.")

    def _save(self, response: httpx.Response, url: str, *, folder: Path, deadline: float) -> Fetched:
        _check_status(response, url)
        limit = self.settings.max_file_mb * MEBIBYTE
        stated = response.headers.get("content-length", "")
        if stated.isdigit() and int(stated) > limit:
            raise self._too_large(url)
        opening = b""
        size_bytes = 0
        handle = tempfile.NamedTemporaryFile(dir=folder, prefix="fetched-", delete=False)  # noqa: SIM115
        path = Path(handle.name)
        try:
            with handle:
                for chunk in response.iter_bytes():
                    size_bytes += len(chunk)
                    if size_bytes > limit:
                        raise self._too_large(url)
                    if time.monotonic() > deadline:
                        raise self._too_slow(url)
                    opening = opening if len(opening) >= _SNIFFED_BYTES else (opening + chunk)[:_SNIFFED_BYTES]
                    handle.write(chunk)
            suffix = _suffix(opening, response.headers.get("content-type", ""), url)
            return Fetched(path.rename(path.with_suffix(suffix)), url)
        except BaseException:
            path.unlink(missing_ok=True)
            raise

    def _too_large(self, url: str) -> TooLarge:
        return TooLarge(
            f"{url} is over the limit of {self.settings.max_file_mb} MiB", hint="Raise RONBUN_MAX_UPLOAD_MB."
        )

    def _too_slow(self, url: str) -> UnreadableSource:
        seconds = f"{self.settings.timeout_s:g} s"
        return UnreadableSource(f"{url} was not downloaded within {seconds}", hint="Try again later.")


def _checked_url(address: str) -> httpx.URL:
    try:
        url = httpx.URL(address)
    except httpx.InvalidURL as error:
        raise BadInput(f"{address[:200]!r} is no address: {error}", hint="Give http://… or https://….") from error
    if url.scheme not in ("http", "https"):
        raise NotAllowed(
            f"{address[:200]}: {url.scheme or 'no'} addresses are not read", hint="Only http and https are."
        )
    if not url.host or url.userinfo:
        raise BadInput(f"{address[:200]} has no host, or a password in it", hint="Give http://… or https://….")
    return url


def _check_status(response: httpx.Response, url: str) -> None:
    if response.is_success:
        return
    if response.status_code in (404, 410):
        raise NotFound(f"{url} is not there ({response.status_code})", hint="Check the address or id.")
    raise UnreadableSource(f"{url}: the server answered {response.status_code}", hint="Try again later.")


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
