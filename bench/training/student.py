"""Make the Japanese encoder's two files: the lexicon and the student, and measure them on pairs never learned from.

    python -m bench.training.student [--data DIR] [--work DIR] [--epochs N] [--threads N]

`--work` keeps the dictionaries (fetched with apt-get and pip where absent) and the encoder's vectors of the English
sides, so that a second run starts from them. Writes indexes/japanese/lexicon.npz and student.npz, and
bench/results/student.json.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import os
import sys
import time
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from bench.training.lexicon import read_terms
from bench.training.lexicon_sources import GLOSSARY, build_lexicon, obtain_dictionaries
from bench.training.pair_files import Pair, measuring_pairs, own_pairs, training_pairs, word_counts
from bench.training.student_network import arrays_of, train
from indexes.encoding.encoder import Encoder, open_encoder
from indexes.japanese.glossing import gloss_of
from indexes.japanese.lexicon import LEXICON_FILE, Lexicon, read_lexicon, write_lexicon
from indexes.japanese.student import STUDENT_FILE, Student, features_of, read_student, write_student

DATA = Path(os.environ.get("RONBUN_SHARED_DATA", Path(__file__).resolve().parents[3] / "shared" / "data"))
RESULTS = Path(__file__).parents[1] / "results" / "student.json"
MAX_FEATURES = 60_000
MIN_COUNT = 3
OWN_REPEATS = 3
"""How often each of the project's own pairs is seen an epoch: they are few, and the only ones in the language of
papers."""
MIN_TEXT_FEATURES = 3
MEASURED = 500
STUDENT_SHARES = (0.4, 0.7, 1.0)


def main(arguments: Sequence[str] | None = None) -> int:
    """Train, write, measure; return 2 where the pairs are not there."""
    options = _options(arguments)
    folder = options.data / "ja"
    if not folder.is_dir():
        print(f"the sentence pairs are not at {folder} (set RONBUN_SHARED_DATA)", file=sys.stderr)
        return 2
    options.work.mkdir(parents=True, exist_ok=True)
    started = time.perf_counter()
    pairs = training_pairs(folder)
    write_lexicon(build_lexicon(pairs, word_counts(folder), obtain_dictionaries(options.work)))
    lexicon = read_lexicon()
    _told("lexicon", started, words=len(lexicon.costs))
    encoder = open_encoder("bundled", threads=options.threads)
    terms = [Pair(english, japanese) for japanese, english in read_terms(GLOSSARY).items()]
    learned = [*pairs, *(own_pairs() * OWN_REPEATS), *terms]
    write_student(_trained(learned, lexicon, encoder, options))
    _told("student", started, pairs=len(learned))
    figures = {name: _measured(held, lexicon, encoder) for name, held in measuring_pairs(folder).items()}
    elapsed_s = round(time.perf_counter() - started)
    report: dict[str, Any] = {"command": "python -m bench.training.student", "elapsed_s": elapsed_s, **figures}
    report["size_bytes"] = {path.name: path.stat().st_size for path in (LEXICON_FILE, STUDENT_FILE)}
    RESULTS.write_text(json.dumps(report, indent=2) + "\n")
    print(json.dumps(report, indent=2))
    return 0


def _trained(pairs: Sequence[Pair], lexicon: Lexicon, encoder: Encoder, options: argparse.Namespace) -> Student:
    texts = [features_of(pair.japanese, lexicon) for pair in pairs]
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update(set(text))
    kept = [feature for feature, count in counts.most_common() if count >= MIN_COUNT]
    marked = [feature for feature in kept if feature[1] == ":"]
    grams = [feature for feature in kept if feature[1] != ":"]
    places = {feature: place for place, feature in enumerate((marked + grams)[:MAX_FEATURES])}
    numbers = [np.array([places[feature] for feature in text if feature in places]) for text in texts]
    used = [row for row, number in enumerate(numbers) if len(number) >= MIN_TEXT_FEATURES]
    targets = _encoded([pair.english for pair in pairs], encoder, options.work)[used]
    network = train(
        [numbers[row] for row in used],
        targets,
        features=len(places),
        epochs=options.epochs,
        on_epoch=lambda epoch, loss: print(f"epoch={epoch + 1} loss={loss:.3f}", file=sys.stderr, flush=True),
    )
    return Student(places, arrays_of(network))


def _encoded(texts: Sequence[str], encoder: Encoder, work: Path) -> np.ndarray:
    """Return the rows of `texts`, each text encoded once in the life of the folder."""
    held = _kept_vectors(work)
    absent = sorted({text for text in texts if _key(text) not in held})
    if absent:
        vectors = encoder.encode_passages(absent)
        keys = np.array([_key(text) for text in absent])
        np.savez(work / f"vectors-{_key(''.join(absent))}.npz", keys=keys, vectors=vectors.astype(np.float16))
        held |= dict(zip(keys.tolist(), vectors, strict=True))
    return np.stack([held[_key(text)] for text in texts]).astype(np.float32)


def _kept_vectors(work: Path) -> dict[str, np.ndarray]:
    held: dict[str, np.ndarray] = {}
    for path in sorted(work.glob("vectors-*.npz")):
        with np.load(path) as kept:
            held |= dict(zip(kept["keys"].tolist(), kept["vectors"], strict=True))
    return held


def _key(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _measured(pairs: Sequence[Pair], lexicon: Lexicon, encoder: Encoder) -> dict[str, Any]:
    """Return acc@1 and acc@10 of finding a pair's English among all of the sample, by gloss, student and both."""
    pairs = pairs[:: max(1, len(pairs) // MEASURED)]
    english = encoder.encode_passages([pair.english for pair in pairs])
    glossed = encoder.encode_queries([gloss_of(pair.japanese, lexicon) for pair in pairs])
    student = read_student().encode([pair.japanese for pair in pairs], lexicon)
    vectors = {"gloss": glossed, "student": student}
    vectors |= {f"gloss + {share} student": glossed + share * student for share in STUDENT_SHARES}
    return {"pairs": len(pairs)} | {name: _accuracy(rows, english) for name, rows in vectors.items()}


def _accuracy(vectors: np.ndarray, english: np.ndarray) -> dict[str, float]:
    cosines = vectors @ english.T / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-9)
    own = np.diagonal(cosines)
    ranks = 1 + (cosines > own[:, None]).sum(axis=1)
    figures = {"acc@1": np.mean(ranks <= 1), "acc@10": np.mean(ranks <= 10), "cosine": np.mean(own)}
    return {name: round(float(figure), 3) for name, figure in figures.items()}


def _told(stage: str, started: float, **counts: int) -> None:
    told = " ".join(f"{name}={count}" for name, count in counts.items())
    print(f"{stage} {told} elapsed_s={time.perf_counter() - started:.0f}", file=sys.stderr, flush=True)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Make the Japanese encoder's files.")
    parser.add_argument("--data", type=Path, default=DATA, help="folder of the evaluation data")
    parser.add_argument("--work", type=Path, default=Path("build") / "student", help="folder for what can be kept")
    parser.add_argument("--epochs", type=int, default=4)
    parser.add_argument("--threads", type=int, default=0, help="threads for the encoder; 0 means every core")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
