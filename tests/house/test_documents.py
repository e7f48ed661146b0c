"""Documents that people read: links lead somewhere, and nothing speaks of one machine."""

import re
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
DOCUMENTS = sorted([*REPOSITORY.glob("*.md"), *(REPOSITORY / "docs").rglob("*.md")])
LINK = re.compile(r"\]\((?!https?:|#)([^)#\s]+)")


@pytest.mark.parametrize("document", DOCUMENTS, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_links_lead_to_files(document: Path) -> None:
    links = LINK.findall(document.read_text(encoding="utf-8"))
    assert [link for link in links if not (document.parent / link).exists()] == []


def test_readme_names_only_commands_and_benches_that_exist() -> None:
    readme = (REPOSITORY / "README.md").read_text(encoding="utf-8") + (REPOSITORY / "docs/reproduce.md").read_text()
    for command in re.findall(r"\bronbun ([a-z]+)", readme):
        assert (REPOSITORY / "app/commands" / f"{command}.py").exists(), command
    for bench in re.findall(r"bench\.([a-z]+(?:\.[a-z]+)*)", readme):
        place = REPOSITORY.joinpath("bench", *bench.split("."))
        places = (place.with_suffix(".py"), place / "__main__.py")
        assert any(place.exists() for place in places), bench
    for target in re.findall(r"\bmake ([a-z]+)", readme):
        assert f"\n{target}:" in (REPOSITORY / "Makefile").read_text(), target


def test_no_tracked_file_names_the_folder_that_it_stands_in() -> None:
    """A path of the machine where something was written helps nobody elsewhere."""
    if not (REPOSITORY / ".git").exists():
        pytest.skip("not a git checkout")
    command = ["git", "grep", "-lIF", "-e", f"{REPOSITORY}/", "-e", f"{REPOSITORY.parent}/shared", "--", "."]
    found = subprocess.run(command, cwd=REPOSITORY, capture_output=True, text=True, check=False)
    assert (found.stdout, found.stderr) == ("", "")
