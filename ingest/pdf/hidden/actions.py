"""What a document would do by itself, or brings along: scripts, actions, forms, embedded files. Nothing is run.

Read with pypdf from the catalog alone, in bounded walks that enter no object twice.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pypdf

from ingest.document import Finding, FindingKind

MOST_NODES = 2000
"""Nodes of one tree, outline entries or chained actions that are visited."""
MOST_FILES_NAMED = 5
LONGEST_NAME = 80
_JUMPS = frozenset({"/GoTo", "/Named", "/GoToDp"})
"""Actions that stay in the document."""
_NAMED = {
    "/JavaScript": "JavaScript",
    "/Launch": "Launch",
    "/URI": "URI",
    "/SubmitForm": "SubmitForm",
    "/ImportData": "ImportData",
    "/GoToR": "GoToR",
    "/GoToE": "GoToE",
    "/Rendition": "Rendition",
    "/Movie": "Movie",
    "/Sound": "Sound",
    "/ResetForm": "ResetForm",
    "/Hide": "Hide",
    "/SetOCGState": "SetOCGState",
    "/Trans": "Trans",
    "/GoTo3DView": "GoTo3DView",
    "/RichMediaExecute": "RichMediaExecute",
}


def active_content(reader: pypdf.PdfReader) -> tuple[Finding, ...]:
    """Return what the document's catalog holds of scripts, actions, forms and files."""
    root = entry_in(reader.trailer, "/Root")
    names = entry_in(root, "/Names")
    told = [f"an action on opening ({kind})" for kind in sorted(set(_action_kinds(value_in(root, "/OpenAction"))))]
    if isinstance(names, dict) and "/JavaScript" in names:
        told.append("document-level JavaScript")
    if "/AA" in root:
        told.append("actions on document events")
    form = entry_in(root, "/AcroForm")
    if "/XFA" in form:
        told.append("an XFA form")
    told += [f"actions in its outline ({kind})" for kind in sorted(set(_outline_actions(root)))]
    found = [Finding(FindingKind.ACTIVE_CONTENT, None, f"the file carries {what}; it was not run") for what in told]
    return (*found, *_embedded_files(root, names))


def has_layers(reader: pypdf.PdfReader) -> bool:
    """Return whether the document has layers (optional content), which may be switched off."""
    return bool(value_in(entry_in(entry_in(reader.trailer, "/Root"), "/OCProperties"), "/OCGs"))


def value_in(dictionary: Any, key: str) -> Any:
    """Return what stands under a key, resolved, or None."""
    if not isinstance(dictionary, dict) or key not in dictionary:
        return None
    value = dictionary[key]
    return value.get_object() if hasattr(value, "get_object") else value


def entry_in(dictionary: Any, key: str) -> dict[str, Any]:
    """Return the dictionary under a key, an empty one where there is none."""
    value = value_in(dictionary, key)
    return value if isinstance(value, dict) else {}


def identity_of(node: Any) -> int:
    """Return what tells a node from others: its object number, or its address where it stands inside another."""
    reference = getattr(node, "indirect_reference", None)
    return int(reference.idnum) if reference is not None else -id(node)


def _action_kinds(action: Any) -> Iterator[str]:
    """Yield the kinds of an action and of those chained to it, but for jumps inside the document; each action once."""
    waiting, seen = [action], set[int]()
    while waiting and len(seen) < MOST_NODES:
        one = waiting.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if identity_of(one) in seen:
            continue
        if isinstance(one, list) and seen:  # a list on opening is a destination
            waiting.extend(one[:MOST_NODES])
        seen.add(identity_of(one))
        if not isinstance(one, dict):
            continue
        kind = value_in(one, "/S")
        if isinstance(kind, str) and kind not in _JUMPS:
            yield _NAMED.get(kind, "of another kind")
        if "/Next" in one and len(waiting) < MOST_NODES:
            waiting.append(one["/Next"])


def _outline_actions(root: dict[str, Any]) -> Iterator[str]:
    """Yield the kinds of the actions in the outline that leave the document."""
    waiting: list[Any] = [entry_in(root, "/Outlines").get("/First")]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_NODES:
        one = waiting.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if not isinstance(one, dict) or identity_of(one) in seen:
            continue
        seen.add(identity_of(one))
        yield from _action_kinds(value_in(one, "/A"))
        waiting.extend(one[key] for key in ("/Next", "/First") if key in one)


def _embedded_files(root: dict[str, Any], names: dict[str, Any]) -> Iterator[Finding]:
    files = list(_file_names(entry_in(names, "/EmbeddedFiles")))
    if not files and isinstance(value_in(root, "/AF"), list) and value_in(root, "/AF"):
        files = ["unnamed"] * min(len(value_in(root, "/AF")), MOST_NODES)
    if files:
        named = ", ".join(files[:MOST_FILES_NAMED]) + (", …" if len(files) > MOST_FILES_NAMED else "")
        message = f"the file carries {len(files)} embedded files ({named}); they were not opened"
        yield Finding(FindingKind.EMBEDDED_FILE, None, message)


def _file_names(tree: dict[str, Any]) -> Iterator[str]:
    """Yield the names in a name tree, each node once."""
    waiting: list[Any] = [tree]
    seen: set[int] = set()
    while waiting and len(seen) < MOST_NODES:
        one = waiting.pop()
        one = one.get_object() if hasattr(one, "get_object") else one
        if not isinstance(one, dict) or identity_of(one) in seen:
            continue
        seen.add(identity_of(one))
        pairs = value_in(one, "/Names")
        if isinstance(pairs, list):
            yield from (_printable(str(name)) for name in pairs[: 2 * MOST_NODES : 2])
        kids = value_in(one, "/Kids")
        if isinstance(kids, list):
            waiting.extend(kids[:MOST_NODES])


def _printable(name: str) -> str:
    return "".join(letter for letter in name if letter.isprintable())[:LONGEST_NAME] or "unnamed"
