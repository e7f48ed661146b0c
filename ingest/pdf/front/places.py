"""Words that institutions and addresses have and persons' names have not: what tells an affiliation from an author."""

from __future__ import annotations

import re

INSTITUTION = re.compile(
    r"\b(?:universi\w*|univ\b|institu\w*|inst\b|departe?a?ment\w*|depts?\b|dipartiment\w*|d[ée]partement\w*|"
    r"facult\w*|"
    r"fakult\w*|facultad\w*|laborat\w*|labs?\b|schools?\b|college\w*|cent(?:ers?|res?|ro|rum)\b|hospital\w*|"
    r"clini[ck]\w*|"
    r"acad[eé]m\w*|akademi\w*|polytechni\w*|politecnic\w*|politechni\w*|[eé]cole\b|escuela\b|hochschul\w*|council\b|"
    r"ministry\b|foundation\b|agency\b|association\b|society\b|company\b|corp(?:oration)?\b|inc\b|ltd\b|limited\b|"
    r"llc\b|gmbh\b|plc\b|research\b|recherche\w*|sciences?\b|engineering\b|division\b|branch\b|technolog\w*|"
    r"observatory\b|museum\b|campus\b|consiglio\b|csic\b|cnrs\b|inria\b|inserm\b|csiro\b|nasa\b|cern\b|epfl\b|"
    r"eth zürich|kaist\b|riken\b|ntt\b|google\b|microsoft\b|facebook\b|openai\b|deepmind\b|ibm\b|amazon\b|nvidia\b|"
    r"at&t\b|xerox\b|hewlett|huawei\b|alibaba\b|tencent\b|baidu\b|adobe\b|bellcore\b|mathematics\b|physics\b|"
    r"chemistry\b|biology\b|medicine\b|statistics\b|informatics\b|informatik\b|computing\b|studies\b|unit\b|"
    r"graduate\b|postgraduate\b|group\b|project\b|programme?\b|accelerator\b|facility\b|entertainment\b|"
    r"consultants?\b|researcher\b|professor\b|lecturer\b|students?\b)"
    r"|大学|研究所|学部|研究科|株式会社|センター|学院|高校|高専|学校|研究室|機構|大學|病院|専攻",
    re.I,
)
"""Institutions, their parts and the trades that stand in their names."""
ADDRESS = re.compile(
    r"@|https?:|www\.|\b[A-Z]{2},? \d{5}\b|\b\d{4,}\b|\b(?:street|avenue|road|boulevard|p\.? ?o\.? box|floor|suite|"
    r"building|bldg|straße|strasse|rue|viale|via|campus|zip|tel|fax|phone|e-?mail|email)\b|"
    r"\b[A-Z]{1,2}\d[\dA-Z]? ?\d[A-Z]{2}\b",
    re.I,
)
_COUNTRIES = """\
usa|u.s.a|us|u.s|united states|united states of america|uk|u.k|united kingdom|england|scotland|wales|ireland|
northern ireland|china|p.r. china|pr china|people's republic of china|hong kong|taiwan|japan|korea|south korea|
republic of korea|germany|france|italy|spain|portugal|greece|turkey|türkiye|switzerland|austria|belgium|netherlands|
the netherlands|luxembourg|denmark|norway|sweden|finland|iceland|poland|czech republic|czechia|slovakia|hungary|romania|
bulgaria|serbia|croatia|slovenia|estonia|latvia|lithuania|ukraine|russia|russian federation|belarus|georgia|armenia|
israel|iran|iraq|egypt|morocco|tunisia|algeria|nigeria|ghana|kenya|ethiopia|uganda|tanzania|cameroon|senegal|
burkina faso|south africa|saudi arabia|qatar|united arab emirates|jordan|lebanon|india|pakistan|bangladesh|sri lanka|
nepal|thailand|vietnam|malaysia|singapore|indonesia|philippines|australia|new zealand|canada|mexico|brazil|argentina|
chile|colombia|peru|venezuela|ecuador|uruguay|cuba|costa rica|california|new york|massachusetts|texas|washington|
pennsylvania|illinois|ontario|quebec|british columbia|virginia|maryland|new jersey|florida|ohio|michigan|london|paris|
berlin|tokyo|kyoto|beijing|shanghai|日本|東京|京都|大阪|中国"""
COUNTRIES = frozenset(_COUNTRIES.replace("\n", "").split("|"))
"""Countries, large states and capitals as they stand alone between commas."""
NOTE = re.compile(
    r"^\W{0,5}(?:received|revised|accepted|published|available online|submitted|edited|reviewed|editors?|"
    r"academic editor|"
    r"handling|guest editor|communicated|correspond|\*?\s?e-?mails?|tel\b|fax\b|phone|key\s?words?|index terms|"
    r"date\b|doi\b|"
    r"citation|cite|copyright|©|\(c\)|arxiv|advis[eo]r|supervis|thesis|dissertation|in partial|version|draft|"
    r"preprint|"
    r"technical report|tech\. report|conference|proceedings|workshop|journal|vol\b|volume|issn|isbn|report\b|license|"
    r"open access|check for|article|how to|contact|funding|presented|to appear|this (?:work|article|paper|report)|"
    r"disclaimer|see discussions|citations|reads|some of the|all content|the user|downloaded|page \d|slide|"
    r"updates?\b|"
    r"(?:associate |assistant |full )?professor$|.{0,20}\b(?:TR|report)\b[- ]?\d|"
    r"キーワード|受付|受理|指導|原稿)",
    re.I,
)
"""What begins a line of the head that names neither an author nor where one works."""
DATE = re.compile(
    r"^\W{0,5}(?:\b(?:\d{1,2}(?:st|nd|rd|th)?|\d{4}|jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|"
    r"aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?|dec(?:ember)?|spring|summer|fall|autumn|winter)\b\W{0,5}){1,8}$|"
    r"^\d{4}年(?:\d{1,2}月)?(?:\d{1,2}日)?$",
    re.I,
)
"""A line that is a date and nothing else."""
CONTACT = re.compile(
    r"(?<![\w.@+-])(?:[<({\[]\s*)?(?:\{[^{}]{0,300}\}|(?:[a-z][\w.-]{0,20},\s){0,6}[^\s<>(){}\[\],]{1,64})\s?(?:@|\[at\])\s?"
    r"(?:[\w-]{1,60}\.){1,6}\w{2,}(?:\s*[>)}\]])?|<?https?://\S+>?|\bwww\.\S+|"
    r"\be-?mails?(?: address(?:es)?)?\s?[:：]?|(?:tel|fax|phone)\b[.:]*\s*[+\d][\d\s()+./-]{4,30}|"
    r"\((?:[A-Z]\.-?){2,4}\)(?:\s*[;,])?",
    re.I,
)
"""Addresses of the net, telephone numbers, and initials behind them that say whose they are."""
NOT_AN_AFFILIATION = re.compile(
    r"\b(?:equal(?:ly)?|contribut\w+|correspond\w*|authors?\b|e-?mail|supported|funded|funding|deceased|"
    r"work (?:was )?done|"
    r"permission|copyright|these|grants?|thank|full list|work completed|internship|current(?:ly)? (?:at|"
    r"address)|an earlier|"
    r"preliminary|abstract|licen[sc]e|introduction)\b|©",
    re.I,
)


def is_country(text: str) -> bool:
    """Return whether the text is a country's name and nothing else."""
    return text.strip(" .,;()").casefold() in COUNTRIES


def names_place(text: str) -> bool:
    """Return whether the text holds a word of an institution or an address, or is a country."""
    return INSTITUTION.search(text) is not None or ADDRESS.search(text) is not None or is_country(text)
