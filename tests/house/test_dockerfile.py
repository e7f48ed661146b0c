"""What can be known of the image without building it: stages, user, health check, sources, and the service's locks."""

import json
import re
import shlex
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from app.settings import Settings

REPOSITORY = Path(__file__).resolve().parents[2]


def instructions() -> list[tuple[str, str]]:
    text = "\n".join(
        line for line in (REPOSITORY / "Dockerfile").read_text("utf-8").splitlines() if not line.startswith("#")
    )
    joined = re.sub(r"\\\n", " ", text)
    return [(line.split(None, 1)[0], line.split(None, 1)[1]) for line in joined.splitlines() if line.strip()]


def final_stage() -> list[tuple[str, str]]:
    every = instructions()
    last = max(place for place, (word, _) in enumerate(every) if word == "FROM")
    return every[last:]


def arguments(word: str, stage: list[tuple[str, str]]) -> list[str]:
    return [rest for found, rest in stage if found == word]


def test_there_are_two_stages_and_the_compiler_stays_in_the_first() -> None:
    bases = arguments("FROM", instructions())
    assert len(bases) == 2
    assert bases[0] == f"{bases[1]} AS builder"
    assert "build-essential" not in " ".join(rest for _, rest in final_stage())


def test_copied_sources_exist_and_are_in_the_build_context() -> None:
    context = {line[1:] for line in (REPOSITORY / ".dockerignore").read_text().splitlines() if line.startswith("!")}
    copied = [shlex.split(rest)[:-1] for rest in arguments("COPY", instructions()) if "--from=" not in rest]
    sources = {source for names in copied for source in names}
    assert sources == context
    assert not [source for source in sources if not (REPOSITORY / source).exists()]


def test_every_package_of_the_project_is_copied() -> None:
    pyproject = (REPOSITORY / "pyproject.toml").read_text("utf-8")
    include = re.search(r"include = (\[.*\])", pyproject)
    assert include is not None
    copied = {shlex.split(rest)[0] for rest in arguments("COPY", instructions())}
    assert {package.rstrip("*") for package in json.loads(include[1])} <= copied


def test_service_is_not_root_and_owns_the_library() -> None:
    stage = final_stage()
    (user,) = arguments("USER", stage)
    assert user == "10001:10001"
    (setup,) = (rest for rest in arguments("RUN", stage) if "useradd" in rest)
    assert "--uid 10001 --user-group" in setup
    assert "--owner=ronbun --group=ronbun /library" in setup
    assert arguments("VOLUME", stage) == ["/library"]
    assert "RONBUN_LIBRARY=/library" in arguments("ENV", stage)[0]


def test_health_check_asks_healthz_and_its_program_compiles() -> None:
    (check,) = arguments("HEALTHCHECK", final_stage())
    command = json.loads(check[check.index("[") :])
    assert command[:2] == ["python", "-c"]
    assert "/healthz" in command[2]
    compile(command[2], "HEALTHCHECK", "exec")


def test_requirements_step_lists_what_the_project_depends_on() -> None:
    (step,) = (rest for rest in arguments("RUN", instructions()) if "requirements.txt" in rest)
    program = shlex.split(step)[2]
    listed = subprocess.run(
        [sys.executable, "-c", program], cwd=REPOSITORY, capture_output=True, text=True, timeout=30, check=True
    ).stdout.splitlines()
    assert any(line.startswith("fastapi") for line in listed)
    assert any(line.startswith("llama-cpp-python") for line in listed)
    assert not any(line.startswith("pytest") for line in listed)


def test_it_listens_beyond_loopback_with_the_service_as_its_command() -> None:
    stage = final_stage()
    assert json.loads(arguments("ENTRYPOINT", stage)[0]) == ["ronbun"]
    assert json.loads(arguments("CMD", stage)[0]) == ["serve", "--host", "0.0.0.0"]


@pytest.fixture
def service() -> dict[str, object]:
    compose = yaml.safe_load((REPOSITORY / "compose.yaml").read_text("utf-8"))
    found: dict[str, object] = compose["services"]["ronbun"]
    return found


def test_composed_service_is_locked_down(service: dict[str, object]) -> None:
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert {"mem_limit", "pids_limit", "tmpfs"} <= set(service)
    assert all(str(port).startswith("127.0.0.1:") for port in service["ports"])  # type: ignore[attr-defined]


def test_composed_service_names_only_settings_that_exist(service: dict[str, object]) -> None:
    names = {f"RONBUN_{name.upper()}" for name in Settings.model_fields}
    assert set(service["environment"]) <= names  # type: ignore[call-overload]
    assert ":?" in service["environment"]["RONBUN_API_KEYS"]  # type: ignore[index]
