"""Models on a terminal: a line each, and below a GGUF file what it is and needs."""

from __future__ import annotations

import click

from app.commands.terminal import one_line
from app.schemas_models import CatalogueOutput, ModelFileOutput, ModelsOutput, PullOutput

_SHOWN_CHARS = 60  # of what a file says of itself


def print_models(output: ModelsOutput) -> None:
    """Print every encoder and generator."""
    for model in output.models:
        mark = "in use " if model.in_use and model.available else "ready  " if model.available else "missing"
        if model.kind == "llama" and not model.available:
            mark = "unusable"
        click.echo(
            f"{mark:8}  {model.role:9}  {model.kind:10}  {one_line(model.name)}  {one_line(model.note)}".rstrip()
        )
        if model.file is not None:
            print_file(model.file)
    if not any(model.kind == "llama" for model in output.models):
        click.echo(f"No GGUF file in {one_line(output.folder)}: `ronbun models catalogue` lists what can be fetched.")


def print_file(file: ModelFileOutput) -> None:
    """Print what a file is, what it needs, and what to mind."""
    for line in file_lines(file):
        click.echo(f"          {line}")
    for warning in file.warnings:
        click.echo(f"          ! {warning}")


def file_lines(file: ModelFileOutput) -> list[str]:
    """Return the lines about a file."""
    licence = f", licence {_said(file.license)}" if file.license else ""
    window = "" if file.trained_tokens is None else f", window {file.trained_tokens:,} tokens"
    lines = [
        f"“{_said(file.name)}”{licence}" if file.name or licence else "",
        f"{_said(file.architecture)}, {file.parameters / 1e9:.2f} billion weights, {file.quantisation} "
        f"({file.bits_per_weight:.1f} bits a weight), {_gigabytes(file.size_bytes)} on disk{window}",
        f"chat format: {file.chat_format} ({file.chat_format_grounds})",
    ]
    if (memory := file.memory) is not None:
        free = "" if memory.available_bytes is None else f"; {_gigabytes(memory.available_bytes)} are free"
        lines.append(
            f"memory: {_gigabytes(memory.total_bytes)} (weights {_gigabytes(memory.weights_bytes)}, "
            f"{memory.memory_tokens:,} tokens for all readers {_gigabytes(memory.context_bytes)}, "
            f"work {_gigabytes(memory.work_bytes)}){free}"
        )
    if (speed := file.speed) is not None:
        lines.append(
            f"roughly: reads {speed.reading[0]:g} to {speed.reading[1]:g} tokens a second, "
            f"writes {speed.writing[0]:g} to {speed.writing[1]:g} (one reader; computed, not run)"
        )
    return [line for line in lines if line]


def print_catalogue(output: CatalogueOutput) -> None:
    """Print the table of what can be fetched by name, by the memory it needs."""
    memory_gb = 0
    for model in output.models:
        if model.memory_gb != memory_gb:
            memory_gb = model.memory_gb
            click.echo(f"With {memory_gb} GB of memory to spare")
        mark = "*" if model.is_installed else " "
        note = f" ({model.note})" if model.note else ""
        click.echo(f" {mark}{model.name:16}  {model.size_gb:4.1f} GB  {', '.join(model.languages)}{note}")
        click.echo(f"  {'':16}  {model.license}; {model.source}")
    click.echo("* is here already. Fetch one: ronbun models pull NAME, or hf:OWNER/REPO/FILE.gguf")


def print_pull(output: PullOutput) -> None:
    """Print what was fetched and how to use it."""
    held = f", {_gigabytes(output.resumed_bytes)} of it in an earlier attempt" if output.resumed_bytes else ""
    done = "is there already" if output.state == "unchanged" else f"fetched{held}"
    click.echo(f"{one_line(output.file.path)}: {done}; sha256 {output.sha256} as the hub names it")
    print_file(output.file)
    click.echo(f"Use it: {one_line(output.setting)}")


def _said(text: str) -> str:
    """Return words of a file's own, harmless and not too many."""
    line = one_line(text)
    return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}…"


def _gigabytes(size_bytes: int) -> str:
    return f"{size_bytes / 1e9:.2f} GB" if size_bytes < 10e9 else f"{size_bytes / 1e9:.1f} GB"
