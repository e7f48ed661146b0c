import pytest

from ingest.document import FindingKind
from ingest.html import parse_html
from ingest.languages import language_findings, other_language

GERMAN = (
    "Die Kraniche sind in der Nacht auf dem Moor und werden von uns nicht gestört, wenn sie auch bei Wind schlafen. "
)
FRENCH = "Les grues dorment dans le marais et nous ne les dérangeons pas, car elles sont sur la rive avec des hérons. "
ENGLISH = (
    "The cranes sleep on the bank of the marsh, and we do not disturb them in the wind of the night, that is all. "
)


@pytest.mark.parametrize(
    ("text", "language"),
    [
        (GERMAN * 5, "German"),
        (FRENCH * 5, "French"),
        ("두루미는 밤에 습지에서 잠을 잔다. " * 20, "Korean"),
        ("丹顶鹤夜间在沼泽地里睡觉，我们不打扰它们。" * 20, "Chinese"),
        ("Журавли спят ночью на болоте. " * 20, "Russian or another language in Cyrillic"),
        (ENGLISH * 5, None),
        ("鶴は夜、湿原で眠る。調査員は近づかない。" * 20, None),
        (GERMAN, None),
        ("", None),
        (ENGLISH * 8 + GERMAN, None),
    ],
)
def test_languages_are_told_by_letters_and_small_words(text: str, language: str | None) -> None:
    assert other_language(text) == language


def test_a_paper_in_another_language_says_so() -> None:
    document = parse_html(f"<p>{GERMAN * 5}</p>".encode(), source="page.html")
    (finding,) = document.findings
    assert (finding.kind, "German" in finding.message) == (FindingKind.OTHER_LANGUAGE, True)
    assert language_findings(ENGLISH * 5) == ()
