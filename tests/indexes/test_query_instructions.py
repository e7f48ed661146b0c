"""What a query and an instruction are read as: a table of examples in both languages, traps among them."""

import time
import unicodedata
from datetime import date
from typing import Any

import pytest

from indexes.errors import TooLarge
from indexes.query.filters import MAX_NAMES, Filters
from indexes.query.instructions import (
    MAX_INSTRUCTION_CHARACTERS,
    MAX_QUERY_READ_CHARACTERS,
    read_instruction,
    without,
)
from indexes.query.parts import Part, PartKind, parts_in_words
from indexes.query.scope import is_author
from indexes.records import Language, PaperRole

TODAY = date(2026, 11, 22)
JA, EN = Language.JAPANESE, Language.ENGLISH


def parts(names: list[str]) -> tuple[Part, ...]:
    """ "type:survey" and "section:methods" are of those kinds, anything else is a topic."""
    made = []
    for name in names:
        kind, colon, rest = name.partition(":")
        made.append(Part(rest, PartKind(kind)) if colon and kind in ("type", "section") else Part(name))
    return tuple(made)


def case(query: str, text: str, /, instruction: str = "", **expected: Any) -> Any:
    unwanted, wanted = expected.pop("unwanted", []), expected.pop("wanted", [])
    return pytest.param(
        query, instruction, text, Filters(**expected), unwanted, wanted, id=f"{query}|{instruction}"[:70]
    )


def same(query: str) -> Any:
    """A query in which nothing is an instruction."""
    return case(query, query)


TRAPS = [
    same("Which models do not use attention?"),
    same("Why is attention not explanation?"),
    same("What works in simulation but not in reality?"),
    same("What is the accuracy excluding outliers?"),
    same("What is the accuracy, excluding outliers?"),
    same("How is speech recognised without transcripts?"),
    same("unsupervised translation without parallel data"),
    same("poverty mapping without surveys"),
    same("How can wealth be estimated without surveys?"),
    same("Why do editors not review code?"),
    same("encoder-only models for ranking"),
    same("Is the decoder only trained once?"),
    same("Which drug works only in children?"),
    same("How many cases were reported since 2019?"),
    same("patients admitted between March 2020 and May 2021"),
    same("How has the climate changed since 1950?"),
    same("loss after 2000 iterations"),
    same("energy demand until 2050"),
    same("accuracy on the 2012 challenge in 2013"),
    same("treatment of 2019-nCoV"),
    same("Which optimiser is used by Adam?"),
    same("What was proposed by Vaswani et al.?"),
    same("sentiment analysis in Japanese"),
    same("Japanese sentiment lexicons"),
    same("text analysis methods section by section"),
    same("No free lunch theorem"),
    same("Only one layer is frozen. How many are trained?"),
    same("languages other than English"),
    same("The drug is effective in adults, not in children."),
    same("models trained from scratch (without pretraining)"),
    same("p-values (no correction)"),
    same("review of code by pairs"),
    same("papers please: border control games"),
    same("注意機構を使わないモデルは何か？"),
    same("なぜ精度は上がらないのか"),
    same("英語以外の言語での性能は？"),
    same("雑音を除く方法"),
    same("外れ値を除く平均"),
    same("注意機構のみで学習できるか"),
    same("教師なし学習による論文推薦"),
    same("2020年以降に感染者は何人増えたか"),
    same("2050年までの電力需要"),
    same("日本語の論文を英訳する方法"),
    same("手法の説明可能性"),
    same("GPT-4"),
    same("量ではなく質"),
    same("台風による豪雨の原因は？"),
    same("太陽電池による発電の研究動向"),
    same("この本の著者は誰ですか？"),
    same("1986年までに公開された映画は？"),
    same("Which maps were published in 1854?"),
    same("rounding error of math.pi in floating point"),
    same("how do I exclude surveys from a meta analysis"),
    same("effect of excluding reviews from training"),
    same("effect of excluding outliers"),
    same("effect of excluding reviews on accuracy"),
    same("サーベイを除くと精度は上がるか"),
    same("サーベイを除外すると精度は上がるか"),
    same("サーベイを除外することの影響"),
    same("サーベイを除外してよいか"),
    same("レビュー論文は不要ですか"),
]

DATES = [
    case("papers since 2023", "papers", published_from="2023"),
    case("papers on sleep staging since 2023", "papers on sleep staging", published_from="2023"),
    case("sleep staging, since 2023", "sleep staging", published_from="2023"),
    case("GPT-4 after 2023", "GPT-4", published_from="2024"),
    case("graph neural networks published after March 2022", "graph neural networks", published_from="2022-04"),
    case("sleep staging (published between 2019 and 2021)", "sleep staging", published_from="2019",
         published_to="2021"),
    case("papers from 2015 on storks", "papers on storks", published_from="2015", published_to="2015"),
    case("papers from 2015 about attacks on storks", "papers about attacks on storks", published_from="2015",
         published_to="2015"),
    case("storks from 2015 on", "storks", published_from="2015"),
    case("papers from 2015 on about storks", "papers about storks", published_from="2015"),
    case("from 2015 on, storks", "storks", published_from="2015"),
    case("papers from 2019 to 2021 on storks", "papers on storks", published_from="2019", published_to="2021"),
    case("Which papers published before 2020 count cranes?", "Which papers count cranes?", published_to="2019"),
    case("Which datasets are used in papers from 2021?", "Which datasets are used in papers?", published_from="2021",
         published_to="2021"),
    case("papers from the last three years on storks", "papers on storks", published_from="2023"),
    case("How are cranes counted? Published since 2022.", "How are cranes counted?", published_from="2022"),
    case("storks", "storks", "since 12 March 2022", published_from="2022-03-12"),
    case("storks", "storks", "Only papers no older than 2020, please.", published_from="2020"),
    case("storks", "storks", "not before 2020", published_from="2020"),
    case("storks", "storks", "exclude papers published since 2022", published_to="2021"),
    case("storks", "storks", "2015-2018 only", published_from="2015", published_to="2018"),
    case("2023年以降の睡眠の論文", "睡眠の論文", published_from="2023"),
    case("睡眠段階の推定、2023年以降", "睡眠段階の推定", published_from="2023"),
    case("2021年に発表された睡眠の論文", "発表された睡眠の論文", published_from="2021", published_to="2021"),
    case("睡眠", "睡眠", "2019年から2021年の論文のみ", published_from="2019", published_to="2021"),
    case("睡眠", "睡眠", "2022年3月より後", published_from="2022-04"),
    case("睡眠", "睡眠", "直近3年の論文だけ", published_from="2023"),
    case("睡眠", "睡眠", "2020年以前の論文は除く", published_from="2021"),
]  # fmt: skip

NAMES = [
    case("papers by Hinton", "papers", authors=("Hinton",)),
    case("papers by Hinton on capsules", "papers on capsules", authors=("Hinton",)),
    case("Which papers by Aya Mori and Jon Field count cranes?", "Which papers count cranes?",
         authors=("Aya Mori", "Jon Field")),
    case("capsules, not papers by Hinton", "capsules", authors_excluded=("Hinton",)),
    case("capsules", "capsules", "by G. Hinton et al.", authors=("G. Hinton",)),
    case("capsules", "capsules", "Exclude anything by van den Berg.", authors_excluded=("van den Berg",)),
    case("capsules", "capsules", "by Mori or Field, since 2020", authors=("Mori", "Field"), published_from="2020"),
    case("山田らの研究", "研究", authors=("山田",)),
    case("森あやによる論文", "論文", authors=("森あや",)),
    case("睡眠", "睡眠", "山田太郎による論文のみ", authors=("山田太郎",)),
    case("睡眠", "睡眠", "著者は森", authors=("森",)),
    case("papers from NeurIPS on sparsity", "papers on sparsity", venues=("NeurIPS",)),
    case("sparsity published in the Journal of Quiet Robotics", "sparsity", venues=("Journal of Quiet Robotics",)),
    case("sparsity", "sparsity", "from NeurIPS, not from ICML", venues=("NeurIPS",), venues_excluded=("ICML",)),
    case("sparsity in cs.LG", "sparsity", categories=("cs.LG",)),
    case("sparsity", "sparsity", "Only in category eess.AS.", categories=("eess.AS",)),
    case("睡眠", "睡眠", "分野はcs.LGのみ", categories=("cs.LG",)),
    case("睡眠", "睡眠", "cs.SIの論文は除く", categories_excluded=("cs.SI",)),
    case("papers in Japanese on storks", "papers on storks", language=JA),
    case("storks", "storks", "only Japanese papers", language=JA),
    case("storks", "storks", "written in English", language=EN),
    case("コウノトリ 日本語の論文だけ", "コウノトリ", language=JA),
    case("コウノトリ", "コウノトリ", "英語の論文は除く", language=JA),
    case("storks", "storks", "no notes", roles=(PaperRole.PAPER,)),
    case("コウノトリ", "コウノトリ", "ノートは除く", roles=(PaperRole.PAPER,)),
    case("What camera is used in the methods section?", "What camera is used?", wanted=["section:methods"]),
    case("storks", "storks", "in the results section only", wanted=["section:results"]),
    case("storks", "storks", "not in the introduction section", unwanted=["section:introduction"]),
    case("手法の節で使われたカメラは？", "使われたカメラは?", wanted=["section:methods"]),
    case("コウノトリ", "コウノトリ", "結果の節のみ", wanted=["section:results"]),
]  # fmt: skip

TYPES = [
    case("sleep staging excluding surveys", "sleep staging", unwanted=["type:survey"]),
    case(
        "Which networks stage sleep, excluding surveys and theses?",
        "Which networks stage sleep?",
        unwanted=["type:survey", "type:thesis"],
    ),
    case("sleep staging, no review papers", "sleep staging", unwanted=["type:survey"]),
    case("How is sleep staged? Exclude case reports.", "How is sleep staged?", unwanted=["type:case report"]),
    case("sleep staging", "sleep staging", "Survey papers are not relevant.", unwanted=["type:survey"]),
    case("sleep staging", "sleep staging", "only surveys", wanted=["type:survey"]),
    case("睡眠段階の推定 サーベイは除く", "睡眠段階の推定", unwanted=["type:survey"]),
    case("サーベイを除いて睡眠の論文", "睡眠の論文", unwanted=["type:survey"]),
    case("睡眠", "睡眠", "サーベイや学位論文は除外", unwanted=["type:survey", "type:thesis"]),
    case("睡眠", "睡眠", "総説のみ", wanted=["type:survey"]),
]

TOPICS = [
    case("graph networks, not for molecules", "graph networks", unwanted=["molecules"]),
    case("graph networks but not molecules", "graph networks", unwanted=["molecules"]),
    case("python (not the snake)", "python", unwanted=["snake"]),
    case("papers on sleep staging that do not use EEG", "papers on sleep staging", unwanted=["EEG"]),
    case("Find work on storks, not on herons or egrets", "Find work on storks", unwanted=["herons", "egrets"]),
    case("How are storks counted? Not from satellites.", "How are storks counted?", unwanted=["satellites"]),
    case("storks", "storks", "without radar", unwanted=["radar"]),
    case("storks", "storks", "except those on nesting", unwanted=["nesting"]),
    case("storks", "storks", "Papers about zoos are not relevant.", unwanted=["zoos"]),
    case("storks", "storks", "A paper is relevant only if it uses drones.", wanted=["drones"]),
    case("storks", "storks", "Must report a census but not of captive birds", wanted=["census"],
         unwanted=["captive birds"]),
    case("storks", "storks", "Papers that use drones instead of radar since 2020", wanted=["drones"],
         unwanted=["radar"], published_from="2020"),
    case("storks", "storks", "I'm not interested in diseases, parasites or toxins.",
         unwanted=["diseases", "parasites", "toxins"]),
    case("storks", "storks", "Ignore simulations; focus on field work.", unwanted=["simulations"], wanted=["field"]),
    case("storks", "storks", "only with the NestCount dataset", wanted=["NestCount dataset"]),
    case("コウノトリ", "コウノトリ", "画像は除く", unwanted=["画像"]),
    case("コウノトリ", "コウノトリ", "画像や動画に関する論文は除外してください", unwanted=["画像", "動画"]),
    case("コウノトリ", "コウノトリ", "レーダー以外", unwanted=["レーダー"]),
    case("コウノトリ", "コウノトリ", "レーダーではなくドローン", unwanted=["レーダー"], wanted=["ドローン"]),
    case("コウノトリ", "コウノトリ", "ドローンを用いた研究に限る", wanted=["ドローン"]),
    case("コウノトリ", "コウノトリ", "レーダーを使わない研究", unwanted=["レーダー"]),
    case("コウノトリ", "コウノトリ", "ドローン以外は除く", wanted=["ドローン"]),
    case("コウノトリの個体数、飼育下は除く", "コウノトリの個体数", unwanted=["飼育下"]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("query", "instruction", "text", "filters", "unwanted", "wanted"), [*TRAPS, *DATES, *NAMES, *TYPES, *TOPICS]
)
def test_query_is_read_as(
    query: str, instruction: str, text: str, filters: Filters, unwanted: list[str], wanted: list[str]
) -> None:
    read = read_instruction(query, instruction=instruction, today=TODAY)
    assert (read.filters, read.unwanted, read.wanted) == (filters, parts(unwanted), parts(wanted))
    assert read.text == " ".join(unicodedata.normalize("NFKC", text).split())


SEEDS = (
    "Aa",
    "Aa ",
    "森",
    "森と",
    "森の",
    "森・",
    "not ",
    "and ",
    ", ",
    "by Aa, Bb and ",
    "Aa et al. ",
    "らの",
    "による",
)
SPACES = ("\t", "graphs, not a" + " " * 900 + "b ", "since 2020 ", "except ", "van der Aa ", "(", "。", "A.")


@pytest.mark.parametrize("seed", [*SEEDS, *SPACES])
def test_hostile_repetition_costs_no_time(seed: str) -> None:
    long, short = (seed * (size // len(seed) + 1) for size in (MAX_INSTRUCTION_CHARACTERS, MAX_QUERY_READ_CHARACTERS))
    started = time.process_time()
    read_instruction("storks", instruction=long[:MAX_INSTRUCTION_CHARACTERS], today=TODAY)
    read_instruction(short[:MAX_QUERY_READ_CHARACTERS], today=TODAY)
    assert time.process_time() - started < 1.0


def test_instruction_that_is_too_long_is_refused() -> None:
    with pytest.raises(TooLarge, match="1,001 characters, the limit is 1,000"):
        read_instruction("storks", instruction="x" * 1_001)


def test_pasted_text_is_searched_as_it_stands() -> None:
    text = "papers since 2020 " * 40
    assert read_instruction(text).filters == Filters()


@pytest.mark.parametrize(
    ("query", "text"),
    [
        ("1-methyl-4-phenyl-1,2,3,6-tetrahydropyridine", "1-methyl-4-phenyl-1,2,3,6-tetrahydropyridine"),
        (f"{'x' * 60}yz since 2023", f"{'x' * 60}yz"),
        ("10⁸ particles", "10^8 particles"),
        ("language models¹² since 2023", "language models"),
    ],
)
def test_no_word_loses_what_it_says(query: str, text: str) -> None:
    assert read_instruction(query, today=TODAY).text == text


def test_what_is_read_is_told_in_words() -> None:
    read = read_instruction("storks", instruction="no surveys; only in the methods section; not by radar")
    assert parts_in_words(read) == ("not: survey", "not: radar", "rather: the methods")


def test_names_in_a_question_count_only_where_the_library_knows_them() -> None:
    query = "papers by Adam on training"
    assert read_instruction(query, knows_author=lambda name: False).filters == Filters()
    assert read_instruction(query, knows_author=lambda name: name == "Adam").filters == Filters(authors=("Adam",))
    lower = read_instruction("papers by hinton", knows_author=lambda name: name == "hinton")
    assert lower.filters == Filters(authors=("hinton",))
    owned = read_instruction("鶴", instruction="藤堂の論文は除く", knows_author=lambda name: name == "藤堂")
    assert owned.filters == Filters(authors_excluded=("藤堂",))


def test_a_contradiction_is_left_unread() -> None:
    read = read_instruction("papers since 2023", instruction="before 2020")
    assert read.filters == Filters(published_from="2023")


@pytest.mark.parametrize(
    "query",
    [
        "papers between March 2022 and January 2022",
        "papers from 2022-03-15 to 2022-03-01",
        "2022年5月から2022年2月までの論文",
        f"papers published in {'Alpha ' * 40}Journal",
        "\u3099による論文",
        "materials that outlast 5 years",
        "papers from 2023 to 2020",
    ],
)
def test_what_cannot_be_meant_is_searched_as_it_stands(query: str) -> None:
    def knows(name: str) -> bool:
        return is_author(name, ["Aya Mori"])

    read = read_instruction(query, today=TODAY, knows_author=knows)
    assert (read.filters, read.text) == (Filters(), unicodedata.normalize("NFKC", query))


def test_of_very_many_authors_as_many_count_as_a_filter_takes() -> None:
    names = [first + second for first in "ABCDEFGHIJ" for second in "abcdefghijkl"]
    assert len(names) > MAX_NAMES
    read = read_instruction("storks", instruction=f"only by {', '.join(names)}")
    assert read.filters.authors == tuple(names[:MAX_NAMES])


def test_a_date_never_takes_the_end_of_the_word_before_it() -> None:
    assert read_instruction("models that retain the last three years", today=TODAY).text == "models that retain"


def test_a_query_of_nothing_but_an_instruction_stays_what_is_searched() -> None:
    read = read_instruction("since 2023")
    assert read.filters == Filters(published_from="2023")
    assert read.text == "since 2023"


@pytest.mark.parametrize(
    ("text", "words", "left"),
    [
        ("storks, since 2023, in wetlands", "since 2023", "storks, in wetlands"),
        ("storks (since 2023)", "since 2023", "storks"),
        ("How are storks counted since 2023?", "since 2023", "How are storks counted?"),
        ("2023年以降の鶴", "2023年以降", "鶴"),
        ("(2023年以降)の鶴", "2023年以降", "鶴"),
        ("since 2023: storks", "since 2023", "storks"),
        ("since 2023. Storks in wetlands", "since 2023", "Storks in wetlands"),
        ("since 2023 .NET performance", "since 2023", ".NET performance"),
        (".NET performance since 2023", "since 2023", ".NET performance"),
        ("にきびの治療、2023年以降", "2023年以降", "にきびの治療"),
        ("にんにくの効果 (2023年以降)", "2023年以降", "にんにくの効果"),
        ("2023年以降、にきびの治療", "2023年以降", "にきびの治療"),
        ("2023年以降、のりの養殖", "2023年以降、", "のりの養殖"),
    ],
)
def test_what_is_left_reads_as_if_nothing_had_been_there(text: str, words: str, left: str) -> None:
    start = text.index(words)
    assert without(text, [(start, start + len(words))]) == left


def test_words_taken_out_one_after_the_other_leave_no_mark_between_them() -> None:
    assert without("since 2023, by Mori, storks", [(0, 10), (12, 19)]) == "storks"


@pytest.mark.parametrize(
    ("query", "left"),
    [
        ("にきびの治療、サーベイは除く", "にきびの治療"),
        ("のりの養殖、レビュー論文は除く", "のりの養殖"),
        (".NET performance, not surveys", ".NET performance"),
    ],
)
def test_a_beginning_that_no_instruction_touched_keeps_its_first_letter(query: str, left: str) -> None:
    assert read_instruction(query).text == left


def test_the_table_is_large_enough_in_both_languages() -> None:
    cases = [*TRAPS, *DATES, *NAMES, *TYPES, *TOPICS]
    japanese = [one for one in cases if not one.values[0].isascii()]
    assert len(cases) >= 80
    assert len(japanese) >= 30


@pytest.mark.parametrize(
    "query",
    [
        "what do the papers not published in 2020 say",
        "what do the papers that weren't published in 2020 say",
        "research on why storks did not appear before 1990 in Peru",
        "stork papers not published until 2020",
        "papers not written by Mori",
        "stork papers never written by Mori",
        "papers which weren't written by Mori",
        "papers not published in Nature",
        "papers not yet published in Nature",
        "papers whether or not published in Nature",
        "papers not written by Mori or published in Nature",
        "What fraction of studies are not published in English?",
        "studies that were not presented at CHI",
        "papers not in cs.CL",
        "papers not in cs.CL or cs.LG",
        "papers outside the cs.CL category",
        "papers on storks outside cs.CL",
        "papers not written in Japanese",
        "storks not in the results section",
        "2020年の論文以外",
        "2020年以降の論文を除く",
        "2020年以降の論文を抜き出す方法",
        "2020年以降の論文を除外しないサギ",
        "日本語で書かれた論文以外",
        "日本語で書かれた論文ではないもの",
        "森が書いた論文を除く",
        "森による論文以外",
        "Natureに掲載された論文は除く",
        "cs.CL以外の論文",
        "cs.CLとcs.LG以外の論文",
    ],
)
def test_what_a_query_rules_out_is_left_to_the_search(query: str) -> None:
    read = read_instruction(query, today=TODAY, knows_author=lambda name: name in ("Mori", "森"))
    assert (read.filters, read.wanted, read.unwanted, read.text) == (Filters(), (), (), query)


@pytest.mark.parametrize(
    "query", ["2020年以降の論文、サーベイを除く", "2020年以降の論文でレーダー以外", "papers since 2020, not on radar"]
)
def test_what_is_ruled_out_elsewhere_leaves_the_date_a_filter(query: str) -> None:
    assert read_instruction(query, today=TODAY).filters == Filters(published_from="2020")
