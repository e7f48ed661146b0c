"""`ronbun verify`: the claim checks on any text, JSON lines in and out."""

from __future__ import annotations

import json
import sys

import click
from pydantic import BaseModel, ConfigDict, ValidationError

from app.answering.checks import verify_claim
from app.schemas import CheckOutput, VerifyOutput
from indexes.errors import BadInput

LINE_HINT = 'Write one object a line: {"claim": "...", "passages": ["..."]}.'
MAX_SHOWN = 80


class VerifyLine(BaseModel):
    """One line of input."""

    model_config = ConfigDict(extra="forbid")

    claim: str
    passages: list[str]


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print JSON lines (the only form).")
def command(as_json: bool) -> None:
    """Read JSON lines {"claim", "passages": [text...]} on stdin and write a verdict for each."""
    for number, line in enumerate(sys.stdin, start=1):
        if line.strip():
            click.echo(verdict_line(line, number=number))


def verdict_line(line: str, *, number: int) -> str:
    """Return the JSON line of one claim's verdict.

    Raises:
        BadInput: the line is not the JSON object that is asked for; the message names the line.
    """
    try:
        held = json.loads(line)
        if not isinstance(held, dict):
            raise BadInput(f"line {number} is not an object: {line.strip()[:MAX_SHOWN]}", hint=LINE_HINT)
        given = VerifyLine.model_validate(held)
    except ValidationError as error:
        first = error.errors()[0]
        place = ".".join(str(part) for part in first["loc"]) or "the line"
        raise BadInput(
            f"line {number}: {place}: {first['msg']} (given: {str(first['input'])[:MAX_SHOWN]!r})", hint=LINE_HINT
        ) from error
    except ValueError as error:
        raise BadInput(f"line {number} is not JSON: {error}", hint=LINE_HINT) from error
    checked = verify_claim(given.claim, given.passages)
    output = VerifyOutput(
        verdict=checked.verdict.value,
        score=checked.score,
        reason=checked.reason,
        checks=[CheckOutput.of(check) for check in checked.checks],
    )
    return output.model_dump_json()
