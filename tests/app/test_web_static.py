"""The page's files: nothing that a strict Content-Security-Policy refuses, nothing that turns text into markup."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path

import pytest

STATIC = Path(__file__).resolve().parents[2] / "app" / "web" / "static"
MODULES = sorted((STATIC / "js").glob("*.js"))
STYLES = sorted((STATIC / "css").glob("*.css"))
MARKUP_FROM_TEXT = re.compile(
    r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|srcdoc|\beval\(|new Function|setAttribute\(\"style"
)
OTHER_HOSTS = {"https://arxiv.org/abs/", "https://doi.org/"}  # links that a reader may follow; nothing is loaded


class Tags(HTMLParser):
    """Every start tag of a page, and the text inside scripts and styles."""

    def __init__(self) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.inline: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))

    def handle_data(self, data: str) -> None:
        if self.tags and self.tags[-1][0] in ("script", "style") and data.strip():
            self.inline.append(data)


@pytest.fixture(scope="module")
def index() -> Tags:
    tags = Tags()
    tags.feed((STATIC / "index.html").read_text(encoding="utf-8"))
    return tags


def test_index_has_no_inline_script_or_style(index: Tags) -> None:
    assert index.inline == []
    attributes = [name for _, attrs in index.tags for name in attrs]
    assert [name for name in attributes if name.startswith("on") or name == "style"] == []


def test_index_names_only_files_that_are_there(index: Tags) -> None:
    named = [attrs.get("src") or attrs.get("href") for _, attrs in index.tags]
    for address in filter(None, named):
        assert address.startswith("/static/")
        assert (STATIC / address.removeprefix("/static/")).is_file(), address


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_module_never_makes_markup_from_text(path: Path) -> None:
    assert MARKUP_FROM_TEXT.findall(path.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize("path", [*MODULES, *STYLES], ids=lambda path: path.name)
def test_nothing_is_loaded_from_elsewhere(path: Path) -> None:
    addresses = set(re.findall(r"https?://[a-z.]+/(?:[a-z]+/)?", path.read_text(encoding="utf-8")))
    assert addresses <= OTHER_HOSTS


@pytest.mark.parametrize("path", MODULES, ids=lambda path: path.name)
def test_module_imports_only_neighbours_that_are_there(path: Path) -> None:
    for name in re.findall(r'from "([^"]+)"', path.read_text(encoding="utf-8")):
        assert name.startswith("./")
        assert (path.parent / name).is_file(), name


def test_every_string_that_modules_ask_for_exists() -> None:
    strings = (STATIC / "js" / "strings.js").read_text(encoding="utf-8")
    defined = set(re.findall(r"^    (\w+):", strings, re.MULTILINE))
    asked = {name for path in MODULES for name in re.findall(r'\bt\("(\w+)"', path.read_text(encoding="utf-8"))}
    assert asked <= defined
    assert len(asked) > 40
