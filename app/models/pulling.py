"""A file of the hub into the models folder: whole, of the hash that the hub names, and a model; or not at all."""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from app.generators.gguf.header import GgufHeader, check_gguf
from app.models.hub import Hub, HubDetails
from app.models.source import HubFile
from indexes.errors import Busy, Conflict, LibraryError, ModelError, ModelFailed
from indexes.storage.locks import ProcessLock

SPARE_BYTES = 64 << 20
"""Left free on the disk beside the file."""

_LOCK_WAIT_S = 0.5
_MODE = 0o644


@dataclass(frozen=True, slots=True)
class PulledModel:
    """A model that is in the folder now, of which `held_bytes` were there before; all where it `is_unchanged`."""

    path: Path
    header: GgufHeader
    details: HubDetails
    held_bytes: int
    is_unchanged: bool


def pull_model(
    file: HubFile,
    *,
    hub: Hub,
    folder: Path,
    can_replace: bool = False,
    probe: Callable[[Path], None] | None = None,
) -> PulledModel:
    """Fetch a file, going on where an earlier attempt stopped; nothing is fetched where it is there already.

    Args:
        file: what to fetch; it keeps its name.
        hub: where from.
        folder: the models folder; it is made where it is not there.
        can_replace: whether another file of that name may go.
        probe: asked last; raises ModelFailed for a file that llama.cpp cannot read.

    Raises:
        ModelMissing: the hub has no such file or does not give it.
        ModelFailed: the hub, the network, the disk or the file failed.
        Conflict: another file has the name, and may not be replaced.
        Busy: another process fetches it.
    """
    _make_folder(folder)
    target = folder / file.name
    with _alone(folder / f".{file.name}.lock", file=file):
        details = hub.details(file)
        if target.exists():
            if target.stat().st_size == details.size_bytes and _sha256(target) == details.sha256:
                return PulledModel(target, check_gguf(target), details, details.size_bytes, is_unchanged=True)
            if not can_replace:
                hint = "Add --replace, or move it away."
                raise Conflict(f"{target} is there and is not the hub's {file}", hint=hint)
        part = folder / f".{file.name}.{details.sha256[:16]}.part"
        held_bytes = _held(part, folder=folder, file=file, details=details)
        with part.open("ab") as into:
            hub.fetch(file, details, into=into, held_bytes=held_bytes)
            into.flush()
            os.fsync(into.fileno())
        header = _checked(part, file=file, details=details, probe=probe)
        part.chmod(_MODE)
        part.replace(target)
        return PulledModel(target, header, details, held_bytes, is_unchanged=False)


def _held(part: Path, *, folder: Path, file: HubFile, details: HubDetails) -> int:
    """Return how much of the file an earlier attempt left, drop what is of other versions, and look for room."""
    for other in folder.glob(f".{file.name}.*.part"):
        if other != part:
            other.unlink()
    held_bytes = part.stat().st_size if part.exists() else 0
    if held_bytes > details.size_bytes:
        part.unlink()
        held_bytes = 0
    needed_bytes, free_bytes = details.size_bytes - held_bytes + SPARE_BYTES, shutil.disk_usage(folder).free
    if needed_bytes > free_bytes:
        raise ModelFailed(
            f"{file} needs {needed_bytes / 1e9:.1f} GB in {folder}, where {free_bytes / 1e9:.1f} GB are free",
            hint="Make room, set RONBUN_MODELS_DIR to a larger disk, or choose a smaller model.",
        )
    return held_bytes


def _checked(part: Path, *, file: HubFile, details: HubDetails, probe: Callable[[Path], None] | None) -> GgufHeader:
    """Compare the file with its hash and read its header; what is not the file, or no model, is removed."""
    try:
        if (sha256 := _sha256(part)) != details.sha256:
            raise ModelFailed(
                f"what came for {file} has sha256 {sha256}, and the hub names {details.sha256}",
                hint="It was removed. Run the command again; if that fails too, do not trust the source.",
            )
        header = check_gguf(part)
        if probe is not None:
            probe(part)
        return header
    except ModelError:
        part.unlink(missing_ok=True)
        raise


def _make_folder(folder: Path) -> None:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise ModelFailed(f"the models folder {folder}: {error}", hint="Set RONBUN_MODELS_DIR to another.") from error


@contextmanager
def _alone(lock: Path, *, file: HubFile) -> Iterator[None]:
    with ExitStack() as stack:
        try:
            stack.enter_context(ProcessLock(lock).held(timeout_s=_LOCK_WAIT_S))
        except Busy as error:
            raise Busy(f"another process fetches {file}", hint="Wait for it to end.") from error
        except LibraryError as error:
            raise ModelFailed(f"the models folder {lock.parent} cannot be written to", hint=error.hint) from error
        try:
            yield
        except OSError as error:
            raise ModelFailed(f"the models folder {lock.parent}: {error}", hint="Check its disk.") from error


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
