"""Words around an abstract: what announces it, what labels its parts, what follows it."""

from __future__ import annotations

import re
from collections.abc import Sequence

from ingest.pdf.headings import normal
from ingest.pdf.lettering import cjk_share

_WORD = (
    r"(?:abstracts?|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|summary|s\s?u\s?m\s?m\s?a\s?r\s?y|synopsis|r[ée]sum[ée]|"
    r"zusammenfassung|"
    r"kurzfassung|resumen|resumo|riassunto|sommario|概\s?要|要\s?旨|要\s?約|抄\s?録|あらまし|摘\s?要|초\s?록|аннотация)"
)
JAPANESE_SHARE = 0.2
LEAST_ENGLISH = 0.15
"""Share of the small words among a text's: English abstracts have .25 and more, French and German ones .05 and less."""
_ENGLISH = frozenset({"the", "of", "and", "to", "in", "is", "that", "with", "for", "are", "by", "we", "this"})
ABSTRACT_START = re.compile(rf"^\W{{0,2}}{_WORD}\s*(?:[.:：．—–―-]+\s*|】\s*|\s+(?=(?-i:[A-Z“\"]))|$)", re.I)
PROPER = re.compile(r"^\W{0,2}(?:abstract|a\s?b\s?s\s?t\s?r\s?a\s?c\s?t|概|要|抄|あらまし|摘|초)", re.I)
_AFTER = re.compile(
    r"^\W{0,3}(?:key\s?-?words?|index terms|categories and subject|general terms|ccs concepts|acm reference|"
    r"jel\b|pacs\b|"
    r"(?:mathematics )?subject class|msc\b|(?:\d{4} )?mathematics subject|subject areas?|abbreviations\b|"
    r"nomenclature|"
    r"highlights?\b\W*$|graphical abstract|significance(?: statement)?\W*$|plain language summary|(?:author|"
    r"lay) summary|"
    r"copyright|©|\(c\)|permission to make|correspond|received\b|accepted\b|revised\b|published\b|"
    r"article (?:history|info)|"
    r"available online|how to cite|cite this|to cite|citation\b|edited by|reviewed by|handling editor|"
    r"academic editor|"
    r"this (?:is an (?:open|inv)|article is (?:distributed|licen|part)|work (?:is|was) (?:licensed|supported|"
    r"funded))|funding\b\W|"
    r"a (?:replication|reproduction) of\b|e-?mail|doi\b|https?://(?:dx\.)?doi|contents\W*$|table of contents|"
    r"open access|"
    r"キーワード|索引語|∗|\*|†|‡|(?:q|ª|[&r])? ?(?:©|\(c\))? ?\d{4} .{0,60}(?:rights reserved|published by|elsevier|"
    r"springer))",
    re.I,
)
_RIGHTS = re.compile(r"all rights reserved\.?$|^(?:©|\(c\)|q\s\d{4}|copyright)", re.I)
LABEL = re.compile(
    r"^(?:background|context|introduction|aims?|objectives?|purpose|motivation|rationale|hypothes[ie]s|"
    r"questions?|design|"
    r"setting|participants|patients|subjects|interventions?|methods?|methodology|materials? and methods|"
    r"methods and materials|approach|main outcome measures?|measurements?|results?|findings|main results|discussion|"
    r"conclusions?|interpretation|significance|implications?|limitations?|trial registration|"
    r"目的|方法|対象|結果|考察|結論|背景)"
    r"(?:(?: and |/| & )\w+)?\W*$",
    re.I,
)
RUN_IN_LABEL = re.compile(
    r"^(background|context|aims?|objectives?|purpose|introduction|methods?|results?|conclusions?)\s?[:.—–]", re.I
)


def ends_abstract(text: str) -> bool:
    """Return whether the text is what follows an abstract: keywords, rights, addresses."""
    return _AFTER.match(text) is not None or _RIGHTS.search(text) is not None


def strip_abstract_start(text: str) -> str:
    """Return the abstract without the word that announces it."""
    return ABSTRACT_START.sub("", text, count=1).strip()


def is_abstract_heading(text: str) -> bool:
    """Return whether the text announces an abstract and says nothing else."""
    return bool(ABSTRACT_START.match(text)) and normal(strip_abstract_start(text)) == ""


def choose_abstract(texts: Sequence[str], *, is_japanese: bool) -> str:
    """Return the abstract in the paper's own language (Japanese, else English), the first where none or all are."""
    if len(texts) < 2:
        return "".join(texts)
    own = (text for text in texts if (cjk_share(text) > JAPANESE_SHARE if is_japanese else _reads_english(text)))
    return next(own, texts[0])


def _reads_english(text: str) -> bool:
    words = text.casefold().split()
    return sum(word in _ENGLISH for word in words) >= LEAST_ENGLISH * len(words)
