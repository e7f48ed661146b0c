"""A remote generator and requests for it, as its tests make them."""

from typing import Any

from factories import make_paper, make_passage

from app.generators.prompting import load_prompts
from app.generators.protocol import DraftRequest, DraftSentence, Evidence, Task
from app.generators.remote import RemoteGenerator
from indexes.records import Language

SENTENCES = (DraftSentence("The drone counted 412 cranes.", (1,)), DraftSentence("It flew.", (2, 1)))
KEY = "sk-secret-of-more-than-sixteen"


def make_generator(url: str, **changes: Any) -> RemoteGenerator:
    options: dict[str, Any] = {
        "url": url,
        "model": "crane-7b",
        "key": KEY,
        "timeout_s": 5.0,
        "context_tokens": 4096,
        "prompts": load_prompts(),
        "jitter": lambda: 0.0,
    }
    return RemoteGenerator(**{**options, **changes})


def make_request(**changes: Any) -> DraftRequest:
    evidence = tuple(Evidence(number, make_passage(ordinal=number), "Cranes", 1 / number) for number in (1, 2))
    options: dict[str, Any] = {
        "task": Task.ANSWER,
        "question": "How many cranes?",
        "language": Language.ENGLISH,
        "evidence": evidence,
        "paper": make_paper(),
        "max_sentences": 2,
        "seed": 7,
    }
    return DraftRequest(**{**options, **changes})
