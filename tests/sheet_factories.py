"""Papers with something to ask about, and sheets made by hand."""

from dataclasses import replace
from typing import Any

from factories import make_paper, make_passage
from scripted_answers import PROVENANCE, make_answer, make_citation, make_claim

from app.sheets.records import Facet, QASheet, SheetItem
from indexes.records import Language, Passage

PARTS = (
    ("Abstract", "We present Heron, a system that counts cranes from quiet drones above the marsh at night."),
    (
        "1 Introduction",
        "The goal of this work is to count roosting birds without waking them. Existing surveys rely on observers in "
        "boats, which cannot see the birds behind the reeds. To the best of our knowledge, no earlier census covered "
        "a whole marsh in one night.",
    ),
    (
        "2 Design > 2.1 Thermal stitching",
        "Heron consists of a drone with a thermal camera, a flight planner and a counter that joins the frames. "
        "Thermal stitching is the process of joining overlapping frames into one map of warm spots. To avoid counting "
        "a bird twice, Heron tracks each warm spot across the overlap of its frames. We chose a thermal camera "
        "because reeds hide birds from ordinary lenses. Thermal stitching ignores spots that are larger than a deer.",
    ),
    (
        "3 Data",
        "We collected 31 flights over four winters at two marshes in the north. Volunteers were recruited from a bird "
        "club and labelled the warm spots in daylight photographs of the same reeds.",
    ),
    (
        "4 Results",
        "Heron counted 412 cranes with an average error rate of 3.4%, while boat observers missed 22% of the birds. "
        "Thermal stitching reduced double counts by 61% compared with counting single frames. When the drone flies "
        "higher, the error rate increases to 9%.",
    ),
    (
        "5 Cost",
        "One census takes 18 minutes of flight and 40 minutes of computation on a laptop without a graphics card.",
    ),
    (
        "6 Discussion",
        "A limitation of the method is rain, which cools the feathers and hides the birds from the camera. The source "
        "code is available at https://example.org/heron under a free licence.",
    ),
)


def make_heron_passages(**changes: Any) -> tuple[Passage, ...]:
    return tuple(
        make_passage(ordinal=ordinal, section=section, text=text, **changes)
        for ordinal, (section, text) in enumerate(PARTS)
    )


HERON = make_paper(title="Heron: Counting Cranes from Quiet Drones", abstract=PARTS[0][1])


def make_sheet(**changes: Any) -> QASheet:
    """A sheet with two items, the first of which has two claims that share a citation with the second."""
    passages = make_heron_passages()
    results = passages[4]
    end = results.text.index(" Thermal")
    counted = make_citation(results, 0, end, marker=1)
    stitched = make_citation(results, end + 1, results.text.index(" When"), marker=2)
    abstract = make_citation(passages[0], 0, len(passages[0].text))
    sheet = QASheet(
        paper=HERON,
        language=Language.JAPANESE,
        one_line=make_answer("一文で?", make_claim("Heron counts cranes from quiet drones.", abstract)),
        summary=make_answer("何を?", make_claim(abstract.quote, abstract)),
        items=(
            SheetItem(
                "Heronの主な結果は何ですか?",
                Facet.MAIN_RESULT,
                make_answer(
                    "Heronの主な結果は何ですか?",
                    make_claim("Heron counted 412 cranes.", counted),
                    make_claim("Double counts fell by 61%.", stitched, counted),
                    passages=[results],
                ),
            ),
            SheetItem(
                "誤差はどの程度ですか?",
                Facet.DETAIL,
                make_answer(
                    "誤差はどの程度ですか?", make_claim("The average error rate was 3.4%.", replace(counted, marker=1))
                ),
            ),
        ),
        findings=(),
        provenance=PROVENANCE,
    )
    return replace(sheet, **changes)
