"""Prompt files into rendered prompts: system, paper and question parts, with the hash of the files they come from.

Templates are the files of the installed package `prompts`. Each declares its inputs in a TOML comment at its head; a
template that uses another name, or is rendered with another set of names, is refused. Every value that a template
prints passes through `neutralise`, so text from a paper cannot pose as part of the prompt.
"""

from __future__ import annotations

import hashlib
import importlib.resources
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from importlib.resources.abc import Traversable

import jinja2
import jinja2.meta
import jinja2.sandbox

from app.generators.delimiters import neutralise, one_line
from app.generators.protocol import Task
from indexes.errors import ModelFailed, ModelMissing
from indexes.records import Language

_DECLARATION = re.compile(r"\A\{#\n(?P<toml>.*?)#\}\n", re.DOTALL)
_REINSTALL = "The prompt files are part of Ronbun; install it again, or mend the file."


@dataclass(frozen=True, slots=True)
class RenderedPrompt:
    """A prompt in the order in which a model reads it; equal leading parts give equal prefixes.

    `sha256` is over the three files' bytes, in the same order.
    """

    prompt_id: str
    sha256: str
    system: str
    paper: str
    question: str


@dataclass(frozen=True, slots=True)
class PromptTemplate:
    """One file: its path below `prompts` without the ending, what it declares, and its bytes' hash."""

    name: str
    description: str
    inputs: frozenset[str]
    content: bytes
    template: jinja2.Template

    def render(self, values: Mapping[str, object]) -> str:
        """Fill in `values`, which must name exactly the declared inputs.

        Raises:
            ModelFailed: an input is missing or unknown, or a value lacks what the template asks of it.
        """
        if set(values) != self.inputs:
            missing, unknown = sorted(self.inputs - set(values)), sorted(set(values) - self.inputs)
            raise ModelFailed(
                f"prompt {self.name}: missing inputs {missing}, unknown inputs {unknown}",
                hint=f"It declares {sorted(self.inputs)}; give exactly these.",
            )
        try:
            return self.template.render(values).strip()
        except jinja2.TemplateError as error:
            raise ModelFailed(f"prompt {self.name}: {error}", hint=_REINSTALL) from error


class Prompts:
    """The prompts of every task and language, read once."""

    def __init__(self, templates: Mapping[str, PromptTemplate]) -> None:
        self._templates = dict(templates)

    def parts(self, task: Task, language: Language) -> tuple[PromptTemplate, PromptTemplate, PromptTemplate]:
        """Return the system, paper and question templates of a task."""
        system, paper, question = (self._templates[f"{language}/{part}"] for part in ("system", "paper", task.value))
        return system, paper, question

    def inputs(self, task: Task, language: Language) -> frozenset[str]:
        """Return every input that rendering the task needs."""
        return frozenset().union(*(part.inputs for part in self.parts(task, language)))

    def render(self, task: Task, language: Language, values: Mapping[str, object]) -> RenderedPrompt:
        """Render the three parts of a task.

        Args:
            task: what is to be written.
            language: the reader's.
            values: exactly the names of `inputs(task, language)`.

        Raises:
            ModelFailed: an input is missing or unknown.
        """
        parts = self.parts(task, language)
        unknown = sorted(set(values) - self.inputs(task, language))
        if unknown:
            raise ModelFailed(
                f"prompt {language}/{task}: unknown inputs {unknown}",
                hint=f"It declares {sorted(self.inputs(task, language))}.",
            )
        system, paper, question = (
            part.render({name: value for name, value in values.items() if name in part.inputs}) for part in parts
        )
        digest = hashlib.sha256(b"".join(part.content for part in parts)).hexdigest()
        return RenderedPrompt(f"{language}/{task}", digest, system, paper, question)


def load_prompts(root: Traversable | None = None) -> Prompts:
    """Read the prompts of every task and language below `root`; None means the installed package `prompts`.

    Raises:
        ModelMissing: a file is not there.
        ModelFailed: a file has no declaration, is not a template, or uses other names than it declares.
    """
    place = importlib.resources.files("prompts") if root is None else root
    environment = _environment()
    names = [f"{language}/{part}" for language in Language for part in ("system", "paper", *Task)]
    return Prompts({name: _load_template(place, name, environment=environment) for name in names})


def _environment() -> jinja2.sandbox.ImmutableSandboxedEnvironment:
    environment = jinja2.sandbox.ImmutableSandboxedEnvironment(
        undefined=jinja2.StrictUndefined,
        finalize=lambda value: neutralise(str(value)),
        trim_blocks=True,
        lstrip_blocks=True,
        autoescape=False,
    )
    environment.filters["one_line"] = one_line
    return environment


def _load_template(
    place: Traversable, name: str, *, environment: jinja2.sandbox.ImmutableSandboxedEnvironment
) -> PromptTemplate:
    file = place.joinpath(*f"{name}.jinja".split("/"))
    if not file.is_file():
        raise ModelMissing(f"prompt {name}: there is no file {file}", hint=_REINSTALL)
    content = file.read_bytes()
    try:
        source = content.decode("utf-8")
        declared = _DECLARATION.match(source)
        declaration = tomllib.loads(declared["toml"]) if declared else {}
        used = jinja2.meta.find_undeclared_variables(environment.parse(source))
        template = environment.from_string(source)
    except (UnicodeDecodeError, tomllib.TOMLDecodeError, jinja2.TemplateError) as error:
        raise ModelFailed(f"prompt {name}: {error} (in {file})", hint=_REINSTALL) from error
    if set(declaration) != {"description", "inputs"}:
        raise ModelFailed(
            f"prompt {name}: its head declares {sorted(declaration)} (in {file})",
            hint="It must begin with a comment {# … #} of TOML that holds `description` and `inputs`.",
        )
    if used != set(declaration["inputs"]):
        raise ModelFailed(
            f"prompt {name}: declares inputs {sorted(declaration['inputs'])} and uses {sorted(used)} (in {file})",
            hint="Declare exactly the names that the template uses.",
        )
    return PromptTemplate(name, declaration["description"], frozenset(used), content, template)
