"""Where a paper appeared, and in which year, from the lines in which journals and conferences say so.

These stand in headers, footers and margins, in copyright notes and in "cite this as" lines of the first pages; each
form below is a convention of the field, not of one journal. What is only submitted somewhere has not appeared there.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

LONGEST_LINE = 400
LONGEST_VENUE = 160
MOST_LINES = 200
_YEAR = r"(?:19|20)\d\d"
_YEARS = re.compile(rf"(?<!\d){_YEAR}(?!\d)")
_NAME = r"(?P<venue>[A-Z][^\W\d_]*[A-Za-z][\w .,&:'’/-]{1,110}?|[A-Z][a-z]{3,20})"
_NUMBERED = re.compile(
    _NAME + rf"[.,;]?\s*(?:[|,]\s*)?(?:"
    rf"\(?(?P<year>{_YEAR})\)?\s*[,;]?\s*\d{{1,4}}\s*(?:[,:;(]|\(\d|$)|"
    rf"\d{{1,4}}\s*(?:\(\d{{1,3}}\))?\s*\((?P<year2>{_YEAR})\)|"
    rf"\d{{1,3}}\s?\(\d{{1,4}}\)\s*[,:]\s*\w?\d|"
    rf"\d{{1,4}}:\d{{1,6}}|"
    rf"\d{{1,3}}\.\d{{1,3}}\s*\(#?\d|"
    rf"\(?(?P<year3>{_YEAR})?\)?[,.]?\s*(?:Vol(?:ume|\.)?|No\.)\s*\d)"
)
_ON_ITS_OWN = re.compile(rf"(?P<year>{_YEAR})?[,.]?\s*(?:Vol(?:ume|\.)?|No\.)\s*\d", re.IGNORECASE)
_END = r"(?=,?\s+(?:pages?\b|pp?\.|copyright\b|©|c\s?[12]\d\d\d|volume\b|vol\.)|[.;](?:\s|$)|\s[©]|$)"
_PROCEEDINGS = re.compile(rf"(?P<venue>Proc(?:eedings|\.)? of (?:the )?\S[^©;|]{{5,150}}?){_END}", re.IGNORECASE)
_APPEARED = re.compile(
    r"\b(?i:published|appear(?:s|ed|ing)?|accepted|presented)\s+(?:as an?\s+(?:\w+\s+){0,3}paper\s+)?"
    r"(?:for\s+publication\s+|for\s+presentation\s+)?(?:at|in)\s+(?:the\s+)?"
    rf"(?P<venue>[A-Z][^©;|]{{2,150}}?){_END}|^(?P<venue2>[A-Z][^©;|]{{2,120}}?),?\s+to appear\b"
)
_MEETING = re.compile(
    rf"(?P<venue>(?:\d{{1,3}}\s?(?:st|nd|rd|th)|[A-Z][a-z]+(?:st|nd|rd|th)|{_YEAR})\s+(?:[\w/&’'-]+\s+){{0,8}}?"
    r"(?:Conference|Symposium|Workshop|Congress)\b[^©;|,.]{0,100})"
)
_MONTHS = r"(?:Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec)"
_ACRONYM = re.compile(
    rf"(?<![\w@])(?P<venue>[A-Z][A-Za-z&+/-]{{1,18}}(?:\s[A-Z]{{2,12}})?\s?[’'‘](?P<short>\d\d))(?:,|\s)\s*"
    rf"(?:{_MONTHS}|\d{{1,2}}\s?[-–]|{_YEAR})"
)
_BEFORE_BAR = re.compile(r"^(?P<venue>[A-Z][A-Za-z]{2,}(?: [A-Za-z&]+){0,9})\s*\|")
_RUNNING = re.compile(
    r"^(?P<venue>(?:[A-Z][\w&-]*\s+){0,4}(?:Journal|Transactions|Annals|Bulletin|Archives|Letters|Reviews?)"
    r"(?:\s+(?:of|on|in|for|the|and|&)(?:\s+[\w&-]+){1,9})?|(?:Frontiers|Advances|Progress|Communications)\s+(?:in|of)"
    r"(?:\s+[\w&-]+){1,8})$"
)
_JAPANESE = re.compile(
    r"(?P<venue>[^\s。、,|]{0,30}(?:論文誌|学会誌|研究報告|予稿集|紀要|ジャーナル)|"
    r"(?:[^\s。、,|]{2,20}学会\s*)?(?:第\s*\d+\s*回\s*)?[^\s。、,|]{0,20}(?:全国大会|年次大会|シンポジウム)"
    r"\s*(?:発表論文集|論文集|講演論文集|予稿集)?)"
)
_CITED = re.compile(rf"\({_YEAR}\)[.,]?\s")
_SENTENCE = re.compile(
    r"[.?!]+\s+(?=(?:Journal|Proceedings|Transactions|Annals|International)\b)|"
    r"(?<=[a-z]{5})[.?!]\s+(?=[A-Z])|(?<=[\])?!])\.?\s+(?=[A-Z])"
)
_AUTHORS = re.compile(r"^.{1,80}?\bet al\.?\s*[.,:/;]*\s*|^[^/]{1,60}\s/\s")
_PAIR = re.compile(r"^[A-Z][\w’'-]+ (?:and|&) [A-Z][\w’'-]+\s*[.,:]+\s*")
_NUMBER_AFTER = re.compile(r"\s\d{1,4}$")
_PUBLISHER = re.compile(r"\b(?:Publishing|Publishers?|Press|Verlag|Ltd|Inc|GmbH)\b")
_NEVER = re.compile(r"\bdoi\b|https?:|www\.|@|technical report", re.IGNORECASE)
_SENTENCES = re.compile(r"(?<=[a-z\d]{3}[.;])\s+(?=[A-Z])")
_PUBLISHERS = re.compile(r"^(?:Hindawi(?: Publishing Corporation)?|Elsevier|Springer)\s+(?=[A-Z])")
_NO_VENUE = re.compile(
    r"^(?:figure|fig|table|section|page|chapter|volume|vol|issue|article|copyright|received|accepted|published|arxiv|"
    r"version|draft|department|university|abstract|keywords?|isbn|issn|doi|https?|www|grant|contract|the|this|in|no|"
    r"supplement|appendix|edited|reviewed|email|e-mail|tel|fax|january|february|march|april|may|june|july|august|"
    r"september|october|november|december|spring|summer|autumn|fall|winter|technical report)\b",
    re.IGNORECASE,
)
_FORMS = (_PROCEEDINGS, _APPEARED, _NUMBERED, _MEETING, _ACRONYM, _BEFORE_BAR, _JAPANESE, _RUNNING)
"""From what names a venue beyond doubt to what merely looks like a name of one."""


@dataclass(frozen=True, slots=True)
class Imprint:
    """Where and in which year a paper appeared, as it says itself; None where it does not."""

    venue: str | None = None
    year: str | None = None


def find_imprint(lines: Sequence[str]) -> Imprint:
    """Return what the first pages' margin and copyright lines, in reading order, say of where the paper appeared."""
    texts = _joined(_short_lines(lines[:MOST_LINES]))
    for form in _FORMS:
        for place, text in enumerate(texts):
            before = texts[place - 1] if place else ""
            found = _named(form, text, before)
            if found is not None:
                return found
    return Imprint()


def tidy_venue(stated: str) -> str | None:
    """Return a venue that a field states, without the day and place of a conference; None where it is no name."""
    if _PUBLISHER.search(stated):
        return None
    venue = _tidied(stated.replace(" - (", " (").replace("- ", "-"))
    return venue if _is_name(venue) else None


def venue_in_subject(subject: str) -> str | None:
    """Return the venue that a file's subject names, where it is one: many subjects are topics."""
    for form in (_PROCEEDINGS, _MEETING, _RUNNING, _JAPANESE):
        found = _named(form, subject[:LONGEST_LINE], "")
        if found is not None:
            return found.venue
    return None


def _short_lines(lines: Sequence[str]) -> list[str]:
    """Return the lines, a long note's sentences one by one: a copyright note names the conference at its end."""
    short: list[str] = []
    for line in lines:
        text = " ".join(line[: 10 * LONGEST_LINE].split())
        short.extend([text] if len(text) <= LONGEST_LINE else _SENTENCES.split(text))
    return short


def _joined(lines: Sequence[str]) -> list[str]:
    """Return the lines, those that a long citation line runs on into joined to it."""
    joined: list[str] = []
    for line in lines:
        if joined and _runs_on(joined[-1], line):
            joined[-1] = f"{joined[-1]} {line}"[:LONGEST_LINE]
        elif line:
            joined.append(line[:LONGEST_LINE])
    return joined


def _runs_on(line: str, following: str) -> bool:
    """Say whether a citation, or the name of proceedings, goes on in the following line."""
    if line.endswith((".", ";", ":")) or len(line) + len(following) > LONGEST_LINE:
        return False
    is_named = re.search(r"\bproceedings of\b", line, re.IGNORECASE) and following[:1].islower()
    return bool(is_named) or (len(line) > 60 and _CITED.search(line) is not None)


def _named(form: re.Pattern[str], text: str, before: str) -> Imprint | None:
    whole = text
    if form is _NUMBERED:
        alone = _ON_ITS_OWN.match(text)
        if alone is not None and _is_name(before) and not re.search(r"\d", before):
            return Imprint(before, alone["year"])
        text = _after_authors(text)
    for found in [form.match(text)] if form is _NUMBERED else form.finditer(text):
        groups = found.groupdict() if found else {}
        venue = _tidied(groups.get("venue") or groups.get("venue2") or "")
        venue = _SENTENCE.split(venue)[-1] if form is _NUMBERED else venue
        if found and ". " in venue and text[found.end("venue") :].startswith("."):
            venue += "."  # the last of its abbreviations
        is_word = " " not in venue and form is _NUMBERED  # a lone word before numbers is a venue only with its year
        if found and _is_name(venue) and not (is_word and not _YEARS.search(found.group())):
            return Imprint(venue, _year(groups, found.group(), whole))
    return None


def _after_authors(text: str) -> str:
    """Return a citation line from where its venue may begin: after the authors and, where one is cited, the title."""
    cited = _CITED.search(text)
    if cited is not None:
        parts = _SENTENCE.split(text[cited.end() :])
        numbered = [part for part in parts if _NUMBERED.match(part)]
        if numbered:
            return numbered[-1]
    return _PAIR.sub("", _PUBLISHERS.sub("", _AUTHORS.sub("", text, count=1)))


def _year(groups: dict[str, str | None], matched: str, text: str) -> str | None:
    stated = groups.get("year") or groups.get("year2") or groups.get("year3")
    if stated is None and (short := groups.get("short")):
        stated = f"{19 if int(short) > 60 else 20}{short}"
    found = _YEARS.search(matched) or _YEARS.search(text)
    return stated or (found.group() if found else None)


def _tidied(venue: str) -> str:
    """Return a venue's name without the place and date that follow it."""
    venue = venue.strip(" .,;:|-–(/")
    parts = venue.split(", ")
    for count in range(1, len(parts)):
        rest = parts[count:]
        is_name = any(re.search(r"\b(?:and|of|on|for)\b|&", part) for part in rest)
        if not is_name:
            venue = ", ".join(parts[:count])
            break
    return _NUMBER_AFTER.sub("", venue.replace("- ", "-").strip(" .,;:|-–(/")) if not _YEARS.search(venue) else venue


def _is_name(venue: str) -> bool:
    letters = sum(character.isalpha() for character in venue)
    if letters < 3 or len(venue) > LONGEST_VENUE or letters < 0.4 * len(venue):
        return False
    return _NO_VENUE.match(venue) is None and _NEVER.search(venue) is None
