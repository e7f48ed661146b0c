import pytest
from factories import make_passage
from fake_encoder import FakeEncoder

from app.generators.extractive import ExtractiveGenerator
from app.generators.extractive.candidates import is_dangling, is_quotable, readable
from app.generators.extractive.cues import Wanted, numbers_of, offers, wanted_by
from app.generators.extractive.scoring import title_names
from app.generators.protocol import DraftRequest, Evidence, GeneratorKind, Task
from indexes.records import Language, PassageKind


def draft(
    question: str, *texts: str, task: Task = Task.ANSWER, max_sentences: int = 3, kind: PassageKind = PassageKind.BODY
) -> list[str]:
    evidence = tuple(
        Evidence(number, make_passage(text=text, ordinal=number, kind=kind, section=""), "Cranes", 1.0 / number)
        for number, text in enumerate(texts, start=1)
    )
    request = DraftRequest(task, question, Language.ENGLISH, evidence, None, max_sentences, 0)
    written = ExtractiveGenerator(encoder=FakeEncoder(dimension=512)).draft(request)
    return [sentence.text for sentence in written.sentences]


BATTERY = "The battery holds for 18 minutes. It weighs 250 grams. Cranes rest near the lake in winter."
CAMERA = "A camera looks straight down. The camera was chosen because it sees heat at night."


def test_draft_puts_the_sentence_that_answers_first() -> None:
    assert draft("How many minutes does the battery hold?", CAMERA, BATTERY)[0] == "The battery holds for 18 minutes."
    assert draft("Why was the camera chosen?", BATTERY, CAMERA)[0] == CAMERA.split(". ")[1]


def test_draft_names_the_passage_of_each_sentence() -> None:
    passages = [make_passage(text=text, ordinal=number) for number, text in enumerate((CAMERA, BATTERY))]
    evidence = tuple(Evidence(number, passage, "Cranes", 1.0) for number, passage in enumerate(passages, start=1))
    request = DraftRequest(Task.ANSWER, "How long does the battery hold?", Language.ENGLISH, evidence, None, 1, 0)
    heard = []
    generator = ExtractiveGenerator(encoder=FakeEncoder())
    written = generator.draft(request, on_sentence=heard.append)
    assert tuple(heard) == written.sentences
    assert written.sentences[0].evidence_numbers == (2,)
    assert generator.identity.kind is GeneratorKind.EXTRACTIVE


def test_draft_brings_the_sentence_that_a_pronoun_points_at() -> None:
    text = "CraneNet is a small network. It was trained on thermal images of nests. Volunteers counted ducks."
    assert draft("What was it trained on, thermal images of nests?", text, max_sentences=2) == [
        "CraneNet is a small network.",
        "It was trained on thermal images of nests.",
    ]


def test_draft_does_not_say_the_same_twice() -> None:
    first = "The battery of the drone holds for 18 minutes."
    second = "The battery of the drone holds for 18 minutes today."
    assert draft("How long does the battery of the drone hold?", first, second) == [first]


def test_draft_keeps_to_max_sentences_and_quotes_nothing_from_nothing() -> None:
    text = "Nests hold eggs. Nests hold two eggs. Nests hold three eggs. Nests hold four big eggs."
    assert len(draft("What do nests hold?", text, max_sentences=2)) <= 2
    assert draft("What do nests hold?", "3.2 Nests", "Table 2 shows nests.") == []


def test_draft_encodes_a_sentence_once() -> None:
    encoder = FakeEncoder()
    generator = ExtractiveGenerator(encoder=encoder)
    evidence = (Evidence(1, make_passage(text=BATTERY), "Cranes", 1.0),)
    request = DraftRequest(Task.ANSWER, "How long does the battery hold?", Language.ENGLISH, evidence, None, 3, 0)
    generator.draft(request)
    count = len(encoder.encoded)
    generator.draft(request)
    assert encoder.encoded[count:] == ["How long does the battery hold?"]


def test_draft_of_one_line_takes_what_the_paper_does() -> None:
    abstract = "Counting cranes is slow. In this paper, we propose a drone that counts them. Results improve by 12%."
    assert draft("", abstract, task=Task.ONE_LINE) == ["In this paper, we propose a drone that counts them."]
    japanese = "鶴を数えるのは時間がかかる。本研究では、鶴を数える静かなドローンを提案する。精度は12%向上した。"
    assert draft("", japanese, task=Task.ONE_LINE) == ["本研究では、鶴を数える静かなドローンを提案する。"]


def test_draft_of_one_line_prefers_the_aim_to_what_was_done_before() -> None:
    text = "We recently described tired birds. The aim of the present study was to weigh cranes. Do we propose rest?"
    assert draft("", text, task=Task.ONE_LINE) == ["The aim of the present study was to weigh cranes."]


def test_draft_of_a_summary_keeps_the_abstract_in_order() -> None:
    abstract = " ".join(f"Filler sentence number {word} stands here." for word in ("alpha", "beta", "gamma", "delta"))
    abstract += " We propose a quiet drone. It improves counting by 12%."
    written = draft("", abstract, task=Task.SUMMARY, max_sentences=4, kind=PassageKind.ABSTRACT)
    assert written[0].endswith("alpha stands here.")
    assert written[-2:] == ["We propose a quiet drone.", "It improves counting by 12%."]


def test_draft_answers_japanese_from_japanese() -> None:
    text = "鶴は冬に湖で休む。電池は18分持続する。カメラは真下を向く。"
    assert draft("電池は何分持続しますか？", text, max_sentences=1) == ["電池は18分持続する。"]


@pytest.mark.parametrize(
    "text",
    [
        "3.2 Nest counting",
        "counted at night by the drone.",
        "Table 2 shows the number of nests.",
        "As shown in Figure 3, nests differ.",
        "図3に結果を示す。",
        "Mori, A. and Field, J. Counting cranes. In Proceedings of Birds, 2021.",
        "0.12 0.33 84.1 77.2 0.91 81.0.",
        "The authors declare no competing interests.",
        "We count cranes with the",
    ],
)
def test_is_quotable_refuses_what_does_not_read_alone(text: str) -> None:
    assert not is_quotable(text)


@pytest.mark.parametrize(
    "text", ["We count cranes at night.", "mRNA levels rose in all birds.", "鶴の数を夜間に数えた。"]
)
def test_is_quotable_takes_sentences(text: str) -> None:
    assert is_quotable(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Cranes rest [3, 4] here\nin winter [5].", "Cranes rest here in winter."),
        ("Abstract: RESULTS: Cranes rest here.", "Cranes rest here."),
        ("PRINCIPAL FINDINGS: Cranes rest here.", "Cranes rest here."),
        ("2 Introduction The whole flock rests.", "The whole flock rests."),
        ("Introduction to cranes is short.", "Introduction to cranes is short."),
        ("To date, 677,243 birds were seen.", "To date, 677,243 birds were seen."),
        ("They saw five. 12", "They saw five."),
    ],
)
def test_readable_drops_citations_and_labels_but_no_numbers(text: str, expected: str) -> None:
    assert readable(text) == expected


@pytest.mark.parametrize(
    ("text", "dangling"),
    [
        ("This improves it.", True),
        ("It was trained.", True),
        ("However, they fell.", True),
        ("これは速い。", True),
        ("This paper counts cranes.", False),
        ("The drone is quiet.", False),
        ("本研究では鶴を数える。", False),
    ],
)
def test_is_dangling_sees_what_points_back(text: str, dangling: bool) -> None:
    assert is_dangling(text) is dangling


@pytest.mark.parametrize(
    ("question", "wanted"),
    [
        ("How many nests were there?", Wanted.NUMBER),
        ("When was the census?", Wanted.DATE),
        ("Why was it chosen?", Wanted.REASON),
        ("Who flew the drone?", Wanted.NAME),
        ("Which datasets are used?", Wanted.NAME),
        ("What is CraneNet?", Wanted.DEFINITION),
        ("How is the camera mounted?", Wanted.METHOD),
        ("Do cranes sleep?", Wanted.ANY),
        ("巣はいくつありましたか？", Wanted.NUMBER),
        ("いつ行われましたか？", Wanted.DATE),
        ("なぜ選ばれましたか？", Wanted.REASON),
        ("CraneNetとは何ですか？", Wanted.DEFINITION),
    ],
)
def test_wanted_by_reads_the_wording(question: str, wanted: Wanted) -> None:
    assert wanted_by(question) is wanted


def test_offers_tells_a_number_from_a_name_with_a_digit() -> None:
    assert offers("There were 12 nests.", Wanted.NUMBER)
    assert not offers("IFITM5 is a protein.", Wanted.NUMBER)


def test_draft_leads_with_the_best_sentence_whatever_passage_it_stands_in() -> None:
    close = "A nest search over 10,000 reeds is slow in fog. Searches over reeds were slow for the crew."
    direct = "The crew ends a search over 10,000 reeds in 33 minutes."
    written = draft("How long does a search over 10,000 reeds take?", close, direct)
    assert written[0] == direct
    assert len(written) <= 2


def test_draft_adds_a_sentence_only_for_what_the_first_lacks() -> None:
    both = "The battery weighs 250 grams here. The battery of the camera is red. The lens costs 40 euros there."
    written = draft("What does the battery weigh and what does the lens cost?", both)
    assert sorted(written) == ["The battery weighs 250 grams here.", "The lens costs 40 euros there."]


def test_draft_takes_the_words_of_a_heading_for_those_of_its_sentences() -> None:
    texts = (("1 Protocol", "The observer protocol is short and cheap."), ("5 Limitations", "Fog hides birds from us."))
    evidence = tuple(
        Evidence(number, make_passage(text=text, ordinal=number, section=section), "The Observer Protocol", 1.0)
        for number, (section, text) in enumerate(texts, start=1)
    )
    request = DraftRequest(
        Task.ANSWER, "What are the limitations of the observer protocol?", Language.ENGLISH, evidence, None, 1, 0
    )
    written = ExtractiveGenerator(encoder=FakeEncoder(dimension=512)).draft(request)
    assert [sentence.text for sentence in written.sentences] == ["Fog hides birds from us."]


def test_draft_quotes_the_questions_language_first() -> None:
    english, japanese = "Cranes rest near the lake in winter.", "鶴は冬に湖の近くで休む。"
    assert draft("Where do cranes rest?", japanese, english) == [english]
    assert draft("鶴は冬にどこで休みますか？", english, japanese) == [japanese]
    assert draft("Where do cranes rest?", japanese) == [japanese]
    about_heron = "The battery of HERON-2 weighs 250 grams."
    assert draft("HERON-2は何グラムですか？", japanese, about_heron) == [about_heron]


def test_draft_compares_with_the_query_where_there_is_one() -> None:
    evidence = (Evidence(1, make_passage(text=f"{BATTERY} {CAMERA}"), "Cranes", 1.0),)
    asked = "電池は何分持ちますか？"
    request = DraftRequest(Task.ANSWER, asked, Language.JAPANESE, evidence, None, 1, 0, query="battery holds minutes")
    written = ExtractiveGenerator(encoder=FakeEncoder(dimension=512)).draft(request)
    assert [sentence.text for sentence in written.sentences] == ["The battery holds for 18 minutes."]


@pytest.mark.parametrize(
    "text",
    [
        "2. Counting Nests at Dusk 発行日:2024年3月1日 夕方に巣を数える手順を示しています。",
        "Counting Nests Published: 2024-03-01 A way to count nests at dusk is shown here.",
        "Q: 巣はいくつありましたか? A: 巣は12個ありました。",
    ],
)
def test_is_quotable_refuses_the_lines_of_a_list(text: str) -> None:
    assert not is_quotable(text)


def test_draft_of_one_line_prefers_the_abstract_to_what_was_used() -> None:
    pieces = (
        (PassageKind.BODY, "We used a camera with a 35 mm lens."),
        (PassageKind.ABSTRACT, "We count cranes from drones. The drone counted 412 cranes."),
    )
    evidence = tuple(
        Evidence(number, make_passage(text=text, ordinal=number, kind=kind, section=""), "Cranes", 1.0)
        for number, (kind, text) in enumerate(pieces, start=1)
    )
    request = DraftRequest(Task.ONE_LINE, "", Language.ENGLISH, evidence, None, 1, 0)
    written = ExtractiveGenerator(encoder=FakeEncoder()).draft(request)
    assert [sentence.text for sentence in written.sentences] == ["We count cranes from drones."]


def test_offers_does_not_take_the_questions_number_for_its_answer() -> None:
    besides = numbers_of("How long does it take for 10,000 nests?")
    assert besides == {"10,000"}
    assert not offers("A search over 10,000 nests is slow.", Wanted.NUMBER, besides=besides)
    assert offers("It takes 12 ms.", Wanted.DURATION, besides=besides)
    assert not offers("A second drone and 12 nests.", Wanted.DURATION)


def test_title_names_hold_the_papers_initials() -> None:
    assert title_names("The Marsh Bird Map").split()[-1] == "MBM"
    assert title_names("Counting cranes") == "Counting cranes"


def test_draft_brings_what_a_japanese_enumeration_begins_with() -> None:
    text = "提案手法には三つの限界がある。第一に、霧の日の限界として鳥を数えられない。"
    assert draft("霧の日の限界は何ですか？", text, max_sentences=2) == [
        "提案手法には三つの限界がある。",
        "第一に、霧の日の限界として鳥を数えられない。",
    ]
