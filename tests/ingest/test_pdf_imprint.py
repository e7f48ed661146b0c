import pytest

from ingest.pdf.front.identifiers import find_date, find_stamp
from ingest.pdf.front.imprint import find_imprint, tidy_venue, venue_in_subject
from ingest.pdf.front.xmp import Xmp, read_xmp


@pytest.mark.parametrize(
    ("lines", "venue", "year"),
    [
        (["Journal of Marsh Studies 75 (2009) 178–189"], "Journal of Marsh Studies", "2009"),
        (["A. Mori et al. / Journal of Marsh Studies 75 (2009) 178–189", "179"], "Journal of Marsh Studies", "2009"),
        (["Marsh. Biol. Int. Ed. 2020, 59, 3718 – 3723"], "Marsh. Biol. Int. Ed.", "2020"),
        (["Field et al. BMC Marshes and Meadows (2017) 17:351"], "BMC Marshes and Meadows", "2017"),
        (["Postgrad Marsh J 2010;86:272e278. doi:10.5555/x"], "Postgrad Marsh J", "2010"),
        (["Statistics of Birds", "2001, Vol. 16, No. 3, 199–231"], "Statistics of Birds", "2001"),
        (["Wetlands 2020, 10, 346"], "Wetlands", "2020"),
        (["Mori et al., (2022). Why cranes dance. Journal of Cranes, 5(47), 146."], "Journal of Cranes", "2022"),
        (
            ["Mori et al., (2022). Why cranes dance at dusk and what else. Journal of Open", "Marshes, 5(47), 1."],
            "Journal of Open Marshes",
            "2022",
        ),
        (["ReMarsh C 6.1 (#5) – Mori 2020"], "ReMarsh C", "2020"),
        (
            ["Proceedings of the 9th Conference on Counting Birds (CoBi), pages 9–16, Ann Arbor, June 2005."],
            "Proceedings of the 9th Conference on Counting Birds (CoBi)",
            "2005",
        ),
        (
            ["Appearing in Proceedings of the 28th Conference on Marshes, Bellevue, WA, USA, 2011. Copyright 2011"],
            "Proceedings of the 28th Conference on Marshes",
            "2011",
        ),
        (
            ["In Proceedings of the Conference on Acoustics, Speech and Birds, Kyoto, 2012."],
            "Proceedings of the Conference on Acoustics, Speech and Birds",
            "2012",
        ),
        (["Published as a conference paper at BIRD 2015"], "BIRD 2015", "2015"),
        (["31st Conference on Birds (Bi 2017), Long Beach, USA."], "31st Conference on Birds (Bi 2017)", "2017"),
        (["BIRDS ’03, October 19–22, 2003, Bolton Landing"], "BIRDS ’03", "2003"),
        (["Marsh Reports | 7:45231 | DOI: 10.5555/x"], "Marsh Reports", None),
        (["2", "Journal of Analytical Birds"], "Journal of Analytical Birds", None),
        (["鳥類学会論文誌 Vol. 12 No. 3", "2"], "鳥類学会論文誌", None),
    ],
)  # fmt: skip
def test_conventions_of_the_field_name_the_venue(lines: list[str], venue: str, year: str | None) -> None:
    imprint = find_imprint(lines)
    assert (imprint.venue, imprint.year) == (venue, year)


@pytest.mark.parametrize(
    "line",
    [
        "International Edition: DOI: 10.5555/birds.201914760",
        "Submitted to the Journal of Marsh Studies",
        "Department of Birds 2004, 12, Marsh University",
        "Figure 3. 2019, 12, 4",
        "1 Shanghai 200025, China",
        "arXiv:2401.01234v2 [cs.CV] 29 Mar 2024",
        "Counting Cranes at Dusk",
        "Technical Report No. 321",
        "17",
        "",
    ],
)
def test_other_lines_name_none(line: str) -> None:
    assert find_imprint([line]).venue is None


def test_hostile_lines_cost_little() -> None:
    lines = ["Proceedings of the " + "of the " * 9000, "A " * 40000, "Ab, " * 20000, "[" * 90000] * 40
    find_imprint(lines)


@pytest.mark.parametrize(
    ("stated", "venue"),
    [
        ("2019 Solid- Birds Conference - (SOBICO)", "2019 Solid-Birds Conference (SOBICO)"),
        ("Marsh Publishing Group", None),
        ("", None),
    ],
)
def test_a_stated_venue_is_a_name_and_no_publisher(stated: str, venue: str | None) -> None:
    assert tidy_venue(stated) == venue


def test_a_subject_is_a_venue_only_where_it_names_one() -> None:
    assert (
        venue_in_subject("Proceedings of the Conference on Birds 2017") == "Proceedings of the Conference on Birds 2017"
    )
    assert venue_in_subject("Replication, Machine Learning") is None


@pytest.mark.parametrize(
    ("text", "year", "date"),
    [
        ("Received 1 May 2018; accepted 3 June 2018; published 9 January 2019", None, "2019-01-09"),
        ("Received 1 May 2018. Available online 1 November 2008", "2009", "2008-11-01"),
        ("Received 1 May 2018 Copyright 2019 the authors", None, "2019"),
        ("Accepted 3 June 2018", "2019", "2019"),
        ("October 19–22, 2003, Bolton", "2003", "2003-10-19"),
        ("SMLI TR-94-29 November 1994", None, "1994-11"),
        ("Downloaded on 4 June 2014", None, None),
        ("Barzilay (2001), for example, reject it", None, None),
        ("Received 1 May 2018", None, "2018-05-01"),
    ],
)
def test_dates_are_told_by_what_stands_before_them(text: str, year: str | None, date: str | None) -> None:
    assert find_date(text, year=year) == date


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("arXiv:2401.01234v1 [cs.CV] 3 Jan 2024", ("2401.01234", 1, "2024-01-03", None, ("cs.CV",))),
        ("arXiv:2401.01234v3 [cs.CV] 29 Mar 2024", ("2401.01234", 3, "2024-01", "2024-03-29", ("cs.CV",))),
        ("arXiv:hep-th/9901001v2 30 Apr 1999", ("hep-th/9901001", 2, "1999-01", "1999-04-30", ())),
    ],
)
def test_a_stamp_names_its_version_and_dates_it(text: str, expected: tuple[object, ...]) -> None:
    stamp = find_stamp(text)
    assert stamp is not None
    assert (stamp.arxiv_id, stamp.version, stamp.published, stamp.updated, stamp.categories) == expected


PACKET = b"""<?xpacket begin=""?><x:xmpmeta xmlns:x="adobe:ns:meta/">
<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
<rdf:Description xmlns:dc="http://purl.org/dc/elements/1.1/" xmlns:prism="http://prismstandard.org/namespaces/basic/2.0/"
 prism:coverDate="2024-05-03"><dc:title><rdf:Alt><rdf:li xml:lang="x-default">Counting
 Cranes</rdf:li></rdf:Alt></dc:title><dc:creator><rdf:Seq><rdf:li>Aya Mori</rdf:li><rdf:li>Jon Field</rdf:li></rdf:Seq>
</dc:creator><prism:publicationName>Journal of Marsh Studies</prism:publicationName>
<prism:doi>10.5555/Cranes.7</prism:doi>
</rdf:Description></rdf:RDF></x:xmpmeta><?xpacket end="w"?>"""


def test_a_packet_says_what_the_publisher_stated() -> None:
    assert read_xmp(PACKET + b"\0" * 20) == Xmp(
        "Counting Cranes", ("Aya Mori", "Jon Field"), "Journal of Marsh Studies", "10.5555/cranes.7", "2024-05-03"
    )


def test_empty_brackets_are_no_title_and_names_are_unescaped() -> None:
    packet = PACKET.replace(b"Counting\n Cranes", b"()").replace(b"Aya Mori", b"Judica&amp;#xeb;l Mori")
    xmp = read_xmp(packet)
    assert (xmp.title, xmp.creators[0]) == ("", "Judicaël Mori")


@pytest.mark.parametrize(
    "packet",
    [
        b"",
        b"no xml",
        PACKET[:300],
        PACKET.replace(b"<x:xmpmeta", b"<!DOCTYPE x [<!ENTITY a 'aaaa'>]><x:xmpmeta", 1),
        PACKET + b" " * (1 << 20),
    ],
)
def test_a_damaged_or_hostile_packet_says_nothing(packet: bytes) -> None:
    assert read_xmp(packet) == Xmp()
