"""Names in an instruction: authors, venues, categories, languages, sections, roles, each with its place in the text.

Each finder has a strict form, for a question's own words, where only what is unmistakable counts ("papers by Mori", not
"used by Mori"), and a free form for words that are known to be an instruction.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from indexes.analysis import CJK_CHARACTERS
from indexes.query.filters import MAX_NAME_CHARACTERS, MAX_NAMES, Filters
from indexes.query.sections import SECTION_WORDS, section_named
from indexes.records import Language, PaperRole

KnowsAuthor = Callable[[str], bool]
"""Whether a library holds a paper by somebody of this name."""

VENUES = (
    "NeurIPS|NIPS|ICML|ICLR|ACL|NAACL|EACL|AACL|EMNLP|TACL|COLING|CoNLL|LREC|AAAI|IJCAI|CVPR|ICCV|ECCV|WACV|BMVC|MICCAI|ISBI|KDD|"
    "SIGIR|CIKM|WSDM|ECIR|RecSys|TREC|TheWebConf|CHI|UIST|CSCW|ICRA|IROS|RSS|CoRL|ICASSP|Interspeech|INTERSPEECH|ASRU|SOSP|OSDI|"
    "NSDI|SIGCOMM|MLSys|SIGMOD|VLDB|PODS|ICDE|STOC|FOCS|SODA|COLT|AISTATS|UAI|JMLR|TMLR|PNAS|PLOS ONE|PLoS ONE|eLife|"
    "Nature|Science|"
    "Cell|The Lancet|Lancet|NEJM|JAMA|BMJ|arXiv|bioRxiv|medRxiv|言語処理学会|情報処理学会|人工知能学会|電子情報通信学会"
)
"""Venues known by short names, for the words of an instruction; others are known by what they call themselves."""

_JA = CJK_CHARACTERS
_PAPERS = (
    r"(?:papers?|articles?|works?|studies|study|publications?|preprints?|research|literature|results|notes?|anything|"
    r"those|ones)"
)
_PARTICLE = r"(?:van|von|der|den|de|del|della|di|da|dos|le|la|el|al)"
_NAME = (
    rf"(?:[A-Z]\.[ -]?)*(?:{_PARTICLE} )*[A-Z][^\W\d_]{{0,19}}[a-zà-ÿ][\w'’-]{{0,19}}(?:,? (?:[A-Z]\.|{_PARTICLE} |"
    rf"[A-Z][a-zà-ÿ][\w'’-]{{0,19}})){{0,3}}"
)
_NAME = rf"{_NAME}(?:,? et al\.?| and (?:colleagues|co-?workers|others))?"
_NAMES = rf"(?P<names>{_NAME}(?:(?:,? (?:and|or|&) |, ){_NAME})*)"
_LOWER = r"(?P<names>[a-zà-ÿ'’-]{3,}(?: [a-zà-ÿ'’-]{3,})?)"
_NAME_JA = rf"[{_JA}]{{1,6}}(?:[ ・][{_JA}]{{1,6}})?|{_NAME}"
_NOT_NAMES_JA = re.compile(
    r"学習|手法|解析|検索|生成|機構|処理|方法|実験|調査|分析|計算|統計|言語|画像|音声|推定|推論|分類|抽出|認識|翻訳|評価|自動|機械|深層|"
    r"これ|それ|など|以外|以降|年|月|について|に関"
)
_AUTHORS = re.compile(rf"(?:(?:written|authored|co-authored|published) )?\b[Bb]y (?:the )?(?:authors? )?{_NAMES}")
_AUTHORED = re.compile(rf"(?:[Aa]uthors?(?: is| are|:| named)|[Ww]hose (?:first )?author is) {_NAMES}")
_TIED_BY = re.compile(
    rf"(?i:\b{_PAPERS}(?: (?:that|which) (?:were|are|was))?(?: (?:co-)?(?:written|authored))?|(?:co-)?(?:written|"
    rf"authored)) "
    rf"(?P<all>by (?:{_NAMES}))"
)
_TIED_BY_LOWER = re.compile(
    rf"\b{_PAPERS} (?P<all>by {_LOWER})(?=$|[,.;?!]| (?:on|about|since|from|in|of|after|before|and|that|with)\b)"
)
_AUTHORS_JA = re.compile(
    rf"(?P<names>(?:{_NAME_JA})(?:(?:と|や|、|・|または|か)(?:{_NAME_JA}))*?)(?:さん|氏|先生|教授)?(?:ら)?"
    r"(?:による|が書いた|の書いた|が著者の|著の|が執筆した|の執筆した)(?:論文|研究|もの|著作|文献|報告)?(?!推薦|分類|検索|要約|生成)"
)
_AUTHORS_GROUP_JA = re.compile(rf"(?P<names>{_NAME_JA})(?:さん|氏|先生|教授)?らの(?:論文|研究)")
_IS_NAME = re.compile(r"[^\W\d_]")
_MAY_NAME_AUTHOR = re.compile(r"\bby\b|author|による|らの|著|書いた|執筆", re.IGNORECASE)
_POSSESSIVE = re.compile(
    rf"(?P<names>{_NAME})['’]s? (?:own )?(?:{_PAPERS})\b|^(?P<ja>[{_JA}]{{1,6}})(?:さん|氏|先生|教授)?の(?:論文|研究)"
)
_TIED_JA = re.compile(
    rf"(?:(?<=^)|(?<=[、。「『\s]))(?P<all>(?P<names>(?:{_NAME_JA})(?:(?:と|や|、|・|または)(?:{_NAME_JA}))*?)(?:さん|氏|先生|教授)?"
    r"(?:ら(?:による|の)|による|が書いた|の書いた|が執筆した|の執筆した))(?=(?:論文|研究|文献)(?:$|[をがはでだのに、。]))"
)
_AUTHOR_IS_JA = re.compile(rf"著者(?:は|が|:|に)(?P<names>{_NAME_JA})(?:の(?:論文|もの)|を含む|である|が含まれる)?")

_CATEGORY_CALLED = (
    r"(?:(?:in|from|under|of|with)(?: the)? (?:arXiv )?(?:categor(?:y|ies) )?|categor(?:y|ies)[: ]+|分野(?:は|が|:)|"
    r"カテゴリ(?:は|が|:)?)?"
)
_ARCHIVES = r"(?:cs|stat|math|eess|q-bio|q-fin|econ|physics|astro-ph|cond-mat|quant-ph|hep|nlin)"
_CATEGORY, _CATEGORY_TIED = (
    re.compile(
        rf"{_CATEGORY_CALLED}(?<![A-Za-z0-9.])(?P<name>{_ARCHIVES}\.{letters}(?:-[a-z]{{2}})?)"
        r"(?![A-Za-z0-9]|[.-][A-Za-z0-9])"
    )
    for letters in ("[A-Za-z]{2}", "(?:[A-Z]{2}|[a-z]{2}(?=-))")
)
"""The second in a question's own words, only as arXiv writes it: math.pi is no category."""
_CATEGORY_NAMED = re.compile(
    r"(?:in|from|under|of)(?: the)? categor(?:y|ies) [\"“']?(?P<name>[\w][\w -]{1,30}?)[\"”']?(?=$|[,;?!)]|\.(?!\w)|"
    r" (?:and|or|since|by|but|not|only)\b)|"
    rf"(?:分野|カテゴリー?)(?:は|が|:)[「『]?(?P<ja>[\w{_JA}. -]{{2,20}}?)[」』]?(?=$|[、。,]|の|に|だけ|のみ|を|は|で)"
)
_VENUE_WORDS = (
    r"(?:Journal|Letters|Transactions|Proceedings|Conference|Workshop|Symposium|Annals|Archives|Review|Bulletin|"
    r"Magazine|Meeting)"
)
_VENUE_NAME = (
    rf"(?P<name>(?:{VENUES})(?![\w])|(?:[A-Z][\w&-]* (?:(?:of|on|for|in|and|the|&) )*)*{_VENUE_WORDS}(?:(?: of| on|"
    rf" for| in| and| the| &)* [A-Z][\w&-]*)*)"
)
_VENUE = re.compile(
    rf"(?:(?:published|presented|appear(?:ed|ing)) )?\b(?:in|at|from) (?:the )?{_VENUE_NAME}(?: (?:19|20)\d\d)?"
)
_VENUE_TIED = re.compile(
    rf"(?:\b(?:published|presented|appear(?:ed|ing)|accepted) (?:in|at)|(?<=papers )(?:from|at|in)|"
    rf"(?<=articles )(?:from|in)|(?<=work )(?:from|at)) (?:the )?{_VENUE_NAME}"
)
_VENUE_JA = re.compile(
    rf"(?P<name>{VENUES}|[{_JA}]{{2,12}}(?:誌|学会|研究会|大会|論文誌|ジャーナル))(?:に掲載された|で発表された|に採択された|の論文|の予稿|に出た|で出た)"
)

_LANGUAGES = {
    **dict.fromkeys(("english", "英語", "英文"), Language.ENGLISH),
    **dict.fromkeys(("japanese", "日本語", "和文", "邦文"), Language.JAPANESE),
}
_LANGUAGE = re.compile(
    rf"(?P<all>(?:that are |which are )?(?:written |published )?in (?P<a>English|Japanese))(?= only| papers|$|[,.;!)]|"
    rf" (?:and|but|or|since|by|please)\b)|"
    rf"(?P<b>English|Japanese)(?:[- ]language)?(?= (?:only\b|{_PAPERS}\b|texts?\b)|$|[.;,!)])|(?P<c>English|"
    rf"Japanese)-language",
    re.IGNORECASE,
)
_LANGUAGE_TIED = re.compile(
    rf"(?<!in )\b(?:written|published) in (?P<a>English|Japanese)\b|(?<=papers )in (?P<b>English|Japanese)(?=$|"
    rf"[,.;?!)]| (?:on|about|that|since|by)\b)|"
    rf"(?P<c>English|Japanese)-language(?= {_PAPERS})|(?:only )?(?P<d>English|Japanese)(?: papers only)(?=$|[,.;?!)])",
    re.IGNORECASE,
)
_LANGUAGE_JA = re.compile(
    r"(?P<a>日本語|英語|和文|英文|邦文)(?:で書かれた|の)?(?:論文|文献|もの|資料)?(?=のみ|だけ|に限|に絞|を除|は除|以外|は不要|は対象外|$|[。、,.])"
)
_LANGUAGE_TIED_JA = re.compile(
    r"(?P<a>日本語|英語|和文|英文|邦文)(?:で書かれた(?:論文|文献|もの)?|の?(?:論文|文献))(?:のみ|だけ|に限(?:る|定(?:する|して)?)?)(?:で|を|から)?|"
    r"(?P<b>日本語|英語)で書かれた(?=論文|文献|もの)"
)
_MAY_NAME_SECTION = re.compile(r"section|part|chapter|節|章|セクション|項|部分|パート", re.IGNORECASE)
"""A quick look that spares most queries the long patterns."""
_SECTION = re.compile(
    rf"(?:\b(?:in|from|within|of|under) (?:the |their |its )?|"
    rf"\bthe )?(?<![\w-])(?P<name>{SECTION_WORDS}) (?:sections?|parts?|chapters?)(?: only)?\b(?! of )",
    re.IGNORECASE,
)
_SECTION_TIED = re.compile(
    rf"\b(?:in|from|within) (?:the |their |its )?(?P<name>{SECTION_WORDS}) (?:sections?|parts?|"
    rf"chapters?)(?: of (?:the|this|that|each) papers?)?\b",
    re.IGNORECASE,
)
_SECTION_JA = re.compile(
    rf"(?P<name>{SECTION_WORDS})の?(?:節|章|セクション|項|部分|パート)(?:で|から|に|の中で|内で|の中|内|の中の)?(?:のみ|だけ)?"
)
_SECTION_TIED_JA = re.compile(rf"(?P<name>{SECTION_WORDS})の?(?:節|章|セクション)(?:で|から|の中で|内で)")
_ROLE = re.compile(
    r"(?:reading |paper |the )?notes(?= only|$|[,.;!)])|"
    r"(?:読書)?(?:ノート|メモ)(?=のみ|だけ|を除|は除|以外|は不要|は対象外|$|[。、])",
    re.IGNORECASE,
)


_LISTED = re.compile(r",? (?:and|or|&) |, |、|・|または|(?<=[\u30a0-\u9fff\w])(?:と|や|か)(?=[\u30a0-\u9fffA-Z])")


@dataclass(frozen=True, slots=True)
class Named:
    """A filter that the words `text[start:end]` ask for, or rule out when they stand in a negation."""

    start: int
    end: int
    wanted: Filters
    unwanted: Filters


def names_in(text: str, *, is_strict: bool, knows_author: KnowsAuthor | None = None) -> Iterator[Named]:
    """Yield what the text names, NFKC-normalised; `is_strict` for a question's own words.

    Args:
        text: where to look.
        is_strict: take only what is unmistakable.
        knows_author: strict reading takes a name only where the library knows it; None trusts every name.
    """
    for finder in (_authors, _possessives, _venues, _categories, _languages, _sections):
        yield from finder(text, is_strict, knows_author)
    if not is_strict:
        for found in _ROLE.finditer(text):
            wanted, unwanted = Filters(roles=(PaperRole.NOTE,)), Filters(roles=(PaperRole.PAPER,))
            yield Named(found.start(), found.end(), wanted, unwanted)


def _authors(text: str, is_strict: bool, knows: KnowsAuthor | None) -> Iterator[Named]:
    if not _MAY_NAME_AUTHOR.search(text):
        return
    english = (_TIED_BY, _TIED_BY_LOWER) if is_strict and knows else (_TIED_BY,) if is_strict else (_AUTHORS, _AUTHORED)
    japanese = (_TIED_JA,) if is_strict else (_AUTHORS_GROUP_JA, _AUTHORS_JA, _AUTHOR_IS_JA)
    for pattern in (*english, *japanese):
        for found in pattern.finditer(text):
            names = tuple(_author_names(found["names"]))[:MAX_NAMES]
            is_known = not is_strict or knows is None or all(knows(name) for name in names)
            if names and is_known:
                start = found.start("all") if "all" in found.re.groupindex else found.start()
                yield Named(start, found.end(), Filters(authors=names), Filters(authors_excluded=names))


def _possessives(text: str, is_strict: bool, knows: KnowsAuthor | None) -> Iterator[Named]:
    """Yield authors named as owners ("Mori's papers", 「森の論文」), where the library knows them."""
    for found in () if is_strict or knows is None else _POSSESSIVE.finditer(text):
        names = (found["names"] or found["ja"],)
        if knows is not None and knows(names[0]):
            yield Named(found.start(), found.end(), Filters(authors=names), Filters(authors_excluded=names))


def _author_names(words: str) -> Iterator[str]:
    words = re.sub(r",? et al\.?| and (?:colleagues|co-?workers|others)", "", words)
    for name in _LISTED.split(words):
        stripped = re.sub(r"(?:さん|氏|先生|教授|ら)$", "", name.strip(" ,.、"))
        if _IS_NAME.search(stripped) and len(stripped) <= MAX_NAME_CHARACTERS and not _NOT_NAMES_JA.search(stripped):
            yield stripped


def _venues(text: str, is_strict: bool, _: KnowsAuthor | None) -> Iterator[Named]:
    for pattern in (_VENUE_TIED if is_strict else _VENUE, _VENUE_JA):
        for found in pattern.finditer(text):
            if len(found["name"]) > MAX_NAME_CHARACTERS:
                continue
            name = (found["name"],)
            yield Named(found.start(), found.end(), Filters(venues=name), Filters(venues_excluded=name))


def _categories(text: str, is_strict: bool, _: KnowsAuthor | None) -> Iterator[Named]:
    for pattern in (_CATEGORY_TIED,) if is_strict else (_CATEGORY, _CATEGORY_NAMED):
        for found in pattern.finditer(text):
            name = (next(group for group in found.groups() if group).strip(),)
            yield Named(found.start(), found.end(), Filters(categories=name), Filters(categories_excluded=name))


def _languages(text: str, is_strict: bool, _: KnowsAuthor | None) -> Iterator[Named]:
    patterns = (_LANGUAGE_TIED, _LANGUAGE_TIED_JA) if is_strict else (_LANGUAGE, _LANGUAGE_JA, _LANGUAGE_TIED_JA)
    for pattern in patterns:
        for found in pattern.finditer(text):
            word = next(found[group] for group in "abcd" if group in found.re.groupindex and found[group])
            language = _LANGUAGES[word.lower()]
            other = Language.ENGLISH if language is Language.JAPANESE else Language.JAPANESE
            yield Named(found.start(), found.end(), Filters(language=language), Filters(language=other))


def _sections(text: str, is_strict: bool, _: KnowsAuthor | None) -> Iterator[Named]:
    if not _MAY_NAME_SECTION.search(text):
        return
    for pattern in (_SECTION_TIED, _SECTION_TIED_JA) if is_strict else (_SECTION, _SECTION_JA):
        for found in pattern.finditer(text):
            section = section_named(found["name"])
            if section is not None:
                name = (section,)
                yield Named(found.start(), found.end(), Filters(sections=name), Filters(sections_excluded=name))
