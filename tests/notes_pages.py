"""Notes pages that the tests write themselves, in the shapes that people use, and texts that are no such pages."""

from __future__ import annotations

from typing import NamedTuple


class Told(NamedTuple):
    """What a page says of one paper."""

    title: str
    japanese: str
    authors: str
    date: str
    arxiv: str
    text: str
    japanese_text: str


CRANES = Told(
    "Counting Cranes from Quiet Drones",
    "静かなドローンでツルを数える",
    "Aya Mori, Jon Field",
    "2024-03-29",
    "2403.10001",
    "A quiet drone counts roosting cranes at dusk and finds 412 birds where two observers on the bank found 380.",
    "静かなドローンが夕方のねぐらでツルを数え、岸にいた二人の観察者が380羽と数えたところで412羽を見つけています。",
)
PUMPS = Told(
    "Listening to Pumps: Fault Detection from Sound",
    "ポンプの音を聞く：音による故障検出",
    "Ines Brandt, Kofi Adu, Li Na",
    "2024-03-27",
    "2403.10002",
    "A microphone beside a pump hears worn bearings nine days before they fail, with one false alarm in six months.",
    "ポンプのそばのマイクが、軸受の摩耗を故障の9日前に聞き分け、6か月の運用で誤報は一度だけだったと報告しています。",
)
RIVERS = Told(
    "River Ice Breakup as a Regression Problem",
    "川の解氷を回帰問題として解く",
    "Tomas Lind",
    "2024-03-25",
    "2403.10003",
    "Breakup dates of forty rivers are predicted within 3.1 days from snow depth and degree days, better than experts.",
    "40の川の解氷日を積雪深と積算気温から3.1日以内の誤差で予測し、専門家の予測より正確だったと述べています。",
)
ALL = (CRANES, PUMPS, RIVERS)


def _japanese_date(date: str) -> str:
    year, month, day = date.split("-")
    return f"{year}年{month}月{day}日"


def detailed_page(*, heading: str = "") -> str:
    """A list of papers with a date and a line each, then each with fields, a summary and questions."""
    listed = "\n".join(
        f"  {place}. {told.title}\n    発行日:{_japanese_date(told.date)}\n    {told.japanese_text}"
        for place, told in enumerate(ALL, start=1)
    )
    return f"最新論文ノート:【2024-03-25~ 2024-03-31】\n\n{listed}\n\n" + "\n\n".join(
        f"{heading}{told.title}\n\n著者:{told.authors}\n発行日:{_japanese_date(told.date)}\n最終更新日:不明\n"
        f"URL:http://arxiv.org/pdf/{told.arxiv}v1\n\nカテゴリ:Machine Learning, Signal Processing\n\n概要:\n\n"
        f"{told.japanese_text}\n\nQ&A:\n\nQ: 何を調べていますか?\nA: {told.japanese}ことを調べています。\n\n"
        f"Q: 結果はどうでしたか?\nA: {told.japanese_text}"
        for told in ALL
    )


def translated_page() -> str:
    """A weekly list as translators write it: both titles, an introduction, the abstract, links on their own lines."""
    return (
        "[2024/03/25 ~ 03/31] 今週の主要論文\n\n概要\n\n  • 今週は測定についての論文が多く選ばれました。\n\n"
        + "\n\n".join(
            f"{told.japanese} / {told.title}\n\n論文紹介\n\n  • {told.japanese_text} #survey\n\n    {told.text}\n\n"
            f"論文要旨(Abstract)\n\n  • {told.japanese_text}\n\n    {told.text}\n\n論文リンク\n\n"
            f"https://arxiv.org/abs/{told.arxiv}\n\nさらに読む\n\nhttps://example.org/posts/{told.arxiv}"
            for told in ALL
        )
        + "\n\n原文\n\nhttps://example.org/weekly\n\nまだコメントはありません。\n"
    )


def table_page() -> str:
    rows = "\n".join(
        f"| {place}) **{told.title}** - {told.text} | [Paper](https://arxiv.org/abs/{told.arxiv}), "
        f"[Tweet](https://example.org/{told.arxiv}) |"
        for place, told in enumerate(ALL, start=1)
    )
    return f"# Top Papers of the Week (March 25 - March 31)\n\n| **Paper** | **Links** |\n| --- | --- |\n{rows}\n"


def headings_page() -> str:
    return "# Weekly paper notes\n\nThree papers about measuring.\n\n" + "\n\n".join(
        f"## {told.title}\n\n- **Authors:** {told.authors}\n- **Date:** {told.date}\n"
        f"- **Paper:** [arXiv](https://arxiv.org/abs/{told.arxiv})\n\n### Summary\n\n{told.text}\n\n### Q&A\n\n"
        f"**Q1. What was done?**\n\nA1. {told.text}\n\n**Q2. Who did it?**\n\nA2. {told.authors} did it together."
        for told in ALL
    )


def list_page() -> str:
    return "# Papers read this week\n\n" + "\n".join(
        f"{place}. [{told.title}](https://arxiv.org/abs/{told.arxiv}) - {told.text}"
        for place, told in enumerate(ALL, start=1)
    )


def bracketed_page() -> str:
    return "今週読んだ論文\n\n" + "\n\n".join(
        f"【論文紹介】{told.title}\n著者：{told.authors}\n公開日：{told.date}\nリンク：https://arxiv.org/abs/{told.arxiv}\n"
        f"要約：{told.japanese_text}"
        for told in ALL
    )


def html_page() -> str:
    body = "".join(
        f"<h2>{told.title}</h2><p>著者: {told.authors}<br>発行日: {told.date}<br>"
        f'URL: <a href="https://arxiv.org/abs/{told.arxiv}">arXiv</a></p><h3>要約</h3><p>{told.japanese_text}</p>'
        f"<p>Q1. 結果は？<br>A1. {told.japanese_text}</p>"
        for told in ALL
    )
    intro = "<p>今週は測定についての論文を三本読みました。どれも現場で集めたデータを使っています。</p>"
    return (
        "<!doctype html><html><head><meta charset='utf-8'><title>論文ノート</title></head><body>"
        f"<main><h1>論文ノート</h1>{intro}{body}</main></body></html>"
    )


def html_list_page() -> str:
    entries = "".join(
        f"<li><b>{told.title}</b> - {told.text} (<a href='https://arxiv.org/abs/{told.arxiv}'>paper</a>)</li>"
        for told in ALL
    )
    return f"<html><body><article><h1>Papers of the week</h1><ol>{entries}</ol></article></body></html>"


PAGES = {
    "detailed.txt": detailed_page(),
    "detailed.md": detailed_page(),
    "detailed-headings.md": detailed_page(heading="## "),
    "translated.txt": translated_page(),
    "translated.md": translated_page(),
    "table.md": table_page(),
    "headings.md": headings_page(),
    "list.md": list_page(),
    "bracketed.txt": bracketed_page(),
    "bracketed.md": bracketed_page().replace("\n", "\n\n"),
    "page.html": html_page(),
    "list.html": html_list_page(),
}

_PROSE = (
    "We follow the protocol of earlier surveys and describe each step so that others can repeat it. "
    "The counts are compared with those of two observers, who did not know of each other's results."
)

PAPERS = {
    "sections.md": "# Counting Cranes\n\nAuthors: Aya Mori, Jon Field\nDate: 2024-03-29\n\n"
    + "\n\n".join(f"## {n} {name}\n\n{_PROSE}" for n, name in enumerate(("Introduction", "Method", "Results"), start=1))
    + "\n\n## References\n\n"
    + "\n".join(f"{n}. Author {n}. Title {n}. https://arxiv.org/abs/2401.0000{n}" for n in range(1, 9)),
    "links-in-prose.md": "# How drones count\n\n"
    + "\n\n".join(
        f"## Step {n}: fly\n\n{_PROSE} See [the paper](https://arxiv.org/abs/2401.0000{n}x) for more. {_PROSE}"
        for n in range(1, 5)
    ).replace("the paper", "an earlier study"),
    "changelog.md": "# Changelog\n\n"
    + "\n\n".join(f"## Version 1.{n}\n\nDate: 2024-01-0{n}\n\n{_PROSE}" for n in range(1, 6)),
    "faq.md": "# Questions about cranes\n\n"
    + "\n\n".join(f"**Q{n}. Where do they sleep in month {n}?**\n\nA{n}. {_PROSE}" for n in range(1, 6)),
    "repository.md": "# Tool for papers\n\n"
    + "\n\n".join(f"## Part {n}\n\n{_PROSE}\n\nURL: https://github.com/example/tool" for n in range(1, 5)),
    "bare-list.md": "# Reading list of papers\n\n"
    + "\n".join(f"- [Title number {n}](https://arxiv.org/abs/2401.0000{n}), 2024" for n in range(1, 9)),
    "text-paper.txt": "Counting Cranes at Dusk\n\nAya Mori, Jon Field\n\nAbstract: "
    + _PROSE
    + "\n\n"
    + "\n\n".join(f"{n} {name}\n\n{_PROSE}" for n, name in enumerate(("Introduction", "Method", "Results"), start=1)),
    "questionnaire.md": "# 静かなドローンでツルを数える\n\n"
    + "\n\n".join(
        f"## {n}. {name}\n\n夕方のねぐらでツルを数えた。"
        for n, name in enumerate(
            ("どんなもの？", "先行研究と比べてどこがすごい？", "技術や手法のキモはどこ？", "議論はある？"), start=1
        )
    )
    + "\n\n### 論文情報・リンク\n\n* [Mori, Field. Counting Cranes.](https://arxiv.org/abs/2403.10001)",
    "article.html": "<html><body><article><h1>A model that counts</h1>"
    + "".join(
        f"<h2>What it does {n}</h2><p>{_PROSE} <a href='https://arxiv.org/abs/2401.0000{n}'>here</a></p>"
        for n in (1, 2, 3)
    )
    + "</article></body></html>",
    "thesis.md": "# On Cranes\n\n"
    + "\n\n".join(
        f"## Chapter {n}: Birds\n\n### Summary\n\n{_PROSE}\n\n### Details\n\n{_PROSE}\n\nA. Mori said so."
        for n in range(1, 5)
    ),
    "datasets.md": "# We measure on four sets\n\n"
    + (_PROSE + "\n\n") * 8
    + "\n".join(
        f"{n}. **Set number {n}** - {_PROSE[:100]} ([paper](https://arxiv.org/abs/2401.0000{n}))" for n in range(1, 5)
    ),
    "minutes.txt": "議事録\n\n" + "\n\n".join(f"{n}. 議題{n}\n日付: 2024-03-0{n}\n{_PROSE}" for n in range(1, 5)),
}
