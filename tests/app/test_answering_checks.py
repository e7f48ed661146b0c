import pytest

from app.answering.checks import verify_claim
from app.answering.records import Verdict

CRANES = "The quiet drone counted up to 412 cranes in 18 minutes near Izumi. It missed 24.2% of the chicks in 2023."
MODELS = (
    "CraneNet outperforms NestFormer on every lake. Accuracy increased from 81.5 to 84.3 when hidden nests were added."
)


@pytest.mark.parametrize(
    ("claim", "passage"),
    [
        ("The drone counted up to 412 cranes near Izumi.", CRANES),
        ("It missed 24.2 percent of chicks.", CRANES),
        ("In 18 min the drone counted at most 412 cranes.", CRANES),
        ("The drone missed about 24% of the chicks.", CRANES),
        ("CraneNet outperforms NestFormer.", MODELS),
        ("Seven nests were seen.", "We saw 7 nests."),
        ("The model reached 84.3% accuracy.", "The accuracy of the model reached 0.843."),
        ("GPT4 was used as the judge.", "As the judge we used GPT-4."),
        ("The bird ringed on 4 July 2017 came back.", "The bird came back; it was ringed 2017-07-04."),
        ("They used two lakes, Izumi and Kushiro.", "The lakes used are Izumi and Kushiro."),
        ("LLMs write the notes.", "An LLM writes the notes."),
    ],
)
def test_verify_claim_supports_what_the_text_says(claim: str, passage: str) -> None:
    checked = verify_claim(claim, [passage])
    assert checked.verdict is Verdict.SUPPORTED, checked.reason
    assert all(check.passed for check in checked.checks)


@pytest.mark.parametrize(
    ("claim", "passage", "verdict", "reason"),
    [
        ("The drone counted up to 421 cranes near Izumi.", CRANES, Verdict.CONTRADICTED, "421"),
        ("The drone flew over 37 lakes.", CRANES, Verdict.NOT_FOUND, "37"),
        ("The drone counted 412 cranes.", CRANES, Verdict.NOT_FOUND, "lost its upper bound"),
        ("The drone counted at least 412 cranes.", CRANES, Verdict.CONTRADICTED, "lower bound"),
        ("The drone took 18 hours to count cranes.", CRANES, Verdict.NOT_FOUND, "18 hours"),
        ("The drone counted cranes near Kushiro.", CRANES, Verdict.NOT_FOUND, "Kushiro"),
        ("The drone was compared with GPT-5 for cranes.", CRANES, Verdict.NOT_FOUND, "GPT-5"),
        ("GPT-3 was the judge.", "GPT-3.5 was the judge.", Verdict.NOT_FOUND, "GPT-3"),
        ("NestFormer outperforms CraneNet on every lake.", MODELS, Verdict.CONTRADICTED, "outperforms"),
        ("Accuracy decreased when hidden nests were added.", MODELS, Verdict.CONTRADICTED, "decreased"),
        ("Accuracy did not increase when hidden nests were added.", MODELS, Verdict.CONTRADICTED, "not"),
        ("The pilots were paid by a bank for their weekend trips.", CRANES, Verdict.NOT_FOUND, "coverage"),
        ('The text says "the drone never counted any cranes".', CRANES, Verdict.NOT_FOUND, "never"),
    ],
)
def test_verify_claim_names_what_is_wrong(claim: str, passage: str, verdict: Verdict, reason: str) -> None:
    checked = verify_claim(claim, [passage])
    assert (checked.verdict, reason in checked.reason) == (verdict, True), checked.reason
    assert not all(check.passed for check in checked.checks)
    assert 0.0 <= checked.score <= 0.5


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("ドローンはIzumi近くで最大412羽を18分で数えた。", Verdict.SUPPORTED),
        ("ドローンは最大421羽を数えた。", Verdict.NOT_FOUND),
        ("ドローンは412羽を数えた。", Verdict.NOT_FOUND),
        ("ドローンはKushiroで鶴を数えた。", Verdict.NOT_FOUND),
        ("静かなドローンが鶴を数えた。", Verdict.SUPPORTED),
    ],
)
def test_verify_claim_in_japanese_checks_what_survives_translation(claim: str, verdict: Verdict) -> None:
    checked = verify_claim(claim, [CRANES])
    assert checked.verdict is verdict, checked.reason
    assert {check.name for check in checked.checks} == {"quotations", "numbers", "bounds", "names"}


@pytest.mark.parametrize(
    ("claim", "verdict"),
    [
        ("クレインネットは精度を12%向上させた。", Verdict.SUPPORTED),
        ("クレインネットは精度を12%低下させた。", Verdict.CONTRADICTED),
        ("クレインネットは精度を15%向上させた。", Verdict.CONTRADICTED),
        ("ネストフォーマーは精度を12%向上させた。", Verdict.NOT_FOUND),
    ],
)
def test_verify_claim_of_japanese_text_reads_japanese(claim: str, verdict: Verdict) -> None:
    checked = verify_claim(claim, ["提案するクレインネットは、鶴の計数の精度を12%向上させた。"])
    assert checked.verdict is verdict, checked.reason


def test_verify_claim_takes_names_but_not_numbers_from_titles() -> None:
    assert verify_claim("CraneNet counts cranes.", ["It counts cranes."], names_from=["CraneNet"]).verdict is (
        Verdict.SUPPORTED
    )
    assert verify_claim("It counts 9 cranes.", ["It counts cranes."], names_from=["9 cranes"]).verdict is (
        Verdict.NOT_FOUND
    )


def test_verify_claim_scores_fuller_coverage_higher() -> None:
    near = verify_claim("The quiet drone counted cranes in minutes.", [CRANES])
    far = verify_claim("The quiet drone counted cranes despite heavy rain.", [CRANES])
    assert near.score > far.score
