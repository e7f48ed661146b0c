import pytest

from app.chat.followup import PastTurn, points_back, standalone_question

ACCURACY = PastTurn("What accuracy does CraneNet reach on LakeSet?", "CraneNet reaches 84.3. NestFormer reaches 81.5.")


@pytest.mark.parametrize(
    "question",
    [
        "What is a nest?",
        "How many drones were flown over the lakes in winter?",
        "What does this paper propose?",
        "In which year was the census of Izumi cranes carried out by volunteers?",
        "この論文の目的は何ですか？",
        "ドローンは何台使いましたか？",
    ],
)
def test_standalone_question_leaves_a_whole_question_alone(question: str) -> None:
    assert not points_back(question)
    assert standalone_question(question, [ACCURACY]) == question


@pytest.mark.parametrize(
    ("question", "carried"),
    [
        ("And on GSM8K?", ["CraneNet", "accuracy"]),
        ("What about NestFormer?", ["accuracy", "LakeSet"]),
        ("How was it trained?", ["CraneNet"]),
        ("Why?", ["CraneNet", "accuracy"]),
        ("Why is this better?", ["CraneNet"]),
        ("What about the second one?", ["NestFormer"]),
        ("それはなぜですか？", ["CraneNet"]),
    ],
)
def test_standalone_question_carries_over_what_is_not_said(question: str, carried: list[str]) -> None:
    standalone = standalone_question(question, [ACCURACY])
    assert standalone.startswith(question)
    assert all(word in standalone for word in carried), standalone


def test_standalone_question_does_not_carry_what_is_said() -> None:
    assert standalone_question("And what accuracy on IceSet?", [ACCURACY]).count("accuracy") == 1


def test_standalone_question_follows_a_chain_through_the_last_turn() -> None:
    second = standalone_question("And on IceSet?", [ACCURACY])
    third = standalone_question("And on SnowSet?", [ACCURACY, PastTurn(second, "")])
    assert "CraneNet" in third
    assert "accuracy" in third


def test_standalone_question_without_history_is_itself() -> None:
    assert standalone_question(" And on IceSet? ", []) == "And on IceSet?"


def test_standalone_question_in_japanese_carries_japanese_words() -> None:
    last = PastTurn("クレインネットの精度はどのくらいですか？", "")
    standalone = standalone_question("湖が凍った場合はどうですか？", [last])
    assert "クレインネット" in standalone
    assert "精度" in standalone
