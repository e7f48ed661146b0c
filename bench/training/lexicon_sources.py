"""The lexicon from its sources on disk; and how the free dictionaries are obtained where no copy is given."""

from __future__ import annotations

import re
import subprocess
import tarfile
import zipfile
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from bench.training.alignment import Link, align
from bench.training.edict import Entry, forms_of, read_edict
from bench.training.lexicon import EXPRESSIONS, add_terms, gloss_of, read_terms, word_costs
from bench.training.loanwords import read_loanwords
from bench.training.pair_files import Pair
from indexes.japanese.lexicon import Lexicon
from indexes.japanese.words import words_of

GLOSSARY = Path(__file__).parents[2] / "indexes" / "japanese" / "glossary.tsv"
LOANWORD_COST = 14.5
"""Of a loanword that only UniDic knows: as a plain word of EDICT's."""
COMMON_RANK = 3.0
_WORD = re.compile(r"[a-z0-9]+(?:['-][a-z0-9]+)*")


@dataclass(frozen=True, slots=True)
class Dictionaries:
    """EDICT's entries and UniDic's loanwords."""

    entries: Mapping[str, Sequence[Entry]]
    loanwords: Mapping[str, str]


def obtain_dictionaries(folder: Path) -> Dictionaries:
    """Read EDICT (Debian's package `edict`) and UniDic (`unidic-lite`) under `folder`, fetching what is not there."""
    edict = folder / "usr" / "share" / "edict" / "edict"
    if not edict.is_file():
        subprocess.run(["apt-get", "download", "edict"], cwd=folder, check=True)
        subprocess.run(["dpkg", "-x", str(next(folder.glob("edict_*.deb"))), str(folder)], check=True)
    if next(folder.rglob("sys.dic"), None) is None:
        command = ["pip", "download", "--no-deps", "--no-build-isolation", "unidic-lite==1.0.8", "-d", str(folder)]
        subprocess.run(command, check=True)
        _unpack(next(folder.glob("unidic*lite*")), folder)
    return Dictionaries(read_edict(edict), read_loanwords(next(folder.rglob("sys.dic"))))


def build_lexicon(pairs: Sequence[Pair], counts: Counter[str], dictionaries: Dictionaries) -> Lexicon:
    """Return the lexicon; `counts` are words of a corpus that is written with spaces between them."""
    terms, expressions = read_terms(GLOSSARY), read_terms(EXPRESSIONS)
    costs = word_costs(counts, dictionaries.entries)
    for word in dictionaries.loanwords:
        if len(word) > 2:
            costs.setdefault(word, LOANWORD_COST)
    add_terms(costs, terms, counts=counts)
    add_terms(costs, expressions, counts=counts)
    parted = [(words_of(pair.japanese, costs), _WORD.findall(_plain(pair.english))) for pair in pairs]
    links = align(parted)
    seen = Counter(word for words, _ in parted for word in set(words))
    entries = _with_forms(dictionaries.entries, counts)
    glosses = {
        word: _gloss(word, entries.get(word, ()), links.get(word, ()), seen[word], dictionaries.loanwords.get(word, ""))
        for word in costs
    }
    return Lexicon(costs, glosses | {word: gloss for word, gloss in (terms | expressions).items() if word in costs})


def _gloss(word: str, entries: Sequence[Entry], links: Sequence[Link], count: int, origin: str) -> str:
    """Return the gloss; the loanword's origin wins over a dictionary entry that is not common (アレイ: alley,
    array)."""
    gloss = gloss_of(word, entries, links, count=count)
    is_doubtful = bool(entries) and count < 4 and max(entry.rank for entry in entries) < COMMON_RANK
    return origin if origin and (not gloss or (is_doubtful and origin[0].islower())) else gloss


def _with_forms(entries: Mapping[str, Sequence[Entry]], counts: Counter[str]) -> dict[str, Sequence[Entry]]:
    """Return the entries, and under each inflected stem of a common word that word's entries."""
    held: dict[str, Sequence[Entry]] = dict(entries)
    for word, its in entries.items():
        if counts[word] or max(entry.rank for entry in its) >= COMMON_RANK:
            for form in sorted({form for entry in its for form in forms_of(word, entry.marks)}):
                held.setdefault(form, its)
    return held


def _plain(text: str) -> str:
    return text.lower().replace("\u2019", "'")


def _unpack(archive: Path, folder: Path) -> None:
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as packed:
            packed.extractall(folder)
    else:
        with tarfile.open(archive) as packed_tar:
            packed_tar.extractall(folder, filter="data")
