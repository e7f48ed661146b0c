"""The house rules that no linter knows: no own imports inside functions, no work at import, nothing of this machine."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from app.failures import FAILURES, failure_of
from indexes.errors import RonbunError

REPOSITORY = Path(__file__).resolve().parents[2]
ROOMS = ("app", "ingest", "indexes", "prompts", "bench")
MODULES = sorted(path for room in ROOMS for path in (REPOSITORY / room).rglob("*.py"))


def own_imports_inside_functions(tree: ast.Module) -> list[int]:
    """Return the lines of imports of Ronbun's own rooms that do not stand at a module's top."""
    nested = [node for top in tree.body for node in ast.walk(top) if node is not top]
    lines = []
    for node in nested:
        names = [alias.name for alias in node.names] if isinstance(node, ast.Import) else []
        names += [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        lines += [node.lineno for name in names if name.split(".")[0] in ROOMS]
    return lines


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_own_modules_are_imported_at_the_top_and_only_there(path: Path) -> None:
    assert own_imports_inside_functions(ast.parse(path.read_text(encoding="utf-8"))) == []


def test_own_import_inside_a_function_is_seen() -> None:
    assert own_imports_inside_functions(ast.parse("def f():\n    from app import cli\n")) == [2]


@pytest.mark.parametrize("path", MODULES, ids=lambda path: str(path.relative_to(REPOSITORY)))
def test_modules_are_small(path: Path) -> None:
    assert len(path.read_text(encoding="utf-8").splitlines()) <= 400


def test_importing_every_module_loads_no_model_and_makes_no_file(tmp_path: Path) -> None:
    """One fresh process imports all modules; its folder stays empty and neither torch nor llama is loaded."""
    names = [
        str(path.relative_to(REPOSITORY).with_suffix("")).replace("/", ".").removesuffix(".__init__")
        for path in MODULES
        if not path.is_relative_to(REPOSITORY / "indexes" / "storage" / "migrations")
    ]
    program = (
        "import importlib, sys\n"
        f"for name in {names!r}:\n    importlib.import_module(name)\n"
        "heavy = {'torch', 'sentence_transformers', 'llama_cpp', 'transformers'} & set(sys.modules)\n"
        "sys.exit(f'loaded at import: {heavy}' if heavy else 0)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program],
        cwd=tmp_path,
        env={"PYTHONPATH": str(REPOSITORY), "HOME": str(tmp_path), "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert list(tmp_path.iterdir()) == []


def test_every_error_has_one_code_and_a_row() -> None:
    """The tree's classes have a code each; a room's private subclass shows its parent's."""
    kinds = [RonbunError]
    for kind in kinds:
        kinds += kind.__subclasses__()
    public = [kind for kind in kinds if kind.__module__ == "indexes.errors"]
    assert len({kind.code for kind in public}) == len(public)
    assert {kind.code for kind in kinds} == {kind.code for kind in public}
    assert all(failure_of(kind("m", hint="h")) in FAILURES.values() for kind in public)
