"""How far text reads as language: prose, tables and formulas in several languages against broken fonts."""

import pytest
from scans import CIPHER

from ingest.pdf.quality import LEAST_QUALITY, is_garbled, quality_of

ENGLISH = (
    "Cranes come to the marsh in autumn and stay until the ice has closed the last open water, after which they fly on "
    "to the coast and feed on fields of wheat. The survey counted 412 of them in one morning, more than in any year."
)
GERMAN = (
    "Die Kraniche kommen im Herbst in das Moor und bleiben, bis das Eis die letzten Wasserflächen schließt. Danach "
    "ziehen sie an die Küste weiter. Die Landesvogelschutzbehörde zählte an einem Morgen 412 Tiere."
)
FRENCH = (
    "Les grues arrivent au marais en automne et y restent jusqu'à ce que la glace ait fermé les dernières eaux libres."
)
POLISH = (
    "Żurawie przylatują na bagna jesienią i zostają, dopóki lód nie zamknie ostatnich wód, a potem lecą na wybrzeże."
)
JAPANESE = (
    "鶴は秋に湿原へ来て、氷が最後の水面を閉ざすまで留まる。"
    "その後は海岸へ飛び、麦畑で餌を取る。調査では一朝に412羽を数えた。"
)
RUSSIAN = "Журавли прилетают на болото осенью и остаются, пока лёд не закроет последнюю воду."
REFERENCES = (
    "[1] K. Sato, M. Müller, and J. O'Brien. Counting cranes from the air. J. Ornithol. 12(3):45-67, 2019. "
    "doi:10.1234/jo.2019.0012. [2] X. Zhou, Y. Nguyen, and F. Hernández. Wetland birds. Proc. ICCV, pp. 1-9, 2020."
)
FORMULAS = (
    "where x(t) = a0 + b1 sin(2πft) and λ ≥ 0. It follows that ∑ pi log pi ≤ H(X) for all t ∈ [0, T], so that "
    "E[f(x)] = ∫ f(x) p(x) dx. By Lemma 2, ||Ax − b||2 ≤ ε holds with probability 1 − δ."
)
TABLE = "Method P R F1 BM25 .631 .850 .724 MiniLM .436 .662 .526 Fusion .672 .863 .756 n = 702 (p < 0.05)"


@pytest.mark.parametrize(
    "text", [ENGLISH, GERMAN, FRENCH, POLISH, JAPANESE, RUSSIAN, REFERENCES, FORMULAS, TABLE, "1.0 2.5 (3) 4 %", ""]
)
def test_what_people_write_reads_as_language(text):
    assert quality_of(text) > 0.6


def test_prose_reads_best():
    assert min(quality_of(text) for text in (ENGLISH, GERMAN, FRENCH, JAPANESE)) > 0.9
    assert quality_of(FORMULAS) < quality_of(ENGLISH)


@pytest.mark.parametrize(
    "broken",
    [
        ENGLISH.translate(CIPHER),
        GERMAN.translate(CIPHER),
        "".join(chr(ord(letter) - 29) if letter > "=" else letter for letter in ENGLISH),
        ENGLISH.replace(" ", ""),
        " ".join(ENGLISH.replace(" ", "")),
        "".join(chr(0x4E00 + ord(letter) * 7919 % 20900) if letter > "\u3000" else letter for letter in JAPANESE),
        "!W-XGY# a1b2 k]q{3v l!}x2 h4[qr d<9z& m^0c~t3 j%s8 ;p5=?7>q r2|t4 y7/u " * 3,
        "จॻΫϥε αϯϓϧจॻ ޠݴଠ ͡Ίʹ ΫϥεΛϕʔε ʹ͍ͯ͠Δ " * 5,
    ],
    ids=["letters", "german", "shifted", "glued", "spaced", "han", "signs", "scripts"],
)
def test_broken_fonts_do_not(broken):
    assert quality_of(broken) < LEAST_QUALITY


def test_quality_is_between_nothing_and_one():
    for text in (ENGLISH, "~~~~ ###", "\ud800 \U0001f600", "a"):
        assert 0.0 <= quality_of(text) <= 1.0


@pytest.mark.parametrize(
    ("quality", "length", "unmapped_share", "garbled"),
    [
        (0.4, 2000, 0.0, True),
        (0.4, 50, 0.0, False),
        (0.4, 50, 0.2, True),
        (0.7, 2000, 0.0, False),
        (0.7, 2000, 0.2, True),
        (0.9, 2000, 0.2, False),
        (0.0, 0, 1.0, False),
    ],
)
def test_garbled_by_quality_length_and_lost_signs(quality, length, unmapped_share, garbled):
    assert is_garbled(quality, length=length, unmapped_share=unmapped_share) is garbled
