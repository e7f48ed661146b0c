"""EDICT, the Japanese-English dictionary of the EDRDG (CC BY-SA 4.0), to words with English glosses, best first.

One line an entry: `見出し [よみ] /(n,vs) (1) gloss/gloss/(P)/`. Marks of word class, field and frequency are read and
taken off; senses marked computing, mathematics, medicine or science come first, because papers are what is read.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from indexes.japanese.words import folded

_ENTRY = re.compile(r"^(\S+)(?: \[([^\]]+)\])? /(.*)/\s*$")
_FIELD = re.compile(r"[({](?:comp|math|med|physics|chem|biol|anat|genet|stat)[)}]")
_MARKS = re.compile(r"^(?:\([^)]*\)\s*)+")
_REMARK = re.compile(r"\([^()]*(?:\([^()]*\)[^()]*)*\)|\{[^}]*\}")
_LEADING = re.compile(r"^(?:to|a|an|the) (?=\w)", re.IGNORECASE)
_META = re.compile(
    r"indicates|particle|in a sequence|counter for|auxiliary|suffix|prefix|expresses|kyujitai|used to|esp\."
)
"""Glosses that describe a word instead of translating it."""

RARE_MARKS = frozenset({"arch", "obs", "obsc", "ok", "oK", "iK", "ik", "rare", "vulg", "X", "male-sl", "sl"})
MAX_GLOSS_CHARACTERS = 40

GODAN = {
    "u": "わいうえおっ",
    "k": "かきくけこい",
    "g": "がぎぐげごい",
    "s": "さしすせそ",
    "t": "たちつてとっ",
    "n": "なにぬねのん",
    "b": "ばびぶべぼん",
    "m": "まみむめもん",
    "r": "らりるれろっ",
}
"""The letters that follow the stem of a five-row verb, by the class that EDICT gives it (v5k: 書く)."""
_VERB = re.compile(r"v5([ukgstnbmr])$")


@dataclass(frozen=True, slots=True)
class Entry:
    """One line: its glosses, how common it is (0 rare, 1 plain, 3 common), and the marks of its word class."""

    glosses: tuple[str, ...]
    rank: float
    is_science: bool
    marks: frozenset[str]


def read_edict(path: Path) -> dict[str, list[Entry]]:
    """Return word -> its entries, common and scientific ones first. The file is EUC-JP, as it is distributed."""
    entries: dict[str, list[Entry]] = {}
    for line in path.read_text(encoding="euc_jp", errors="replace").splitlines():
        found = _ENTRY.match(line)
        entry = _entry(found.group(3)) if found else None
        if found is None or entry is None:
            continue
        entries.setdefault(folded(found.group(1)), []).append(entry)
        if "uk" in entry.marks and found.group(2):
            for reading in found.group(2).split(";"):
                entries.setdefault(folded(reading), []).append(entry)
    for held in entries.values():
        held.sort(key=lambda entry: (not entry.is_science, -entry.rank))
    return entries


def forms_of(word: str, marks: frozenset[str]) -> list[str]:
    """Return the stems under which an inflected verb or adjective is met: 書く as 書か, 書き, 書い."""
    forms: list[str] = []
    if "v1" in marks and word.endswith("る"):
        forms.append(word[:-1])
    for mark in marks:
        found = _VERB.match(mark)
        if found and len(word) > 1:
            forms += [word[:-1] + letter for letter in GODAN[found.group(1)]]
    if "adj-i" in marks and word.endswith("い"):
        forms += [word[:-1] + ending for ending in ("く", "かっ", "けれ", "さ")]
    return [form for form in forms if len(form) > 1 or not re.fullmatch(r"[\u3040-\u30ff]", form)]


def _entry(body: str) -> Entry | None:
    parts = [part for part in body.split("/") if part]
    glosses: list[str] = []
    for part in parts:
        gloss = _gloss(part)
        if part != "(P)" and gloss and gloss not in glosses:
            glosses.append(gloss)
    if not glosses:
        return None
    marks = frozenset(mark for listed in re.findall(r"\(([^)]*)\)", body) for mark in listed.split(","))
    is_rare = bool(marks & RARE_MARKS)
    rank = 0.0 if is_rare else 3.0 if "(P)" in parts else 1.0
    return Entry(tuple(glosses), rank, bool(_FIELD.search(body)) and not is_rare, marks)


def _gloss(part: str) -> str:
    """Return the bare English of one gloss; empty where it describes the word instead."""
    if _META.search(part) or part.startswith("See "):
        return ""
    gloss = " ".join(_REMARK.sub(" ", _MARKS.sub("", part)).split()).strip(" .,;!?-~")
    gloss = _LEADING.sub("", gloss)
    return gloss if len(gloss) <= MAX_GLOSS_CHARACTERS else ""
