"""The page against the real service: a paper is dropped in, asked about, opened at its page, and gets its sheet."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect, sync_playwright

pytestmark = pytest.mark.browser

CHROMIUM = os.environ.get("RONBUN_CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
PATIENCE_MS = 120_000  # the first search loads the encoder


@pytest.fixture(scope="module")
def address(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A service over a new library, on a free port."""
    library = tmp_path_factory.mktemp("served") / "library"
    command = [sys.executable, "-c", "from app.main import main; main()", "serve", "--port", "0", "--library"]
    with subprocess.Popen(
        [*command, str(library)], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
    ) as served:
        assert served.stdout is not None
        found = next((told for line in served.stdout if (told := re.search(r"http://[\d.]+:\d+", line))), None)
        try:
            assert found is not None, "the service ended without an address"
            yield found[0]
        finally:
            served.terminate()


@pytest.fixture(scope="module")
def page(address: str) -> Iterator[Page]:
    if CHROMIUM is None:
        pytest.skip("Chromium is not installed")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox", "--disable-gpu"])
        page = browser.new_page(locale="en-GB")
        page.set_default_timeout(PATIENCE_MS)
        expect.set_options(timeout=PATIENCE_MS)
        troubles: list[str] = []
        page.on("pageerror", lambda trouble: troubles.append(str(trouble)))
        page.goto(address)
        yield page
        expect.set_options(timeout=5_000)
        browser.close()
        assert troubles == []


def test_paper_goes_from_file_to_quote_on_its_page(page: Page, examples: Path) -> None:
    expect(page.locator(".empty-title")).to_have_text("No papers yet")
    page.locator("#files").set_input_files(examples / "crane-survey.pdf")
    expect(page.locator(".job-entry")).to_contain_text("1 paper added")
    page.locator(".paper-title").click()
    expect(page.locator("h1")).to_contain_text("Counting Staging Cranes at Dusk")
    page.locator("#question").fill("How far apart do the two observers stand?")
    page.keyboard.press("Enter")
    answer = page.locator(".answers .answer")
    expect(answer).to_have_attribute("aria-busy", "false")
    claim = answer.locator(".claim", has_text="The two observers stand 3 m apart")
    claim.locator(".marker").first.click()
    expect(page.locator(".reader")).to_contain_text("Page 2 of 3")
    expect(page.locator(".sheet-of-paper img")).to_be_visible()
    assert page.locator(".sheet-of-paper img").evaluate("image => image.naturalWidth") > 1000
    mark = page.locator(".highlight").first.evaluate("it => [parseFloat(it.style.top), parseFloat(it.style.width)]")
    assert 5 < mark[0] < 20  # the second paragraph of page 2
    assert mark[1] > 20


def test_sheet_is_written_in_both_languages(page: Page) -> None:
    page.keyboard.press("Escape")
    expect(page.locator(".items > li").first).to_be_visible()
    page.locator(".choice").get_by_text("日本語").click()
    expect(page.locator(".items .question").first).to_have_text(re.compile("[ぁ-ん]"))


def test_unknown_paper_is_said_to_be_unknown(page: Page) -> None:
    page.evaluate("location.hash = '#/paper/ffffffffffff'")
    expect(page.get_by_text("There is nothing here")).to_be_visible()
