"""SOURCE arguments to the files and addresses that they mean; what they do not mean fails by name, alone."""

from __future__ import annotations

import glob
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote

from indexes.errors import BadInput, NotFound, RonbunError, UnreadableSource
from ingest.identity import arxiv_id_in
from ingest.kinds import KIND_OF_SUFFIX, kind_of
from ingest.registries.crossref import arxiv_id_of_doi
from ingest.report import Failed, failed_by

_DOI = re.compile(r"(?:doi:\s*|https?://(?:dx\.|www\.)?doi\.org/)(?P<doi>10\.[^?#]+)(?:[?#].*)?", re.IGNORECASE)
_DOI_NAME = re.compile(r"10\.\d{4,9}/[^\s\x00-\x1f\x7f]{1,200}")
_ADDRESS = re.compile(r"[a-z][a-z0-9+.-]*://", re.IGNORECASE)
_ARXIV = re.compile(r"arxiv:\s*(?P<name>\S+)", re.IGNORECASE)
_ARXIV_PAGE = re.compile(
    r"https?://(?:www\.|export\.)?arxiv\.org/(?:abs|pdf|html)/(?P<name>[^?#]+)(?:[?#].*)?", re.IGNORECASE
)
_ARXIV_NAME = re.compile(r"(?:\d{4}\.\d{4,5}|[a-z-]+(?:\.[A-Z]{2})?/\d{7})(?:v\d{1,2})?")


@dataclass(frozen=True, slots=True)
class FileSource:
    """A file on this machine; `source` is its name as the reader gave or would give it."""

    source: str
    path: Path


@dataclass(frozen=True, slots=True)
class RemoteSource:
    """An address to download, or with `arxiv_id` or `doi` a registered paper, whose file is asked for (`url` is "")."""

    source: str
    url: str
    arxiv_id: str | None = None
    doi: str | None = None


Source = FileSource | RemoteSource | Failed


def find_sources(sources: Sequence[str | Source]) -> list[Source]:
    """Return what each argument means, in order: folders and patterns sorted by path, a file named twice only once.

    What was found before means itself: so does a `FileSource` whose file has another name for its reader than for the
    disk (an upload).
    """
    found: dict[object, Source] = {}
    for argument in sources:
        for source in _meant_by(argument) if isinstance(argument, str) else (argument,):
            checked = _checked(source) if isinstance(source, FileSource) else source
            key = os.path.realpath(checked.path) if isinstance(checked, FileSource) else (checked.source,)
            found.setdefault(key, checked)
    return list(found.values())


def _meant_by(argument: str) -> Iterator[Source]:
    try:
        _check_name(argument)
        yield from _expand(argument)
    except RonbunError as error:
        yield failed_by(error, source=_shown(argument))
    except (OSError, ValueError) as error:
        yield _unreadable(error, name=argument)


def _checked(source: FileSource) -> FileSource | Failed:
    """Return the file, or why nobody can open it; that is asked here, so that a link in a circle fails alone."""
    try:
        _check_name(source.source)
        _check_name(str(source.path))
        source.path.stat()
    except FileNotFoundError:
        absent = NotFound(f"{source.source} is not there", hint="Check the path, or where the link leads.")
        return failed_by(absent, source=source.source)
    except BadInput as error:
        return failed_by(error, source=_shown(source.source))
    except (OSError, ValueError) as error:
        return _unreadable(error, name=source.source)
    return source


def _check_name(name: str) -> None:
    """Refuse a name with bytes that are not UTF-8, which neither the library nor a report can hold."""
    try:
        name.encode()
    except UnicodeEncodeError as error:
        raise BadInput(f"the name {_shown(name)} is not UTF-8", hint="Rename the file, then ingest it.") from error


def _shown(name: str) -> str:
    r"""Return a name for a message, bytes that are not UTF-8 as \xff."""
    bytes_shown = (f"\\x{ord(one) - 0xDC00:02x}" if "\udc80" <= one <= "\udcff" else one for one in name)
    return "".join(bytes_shown).encode(errors="backslashreplace").decode()


def _unreadable(error: OSError | ValueError, *, name: str) -> Failed:
    reason = getattr(error, "strerror", None) or str(error)
    unreadable = UnreadableSource(
        f"{_shown(name)} cannot be read: {reason}", hint="Check the name and its permissions."
    )
    return failed_by(unreadable, source=_shown(name))


def _expand(argument: str) -> Iterator[Source]:
    if not argument.strip():
        raise BadInput("a source is empty", hint="Name a file, a folder, a pattern, arxiv:ID, doi:… or an address.")
    arxiv = _ARXIV.fullmatch(argument) or _ARXIV_PAGE.fullmatch(argument)
    doi = _DOI.fullmatch(argument)
    if doi is not None:
        yield _doi_source(argument, unquote(doi["doi"]))
    elif arxiv is not None:
        yield _arxiv_source(argument, arxiv["name"].removesuffix(".pdf"))
    elif _ADDRESS.match(argument):
        yield RemoteSource(argument, argument)
    else:
        yield from _on_disk(argument)


def _arxiv_source(argument: str, name: str) -> RemoteSource:
    arxiv_id = arxiv_id_in(name)
    if arxiv_id is None or _ARXIV_NAME.fullmatch(name) is None:
        raise BadInput(f"{argument}: {name!r} is no arXiv id", hint="An id looks like 2310.10631 or 2310.10631v2.")
    return RemoteSource(argument, "", arxiv_id=name)


def _doi_source(argument: str, doi: str) -> RemoteSource:
    """Return what a DOI means: one of arXiv's own is the paper on arXiv."""
    doi = doi.strip().lower()
    if _DOI_NAME.fullmatch(doi) is None:
        raise BadInput(f"{argument}: {doi[:80]!r} is no DOI", hint="A DOI looks like 10.21105/jose.00013.")
    arxiv_id = arxiv_id_of_doi(doi)
    return RemoteSource(argument, "", doi=doi) if arxiv_id is None else RemoteSource(argument, "", arxiv_id=arxiv_id)


def _on_disk(argument: str) -> Iterator[Source]:
    path = Path(argument).expanduser()
    if path.is_dir():
        yield from _in_folder(path)
    elif path.exists():
        kind_of(path)
        yield FileSource(argument, path)
    elif glob.has_magic(argument):
        yield from _matching(argument)
    else:
        raise NotFound(
            f"{argument} is not there", hint="Check the path; quote a pattern if the shell does not expand it."
        )


def _in_folder(folder: Path) -> Iterator[Source]:
    """Yield the files of known kinds in a folder and below, without hidden ones; links to folders are not followed.

    A folder below that cannot be listed fails in its place among them.
    """
    found: dict[Path, Source] = {}

    def fail(error: OSError) -> None:
        place = Path(error.filename)
        found[place] = _unreadable(error, name=str(place))

    for place, folders, names in os.walk(folder, onerror=fail):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = [Path(place) / name for name in names if _is_known(name)]
        found.update((path, FileSource(str(path), path)) for path in paths)
    if not found:
        endings = " ".join(sorted(KIND_OF_SUFFIX))
        raise NotFound(f"folder {folder} holds no file that Ronbun reads", hint=f"Known endings: {endings}.")
    for _, source in sorted(found.items()):
        yield source


def _matching(pattern: str) -> Iterator[Source]:
    matches = sorted(glob.glob(str(Path(pattern).expanduser()), recursive=True))  # noqa: PTH207
    known = [Path(match) for match in matches if _is_known(match) or Path(match).is_dir()]
    if not known:
        found = f"; {len(matches)} of other kinds" if matches else ""
        raise NotFound(f"no file that Ronbun reads matches {pattern}{found}", hint="Check the pattern.")
    for path in known:
        if not path.is_dir():
            yield FileSource(str(path), path)
        elif "**" not in pattern:
            yield from _in_folder(path)


def _is_known(name: str) -> bool:
    return not Path(name).name.startswith(".") and Path(name).suffix.lower() in KIND_OF_SUFFIX
