"""The page in a real Chromium, against a stand-in service that answers in the published JSON shapes."""

from __future__ import annotations

import os
import shutil
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect, sync_playwright
from web_stub import ABSENT, HOSTILE, PAGE_HEIGHT, PAGE_WIDTH, Stub, citation, claim, error, paper, serving

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("RONBUN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
PAPER = "#/paper/aaaa00000001"
EXPECTED_NOISE = "Failed to load resource"  # Chromium's own line for each answer of 401, 404 and 429

Open = Callable[..., Page]


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture
def stub() -> Iterator[Stub]:
    with serving(Stub()) as stub:
        stub.claim_gate.set()
        yield stub


@pytest.fixture
def open_page(browser: Browser, stub: Stub) -> Iterator[Open]:
    """Opens the page at a hash; at the end, no script may have failed and no policy been broken."""
    troubles: list[str] = []
    contexts = []

    def opened(place: str = "", *, width: int = 1280, locale: str = "en-GB", **options: Any) -> Page:
        context = browser.new_context(viewport={"width": width, "height": 900}, locale=locale, **options)
        contexts.append(context)
        context.set_default_timeout(10_000)
        page = context.new_page()
        page.on("pageerror", lambda trouble: troubles.append(str(trouble)))
        page.on(
            "console",
            lambda line: (
                troubles.append(line.text) if line.type == "error" and EXPECTED_NOISE not in line.text else None
            ),
        )
        page.goto(f"{stub.url}/{place}")
        return page

    yield opened
    for context in contexts:
        context.close()
    assert troubles == []


def ask(page: Page, question: str = "How many nights?") -> None:
    page.locator("#question").fill(question)
    page.keyboard.press("Enter")


def resting_top(page: Page, selector: str) -> float:
    """Where an element's top is in the window once scrolling has come to rest."""
    tops: list[float] = []
    while len(tops) < 3 or len(set(tops[-3:])) > 1:
        page.wait_for_timeout(100)
        tops.append(page.locator(selector).first.evaluate("it => it.getBoundingClientRect().top"))
    return tops[-1]


def open_first_quote(page: Page) -> None:
    ask(page)
    page.locator(".answers .quotes .marker").first.click()
    expect(page.locator(".sheet-of-paper img")).to_be_visible()


def test_library_lists_papers_and_filters_them(open_page: Open, stub: Stub) -> None:
    page = open_page()
    expect(page.locator(".paper-title")).to_have_count(2)
    expect(page.locator(".count")).to_have_text("2 papers")
    page.locator("#filter").fill("owls")
    expect(page.locator(".paper-title")).to_have_text(["Owls at night"])
    page.locator("#filter").fill("zebra")
    expect(page.get_by_text("No paper matches “zebra”.")).to_be_visible()
    expect(page.locator(".asking")).to_be_visible()


def test_empty_library_says_what_to_do(open_page: Open, stub: Stub) -> None:
    stub.papers = []
    page = open_page()
    expect(page.locator(".empty-title")).to_have_text("No papers yet")
    expect(page.locator(".asking")).to_be_hidden()
    expect(page.get_by_text("Choose files")).to_be_visible()


def test_markup_in_a_paper_stays_text(open_page: Open, stub: Stub) -> None:
    stub.answer_changes = {"claims": [], "text": HOSTILE, "status": "not_in_paper", "citations": []}
    stub.findings = [{"kind": "hidden_text", "page": 1, "message": HOSTILE}]
    page = open_page()
    expect(page.locator(".paper-title").last).to_have_text(HOSTILE)
    page.locator(".paper-title").last.click()
    expect(page.locator("h1")).to_have_text(HOSTILE)
    page.locator(".noticed summary").click()
    expect(page.locator(".noticed")).to_contain_text(HOSTILE)
    ask(page, HOSTILE)
    expect(page.locator(".answer .question")).to_have_text(HOSTILE)
    assert page.locator("#view img, #view script").count() == 0
    assert page.evaluate("window.pwned") is None


def test_paper_says_how_well_it_was_read(open_page: Open, stub: Stub) -> None:
    stub.verdict = {"level": "fair", "reasons": ["4 of 10 pages recognised from pictures (p. 7–10)"]}
    page = open_page(PAPER)
    expect(page.locator(".noticed")).to_contain_text("Read in part")
    expect(page.locator(".noticed")).to_contain_text("1 section, 0 tables, 12 references")
    expect(page.locator(".noticed li")).to_have_text("4 of 10 pages recognised from pictures (p. 7–10)")
    japanese = open_page(PAPER, locale="ja-JP")
    expect(japanese.locator(".noticed")).to_contain_text("一部だけ読み取れました")


def test_layout_shows_each_block_where_it_stands_and_goes_again(open_page: Open) -> None:
    page = open_page(PAPER)
    page.locator(".contents summary").click()
    page.locator(".contents button").click()
    page.get_by_role("button", name="Layout").click()
    expect(page.locator(".block")).to_have_count(2)
    expect(page.locator(".block b").nth(1)).to_have_text("5")
    frame, block = page.locator(".sheet-of-paper").bounding_box(), page.locator(".block-paragraph").bounding_box()
    assert frame is not None
    assert block is not None
    assert (block["x"] - frame["x"]) / frame["width"] == pytest.approx(60 / PAGE_WIDTH, abs=0.005)
    assert block["height"] / frame["height"] == pytest.approx(26 / PAGE_HEIGHT, abs=0.005)
    page.get_by_role("button", name="Layout").click()
    expect(page.locator(".block")).to_have_count(0)
    expect(page.locator(".sheet-of-paper img")).to_be_visible()


def test_address_that_is_no_web_address_is_not_linked(open_page: Open) -> None:
    page = open_page(PAPER)
    expect(page.locator("h1")).to_have_text("Owls at night")
    assert page.locator("a[href^='javascript']").count() == 0


def test_unknown_paper_and_unknown_address_say_so(open_page: Open) -> None:
    page = open_page("#/paper/none")
    expect(page.get_by_text("There is nothing here")).to_be_visible()
    page.goto(page.url.split("#")[0] + "#/nowhere")
    expect(page.get_by_text("There is nothing here")).to_be_visible()


@pytest.mark.parametrize(("motion", "behavior"), [("no-preference", "smooth"), ("reduce", "instant")])
def test_answer_begins_in_view_and_has_the_focus(open_page: Open, stub: Stub, motion: str, behavior: str) -> None:
    stub.papers[0]["abstract"] = "Owls call at dusk and fall silent in rain. " * 30
    stub.claim_gate.clear()
    page = open_page(PAPER, reduced_motion=motion)
    page.evaluate(
        """() => { window.scrolled = []; const scroll = Element.prototype.scrollIntoView;
        Element.prototype.scrollIntoView = function (how) { scrolled.push(how?.behavior); scroll.call(this, how) } }"""
    )
    page.locator("#question").fill("How many nights?")
    expect(page.locator(".items > li")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(".answers .question")).to_be_focused()
    assert -1 <= resting_top(page, ".answers .answer") < 450
    assert page.evaluate("scrolled") == [behavior]
    stub.claim_gate.set()
    expect(page.locator(".answers .quotes")).to_be_visible()
    assert -1 <= resting_top(page, ".answers .answer") < 450
    page.locator("#question").fill("And in rain?")
    page.evaluate("scrollTo(0, document.querySelector('#question').getBoundingClientRect().top + scrollY)")
    page.keyboard.press("Enter")
    expect(page.locator(".answers .question").first).to_be_focused()
    assert page.evaluate("scrolled") == [behavior]


@pytest.mark.parametrize(
    ("step", "shown"),
    [
        ({"stage": "waiting", "position": 3, "wait_s": 11.2}, "Number 3 in line for the model, about 12 seconds"),
        ({"stage": "waiting", "position": 1, "wait_s": None}, "Number 1 in line for the model"),
        ({"stage": "waiting", "position": None, "wait_s": None}, "Waiting for the model"),
        ({"stage": "loading", "position": None, "wait_s": None}, "The model is being loaded"),
        ({"stage": "reading", "position": None, "wait_s": None}, "The model reads the passages"),
        ({"stage": "writing", "position": None, "wait_s": None}, "The model writes"),
    ],
)
def test_the_place_in_line_is_shown(open_page: Open, stub: Stub, step: dict[str, Any], shown: str) -> None:
    stub.claim_gate.clear()
    stub.progress = [{"stage": "waiting", "position": 9, "wait_s": 60.0}, step]
    page = open_page(PAPER)
    ask(page)
    expect(page.locator(".answers").get_by_text(shown, exact=True)).to_be_visible()
    stub.claim_gate.set()


def test_claims_are_shown_before_the_answer_is_done(open_page: Open, stub: Stub) -> None:
    stub.claim_gate.clear()
    page = open_page(PAPER)
    ask(page)
    answer = page.locator(".answers .answer")
    expect(answer.locator(".claim")).to_have_count(2)
    expect(answer.locator(".claims")).to_have_attribute("aria-live", "polite")
    expect(answer).to_have_attribute("aria-busy", "true")
    expect(answer.locator("button.marker")).to_have_count(0)
    stub.claim_gate.set()
    expect(answer).to_have_attribute("aria-busy", "false")
    expect(answer.locator(".claim .marker")).to_have_text(["1", "1", "2"])
    assert stub.asked("POST", "/v1/ask") == [
        {"question": "How many nights?", "stream": True, "paper_ids": ["aaaa00000001"]}
    ]


def test_question_can_go_to_the_whole_library_in_a_language(open_page: Open, stub: Stub) -> None:
    page = open_page(PAPER)
    page.get_by_label("Where to look").select_option("library")
    page.get_by_label("Answer in").select_option("ja")
    ask(page, "Why?")
    expect(page.locator(".answers .quotes a").first).to_have_text("Owls at night")
    assert stub.asked("POST", "/v1/ask") == [{"question": "Why?", "stream": True, "language": "ja"}]


def test_enter_that_ends_a_japanese_conversion_does_not_send(open_page: Open, stub: Stub) -> None:
    page = open_page(PAPER)
    page.locator("#question").fill("なぜ")
    page.locator("#question").dispatch_event("keydown", {"key": "Enter", "isComposing": True, "bubbles": True})
    page.locator("#question").press("Shift+Enter")
    assert stub.asked("POST", "/v1/ask") == []


def test_failed_claim_is_marked_with_its_reason(open_page: Open) -> None:
    page = open_page(PAPER)
    ask(page)
    failed = page.locator(".answers .claim.contradicted")
    expect(failed.locator(".reason")).to_have_text("Contradicted by its quote: numbers: 40 is not in the quote")
    expect(page.locator(".answers .claim.supported .verdict")).to_contain_text("Supported by its quote")


def test_abstaining_is_said_plainly_with_the_nearest_passages(open_page: Open, stub: Stub) -> None:
    stub.answer_changes = ABSENT
    page = open_page(PAPER)
    ask(page)
    expect(page.locator(".abstention-title")).to_have_text("Not stated in the paper.")
    page.get_by_text("Nearest passages").click()
    expect(page.locator(".near")).to_contain_text("Owls call at dusk.")
    page.get_by_role("button", name="Page 1").last.click()
    expect(page.locator(".reader")).to_contain_text("Page 1 of 3")


def test_quote_that_is_the_claim_is_not_shown_twice(open_page: Open, stub: Stub) -> None:
    stub.answer_changes = {"claims": [claim("heard on 12 of 14 nights", [1]), claim("It was cold.", [2])]}
    page = open_page(PAPER)
    ask(page)
    expect(page.locator(".answers .quotes li")).to_have_count(2)
    expect(page.locator(".answers .quotes blockquote")).to_have_text(["the nights were cold"])
    expect(page.locator(".answers .quotes .place").first).to_have_text("3 Results · p. 2")


def test_refused_question_shows_message_and_hint(open_page: Open, stub: Stub) -> None:
    stub.ask_error = error("busy", "64 questions wait already", "Try again in 5 s.")
    page = open_page(PAPER)
    ask(page)
    expect(page.locator(".answers .error")).to_contain_text("64 questions wait already")
    expect(page.locator(".answers .error")).to_contain_text("Try again in 5 s.")


def test_answers_are_kept_while_the_reader_moves_about(open_page: Open) -> None:
    page = open_page(PAPER)
    ask(page)
    expect(page.locator(".answers .quotes")).to_be_visible()
    page.get_by_role("navigation").get_by_role("link", name="Library").click()
    page.get_by_role("link", name="Owls at night").click()
    expect(page.locator(".answers .quotes")).to_be_visible()


def test_marker_opens_the_page_with_the_quote_marked(open_page: Open) -> None:
    page = open_page(PAPER)
    open_first_quote(page)
    expect(page.locator(".reader")).to_contain_text("Page 2 of 3")
    mark = page.locator(".highlight").evaluate(
        """mark => { const page = mark.parentElement.getBoundingClientRect(), box = getComputedStyle(mark);
        return [parseFloat(box.left) / page.width, parseFloat(box.top) / page.height,
                parseFloat(box.width) / page.width, parseFloat(box.height) / page.height,
                page.width / page.height] }"""
    )
    wanted = [60 / PAGE_WIDTH, 200 / PAGE_HEIGHT, 300 / PAGE_WIDTH, 40 / PAGE_HEIGHT, PAGE_WIDTH / PAGE_HEIGHT]
    assert mark == pytest.approx(wanted, abs=0.004)


def test_arrows_turn_pages_and_escape_gives_the_focus_back(open_page: Open) -> None:
    page = open_page(PAPER)
    open_first_quote(page)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".reader")).to_contain_text("Page 3 of 3")
    expect(page.locator(".highlight")).to_have_count(1)
    page.keyboard.press("ArrowRight")
    expect(page.get_by_role("button", name="Next page")).to_be_disabled()
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("ArrowLeft")
    expect(page.locator(".reader")).to_contain_text("Page 1 of 3")
    expect(page.locator(".highlight")).to_have_count(0)
    page.keyboard.press("Escape")
    expect(page.locator(".reader")).to_have_count(0)
    expect(page.locator(".answers .quotes .marker").first).to_be_focused()


@pytest.mark.parametrize("width", [390, 1280])
def test_long_title_does_not_push_the_panel_out(open_page: Open, stub: Stub, width: int) -> None:
    stub.answer_changes = {"citations": [citation(1, "quote") | {"title": "A very long title " * 12}]}
    page = open_page(PAPER, width=width)
    open_first_quote(page)
    for part in (page.get_by_role("button", name="Close the page"), page.locator(".sheet-of-paper")):
        box = part.bounding_box()
        assert box is not None
        assert box["x"] + box["width"] <= width


def test_text_beside_the_panel_stays_where_it_was(open_page: Open, stub: Stub) -> None:
    stub.papers[0]["abstract"] = "Owls call at dusk and fall silent in rain. " * 12
    page = open_page(PAPER)
    page.set_viewport_size({"width": 1280, "height": 1100})
    ask(page)
    expect(page.locator(".items li").first).to_be_visible()
    marker = page.locator(".answers .claim button.marker").first
    page.evaluate("scrollTo(0, 0)")
    before = marker.evaluate("it => it.getBoundingClientRect().top")
    marker.click()
    expect(page.locator(".highlight")).to_have_count(1)
    assert marker.evaluate("it => it.getBoundingClientRect().top") == pytest.approx(before, abs=2)


def test_address_can_name_a_page(open_page: Open) -> None:
    page = open_page(f"{PAPER}/page/2")
    expect(page.locator(".reader")).to_contain_text("Page 2 of 3")
    expect(page.locator(".sheet-of-paper img")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("h1")).to_have_text("Owls at night")


def test_quote_is_copied_with_its_page(open_page: Open) -> None:
    page = open_page(PAPER, permissions=["clipboard-read", "clipboard-write"])
    open_first_quote(page)
    page.get_by_role("button", name="Copy quote").click()
    expect(page.get_by_text("Copied")).to_be_visible()
    copied = page.evaluate("navigator.clipboard.readText()")
    assert copied == "“heard on 12 of 14 nights” (Owls at night, p. 2)"


def test_source_without_pages_shows_its_quote_alone(open_page: Open, stub: Stub) -> None:
    stub.papers[0] = paper("aaaa00000001", "Owls at night", source_kind="markdown", page_count=1)
    page = open_page(PAPER)
    ask(page)
    page.locator(".answers .quotes .marker").first.click()
    expect(page.locator(".stage")).to_contain_text("no pages to show")
    expect(page.locator(".reader-foot")).to_contain_text("heard on 12 of 14 nights")
    assert stub.asked("GET", "/v1/papers/aaaa00000001/pages") == []


@pytest.mark.parametrize("events_break", [False, True], ids=["events", "polling"])
def test_upload_is_followed_to_its_report(open_page: Open, stub: Stub, tmp_path: Path, events_break: bool) -> None:
    stub.events_break = events_break
    (tmp_path / "bats.pdf").write_bytes(b"%PDF-1.7 bats")
    page = open_page()
    expect(page.locator(".paper-title")).to_have_count(2)
    page.locator("#files").set_input_files(tmp_path / "bats.pdf")
    entry = page.locator(".job-entry")
    expect(entry).to_contain_text("1 paper added · 1 failed")
    expect(entry.locator(".error")).to_contain_text("bad.pdf")
    expect(entry.locator(".error")).to_contain_text("Print it.")
    expect(page.locator(".paper-title")).to_have_count(3)
    assert b'filename="bats.pdf"' in stub.uploaded
    assert b"%PDF-1.7 bats" in stub.uploaded
    assert (stub.job_polls > 0) is events_break


def test_dropped_file_is_sent_from_a_paper_too(open_page: Open, stub: Stub) -> None:
    page = open_page(PAPER)
    expect(page.locator("h1")).to_be_visible()
    dropped = page.evaluate_handle(
        """() => { const held = new DataTransfer();
        held.items.add(new File(["%PDF-1.7 dropped"], "dropped.pdf")); return held }"""
    )
    page.dispatch_event("body", "dragenter", {"dataTransfer": dropped})
    expect(page.get_by_text("Drop to add to the library")).to_be_visible()
    page.dispatch_event("body", "drop", {"dataTransfer": dropped})
    expect(page.locator(".job-entry")).to_contain_text("1 paper added")
    assert b"%PDF-1.7 dropped" in stub.uploaded


def test_source_is_sent_as_json(open_page: Open, stub: Stub) -> None:
    page = open_page()
    page.get_by_label("or an arXiv id or address").fill("arxiv:2310.10631")
    page.get_by_role("button", name="Add", exact=True).click()
    expect(page.locator(".job-entry")).to_contain_text("1 paper added")
    assert stub.asked("POST", "/v1/papers") == [{"source": "arxiv:2310.10631"}]


def test_absent_sheet_is_written_and_the_other_language_asked_for(open_page: Open, stub: Stub) -> None:
    stub.sheets = {"ja"}
    page = open_page(PAPER)
    expect(page.locator(".items .question")).to_have_text("On how many nights were owls heard?")
    assert len(stub.asked("POST", "/v1/papers/aaaa00000001/sheet?lang=en")) == 1
    page.locator(".choice").get_by_text("日本語").click()
    expect(page.locator(".items .question")).to_have_text("何夜聞こえましたか?")
    expect(page.locator(".choice [aria-pressed=true]")).to_have_text("日本語")
    assert stub.asked("POST", "/v1/papers/aaaa00000001/sheet?lang=ja") == []


def test_sheet_markers_open_pages_and_unknown_ones_stay_text(open_page: Open) -> None:
    page = open_page(PAPER)
    expect(page.locator(".summary .marker")).to_have_count(1)
    expect(page.locator(".summary")).to_contain_text("A bracket [9] without a quote stays text.")
    page.locator(".summary .marker").click()
    expect(page.locator(".reader-foot")).to_contain_text("call at dusk")


def test_sheet_markers_count_through_the_sheet(open_page: Open) -> None:
    page = open_page(PAPER)
    expect(page.locator(".summary .marker")).to_have_text(["1"])
    expect(page.locator(".one-line .marker")).to_have_text(["2"])
    expect(page.locator(".items .claim .marker")).to_have_text(["2", "2", "3"])
    page.locator(".items summary").click()
    expect(page.locator(".items .quotes .marker")).to_have_text(["2", "3"])
    page.locator(".items .claim .marker").last.click()
    expect(page.locator(".reader-foot")).to_contain_text("the nights were cold")


def test_removal_asks_first(open_page: Open, stub: Stub) -> None:
    page = open_page(PAPER)
    page.get_by_role("button", name="Remove from the library").click()
    page.get_by_role("button", name="Keep").click()
    assert stub.asked("DELETE", "/v1/papers/aaaa00000001") == []
    page.get_by_role("button", name="Remove from the library").click()
    page.get_by_role("dialog").get_by_role("button", name="Remove from the library").click()
    expect(page.locator(".paper-title")).to_have_count(1)
    assert len(stub.asked("DELETE", "/v1/papers/aaaa00000001")) == 1


def test_key_is_asked_for_kept_in_the_tab_and_sent_for_images(open_page: Open, stub: Stub) -> None:
    stub.key = "right-key"
    page = open_page(PAPER)
    page.get_by_label("Key", exact=True).fill("wrong-key")
    page.get_by_role("button", name="Use key").click()
    expect(page.get_by_text("That key was not accepted.")).to_be_visible()
    page.get_by_label("Key", exact=True).fill("right-key")
    page.keyboard.press("Enter")
    expect(page.locator("h1")).to_have_text("Owls at night")
    open_first_quote(page)
    assert page.evaluate("[sessionStorage.length, Object.values(localStorage).includes('right-key')]") == [1, False]
    page.reload()
    expect(page.locator("h1")).to_have_text("Owls at night")
    page.get_by_role("button", name="Forget key").click()
    assert page.evaluate("sessionStorage.length") == 0


def test_key_dialog_can_be_left_and_the_error_stands(open_page: Open, stub: Stub) -> None:
    stub.key = "right-key"
    page = open_page()
    expect(page.get_by_role("dialog")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.get_by_role("alert")).to_contain_text("this service needs an API key")


def test_language_follows_the_browser_and_can_be_switched_for_good(open_page: Open) -> None:
    page = open_page(locale="ja-JP")
    expect(page.locator(".library-head h2")).to_contain_text("ライブラリ")
    expect(page.locator(".paper-title").first.locator("xpath=../p").first).to_contain_text("2026年11月20日")
    assert page.locator("html").get_attribute("lang") == "ja"
    page.get_by_role("button", name="English").click()
    expect(page.locator(".library-head h2")).to_contain_text("Library")
    page.reload()
    expect(page.locator(".library-head h2")).to_contain_text("Library")


def test_both_languages_hold_the_same_strings(open_page: Open) -> None:
    page = open_page()
    names = page.evaluate(
        """import('/static/js/strings.js').then(({STRINGS}) => Object.values(STRINGS).map(
        list => Object.entries(list).map(([name, value]) =>
            [name, typeof value, String(value).match(/\\{\\w+\\}/g)?.sort() ?? []])))"""
    )
    english, japanese = ({name: (kind, slots) for name, kind, slots in listed} for listed in names)
    assert english.keys() == japanese.keys()
    texts = [name for name in english if english[name][0] == japanese[name][0] == "string"]
    assert [name for name in texts if english[name] != japanese[name]] == []


@pytest.mark.parametrize("place", ["", PAPER], ids=["library", "paper"])
def test_page_fits_a_phone(open_page: Open, place: str) -> None:
    page = open_page(place, width=390)
    ask(page)
    expect(page.locator(".answers .quotes")).to_be_visible()
    overflowing = page.evaluate(
        """[...document.querySelectorAll('body *')].filter(it => !it.closest('.spoken') && !it.matches('.spoken') &&
        it.getBoundingClientRect().right > innerWidth + 1).map(it => it.outerHTML.slice(0, 80))"""
    )
    assert overflowing == []
    page.locator(".answers .quotes .marker").first.click()
    box = page.locator(".reader").bounding_box()
    assert box is not None
    assert (box["x"], box["width"]) == (0, 390)
    assert page.locator("#frame").get_attribute("inert") is not None
    page.keyboard.press("Escape")
    assert page.locator("#frame").get_attribute("inert") is None


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_colours_have_contrast(open_page: Open, scheme: str) -> None:
    page = open_page(color_scheme=scheme)
    names = ("ink", "quiet", "accent", "paper", "raised", "on-accent")
    colours = page.evaluate(
        "names => names.map(name => getComputedStyle(document.documentElement).getPropertyValue('--' + name))",
        list(names),
    )
    light = dict(zip(names, map(luminance, colours), strict=True))
    pairs = [(text, ground) for text in ("ink", "quiet", "accent") for ground in ("paper", "raised")]
    for text, ground in [*pairs, ("on-accent", "accent")]:
        high, low = sorted((light[text], light[ground]), reverse=True)
        assert (high + 0.05) / (low + 0.05) >= 4.5, (text, ground)


def luminance(colour: str) -> float:
    """Relative luminance of `#rrggbb` (WCAG 2.2)."""
    channels = [int(colour.strip()[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
