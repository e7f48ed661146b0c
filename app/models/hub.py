"""The model hub over HTTP: what a file is, and its bytes. The one home of huggingface_hub.

`hf_hub_download` is not used: since version 1.18 it begins every attempt anew in a file of a random name (its issue
4196), so nothing would resume, and it compares no hash. Xet is not used either, for the same reason: its transfers
resume only as far as a cache of chunks goes. The hub serves every such file by plain HTTP with ranges too.
"""

from __future__ import annotations

import errno
import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import BinaryIO
from urllib.parse import urlsplit

from app.models.source import HubFile
from indexes.errors import BadInput, ModelError, ModelFailed, ModelMissing

MOST_BYTES = 50 * 10**9
"""Of one file: what the hub serves by plain HTTP."""

_SHA256 = re.compile(r"[0-9a-f]{64}")
_WORTH_ANOTHER = frozenset({408, 429, 500, 502, 503, 504})
_LOOPBACK = ("127.0.0.1", "localhost", "::1")
_OFFLINE_HINT = "Check the network, or copy a GGUF file into the models folder: `ronbun models` names it."
_TOKEN_HINT = "Accept the model's terms on its page, make a token that may read it, and set HF_TOKEN to it."


@dataclass(frozen=True, slots=True)
class HubDetails:
    """One version of a file: the repository's commit, and the size and sha256 of its content."""

    commit: str
    size_bytes: int
    sha256: str


class Hub:
    """A hub at an address; the token goes there and nowhere else."""

    def __init__(self, *, url: str = "", token: str = "") -> None:
        self._endpoint = url.rstrip("/") or None
        self._token = token
        if token and self._endpoint and not _keeps_secrets(self._endpoint):
            raise BadInput(
                f"the hub's address {url!r} would carry HF_TOKEN in the clear",
                hint="Use an https address in RONBUN_HUB_URL, or unset HF_TOKEN.",
            )

    def details(self, file: HubFile) -> HubDetails:
        """Ask what the newest version of a file is.

        Raises:
            ModelMissing: the hub has no such file, or does not give it without a token.
            ModelFailed: the hub cannot be reached, or does not name the file's size and hash.
        """
        from huggingface_hub import get_hf_file_metadata
        from huggingface_hub.errors import HfHubHTTPError

        url, token = self._url(file), self._token or False
        with _our_errors(file):
            try:
                found = get_hf_file_metadata(url, token=token)
            except HfHubHTTPError as error:  # what answers may do better soon; what cannot be reached is told at once
                if error.response.status_code not in _WORTH_ANOTHER:
                    raise
                found = get_hf_file_metadata(url, token=token, retry_on_errors=True)
        if not found.commit_hash or found.size is None or not _SHA256.fullmatch(found.etag or ""):
            raise ModelFailed(
                f"the hub names no commit, size and sha256 for {file}",
                hint="Files of models have them: check the name, and that RONBUN_HUB_URL or HF_ENDPOINT is a hub.",
            )
        if found.size > MOST_BYTES:
            raise BadInput(
                f"{file} has {found.size} bytes, over the limit of {MOST_BYTES}", hint="Choose a smaller one."
            )
        return HubDetails(commit=found.commit_hash, size_bytes=found.size, sha256=str(found.etag))

    def fetch(self, file: HubFile, details: HubDetails, *, into: BinaryIO, held_bytes: int) -> None:
        """Append the rest of that version to an open file that holds its first `held_bytes`; progress goes to stderr.

        A connection that breaks is taken up again a few times. Where the server sends the whole file instead of the
        rest, what was held is dropped. The hub is asked for the commit, so both halves are of one version.

        Raises:
            ModelMissing, ModelFailed: as `details`; what came until then is in the file.
        """
        from huggingface_hub.file_download import http_get

        headers = {"user-agent": "ronbun", **({"authorization": f"Bearer {self._token}"} if self._token else {})}
        with _our_errors(file):
            http_get(
                self._url(file, revision=details.commit),
                into,
                resume_size=held_bytes,
                headers=headers,
                expected_size=details.size_bytes,
                displayed_filename=file.name,
            )

    def _url(self, file: HubFile, *, revision: str | None = None) -> str:
        from huggingface_hub import hf_hub_url

        return str(hf_hub_url(file.repo, file.path, revision=revision, endpoint=self._endpoint))


def _keeps_secrets(url: str) -> bool:
    parts = urlsplit(url)
    return parts.scheme == "https" or parts.hostname in _LOOPBACK


@contextmanager
def _our_errors(file: HubFile) -> Iterator[None]:
    """Turn what huggingface_hub, its HTTP library and the disk raise into errors of our tree."""
    import httpx2
    from huggingface_hub.errors import OfflineModeIsEnabled

    logging.getLogger("huggingface_hub").propagate = False  # it writes to stderr itself, once is enough
    try:
        yield
    except OfflineModeIsEnabled as error:
        raise ModelFailed(f"{file} is not fetched: HF_HUB_OFFLINE is set", hint="Unset it.") from error
    except (httpx2.ConnectError, httpx2.ConnectTimeout) as error:
        raise ModelFailed(f"the hub cannot be reached for {file}: {error}", hint=_OFFLINE_HINT) from error
    except (httpx2.HTTPError, httpx2.InvalidURL, OSError, ValueError) as error:
        raise _ours(error, file) from error


def _ours(error: Exception, file: HubFile) -> ModelError:
    from huggingface_hub import errors

    match error:
        case errors.GatedRepoError():
            return ModelMissing(f"{file.repo} is given only to those who accepted its terms", hint=_TOKEN_HINT)
        case errors.RepositoryNotFoundError():
            hint = f"Check its name. If it is private: {_TOKEN_HINT}"
            return ModelMissing(f"the hub has no repository {file.repo}, or does not show it", hint=hint)
        case errors.RemoteEntryNotFoundError() | errors.RevisionNotFoundError():
            hint = f"https://huggingface.co/{file.repo}/tree/main lists its files."
            return ModelMissing(f"{file.repo} has no file {file.path}", hint=hint)
        case errors.HfHubHTTPError():
            return _refused(error.response.status_code, file)
        case OSError(errno=errno.ENOSPC):
            return ModelFailed(f"no space left for {file}", hint="Make room and run the command again: it goes on.")
        case _:
            return ModelFailed(
                f"{file} did not come through: {type(error).__name__}: {str(error).strip()[:200]}",
                hint="Check the network and run the command again: it goes on from where it stopped.",
            )


def _refused(status: int, file: HubFile) -> ModelError:
    if status in (401, 403):
        return ModelMissing(f"the hub does not give {file} to this caller (status {status})", hint=_TOKEN_HINT)
    if status == 404:
        return ModelMissing(f"the hub has no {file}", hint="Check the names of repository and file.")
    hint = "Try again later; what came so far is kept."
    return ModelFailed(f"the hub answered status {status} for {file}", hint=hint)
