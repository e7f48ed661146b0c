"""One way to ask other machines: each hop checked, in turn, within a time, tried again where that may help.

Each hop's host is resolved once, every address of it checked, and the connection made to a checked address, so that a
name that changes its mind in between (DNS rebinding) gains nothing.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from itertools import count

import httpx

from indexes.errors import UnreadableSource
from ingest.addresses import Resolve, reachable_addresses, resolve_host
from ingest.content_encoding import ACCEPTED_ENCODINGS
from ingest.deadlines import Deadline, deadline
from ingest.fetch_settings import FetchSettings
from ingest.retrying import asked_wait_s, backoff_s, is_passing, stated_interval_s
from ingest.turns import Turns
from ingest.urls import checked_url, joined_url

MAX_REDIRECTS = 5
_logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Opened:
    """A response whose body is still to be read, before `deadline`, and the address that gave it in the end."""

    response: httpx.Response
    url: str
    deadline: Deadline


@dataclass(frozen=True, slots=True, kw_only=True)
class WebClient:
    """Asks with one set of limits; transport, resolver, sleep and turns are seams for tests."""

    settings: FetchSettings
    transport: httpx.BaseTransport | None = None
    resolve: Resolve = resolve_host
    sleep: Callable[[float], None] = time.sleep
    turns: Turns = field(default_factory=Turns)

    @contextmanager
    def opened(self, url: str, *, headers: Mapping[str, str]) -> Iterator[Opened]:
        """Ask for the address and whatever it redirects to; the last hop's response is yielded, whatever its status.

        Raises:
            BadInput, NotAllowed: a hop cannot or may not be reached.
            UnreadableSource: no server answered, or not in time, here or while the caller reads the body.
            Busy: other sources kept the server busy.
        """
        try:
            with httpx.Client(transport=self.transport, timeout=self.settings.timeout_s) as client:
                for _ in range(MAX_REDIRECTS + 1):
                    with self._answered(client, url, headers) as answer:
                        if not answer.response.has_redirect_location:
                            yield answer
                            return
                        url = joined_url(url, answer.response.headers["location"])
        except httpx.TimeoutException as error:
            raise self.too_slow(url) from error
        except (httpx.HTTPError, httpx.InvalidURL) as error:
            raise UnreadableSource(f"{url} cannot be downloaded: {error}", hint="Check the address.") from error
        raise UnreadableSource(f"{url}: more than {MAX_REDIRECTS} redirects", hint="Give the final address.")

    def too_slow(self, url: str) -> UnreadableSource:
        """Return the error of an exchange that took too long."""
        seconds = f"{self.settings.timeout_s:g} s"
        return UnreadableSource(f"{url} was not downloaded within {seconds}", hint="Try again later.")

    @contextmanager
    def _answered(self, client: httpx.Client, address: str, headers: Mapping[str, str]) -> Iterator[Opened]:
        """Ask one hop, again after a pause where it is busy or not there; hold its turn while the answer is read."""
        url = checked_url(address)
        name, interval_s = self._turn_at(url)
        for attempt in count(1):
            with (
                self.turns.taken(name, interval_s=interval_s) as turn,
                deadline(self.settings.timeout_s) as until,
            ):
                answer = self._asked(client, url, headers, until)
                pause_s = _pause_s(answer, attempt)
                if isinstance(answer, httpx.Response):
                    turn.interval_s = max(turn.interval_s, stated_interval_s(answer.headers) or 0.0)
                if pause_s is None:
                    yield from self._handed_over(answer, address, until)
                    return
                if isinstance(answer, httpx.Response):
                    answer.close()
            _logger.info("waiting host=%s attempt=%d pause_s=%.1f", url.host, attempt, pause_s)
            self.sleep(pause_s)

    def _handed_over(self, answer: httpx.Response | httpx.HTTPError, url: str, until: Deadline) -> Iterator[Opened]:
        if not isinstance(answer, httpx.Response):
            raise answer
        try:
            yield Opened(answer, url, until)
        except httpx.HTTPError as error:
            if until.is_over:
                raise self.too_slow(url) from error
            raise
        finally:
            answer.close()

    def _asked(
        self, client: httpx.Client, url: httpx.URL, headers: Mapping[str, str], until: Deadline
    ) -> httpx.Response | httpx.HTTPError:
        """Ask the first of the host's checked addresses that answers; return why none did where none does."""
        port = url.port or (443 if url.scheme == "https" else 80)
        allow = self.settings.allow_private_addresses
        failure: httpx.HTTPError | None = None
        for place in reachable_addresses(url.host, port, allow_private=allow, resolve=self.resolve):
            request = client.build_request(
                "GET",
                url.copy_with(host=place.partition("%")[0]),
                headers={**headers, "Host": url.netloc.decode("ascii"), "Accept-Encoding": ACCEPTED_ENCODINGS},
                extensions={"sni_hostname": url.raw_host.decode("ascii"), "trace": until.trace},
            )
            try:
                return client.send(request, stream=True, follow_redirects=False)
            except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                failure = error
            except httpx.HTTPError as error:
                if until.is_over:
                    raise self.too_slow(str(url)) from error
                raise
        if failure is None:
            raise UnreadableSource(f"host {url.host} has no address", hint="Check the address.")
        return failure

    def _turn_at(self, url: httpx.URL) -> tuple[str, float]:
        """Return whose turn it is to ask this host, and the pause there: arXiv's hosts are one server to it."""
        given = self.settings
        if url.host in (httpx.URL(given.arxiv_base_url).host, httpx.URL(given.arxiv_api_base_url).host):
            return "arXiv", given.arxiv_interval_s
        if url.host == httpx.URL(given.crossref_base_url).host:
            return "Crossref", given.crossref_interval_s
        return url.host, given.other_interval_s


def _pause_s(answer: httpx.Response | httpx.HTTPError, attempt: int) -> float | None:
    if not isinstance(answer, httpx.Response):
        return backoff_s(attempt)
    return backoff_s(attempt, asked_s=asked_wait_s(answer.headers)) if is_passing(answer.status_code) else None
