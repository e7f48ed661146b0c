"""`ronbun doctor`: checks the library and mends what is derived."""

from __future__ import annotations

import click

from app.commands.printing import print_json
from app.commands.session import encoder_for, json_option, library_option, settings_for
from app.schemas_library import ComplaintOutput, DoctorOutput
from app.settings import OcrMode
from indexes.doctor.complaints import Complaint
from indexes.doctor.examining import check_library, repair_library
from ingest.pdf.recognition import RecognitionFailed
from ingest.pdf.tesseract import find_tesseract

DAMAGED = 3


@click.command()
@click.option("--repair", is_flag=True, help="Rebuild indexes and sweep leftovers.")
@library_option
@json_option
def command(repair: bool, library: str | None, as_json: bool) -> int:
    """Check the library: the database, that papers, passages and vectors agree, the indexes, the originals.

    The exit code is 3 where something is wrong (or still wrong after --repair).
    """
    settings = settings_for(library=library)
    path, encoder = settings.library_path(), encoder_for(settings)
    complaints = check_library(path, encoder=encoder)
    repaired: tuple[Complaint, ...] = ()
    if repair and complaints:
        repaired = repair_library(path)
        complaints = check_library(path, encoder=encoder)
    output = DoctorOutput(
        library=str(path),
        complaints=[_output(one) for one in complaints],
        repaired=[_output(one) for one in repaired],
        recognition=_recognition(settings.ocr),
    )
    if as_json:
        print_json(output)
    else:
        _print(output)
    return DAMAGED if complaints else 0


def _recognition(mode: OcrMode) -> str:
    if mode is OcrMode.OFF:
        return "off (RONBUN_OCR=off)"
    try:
        found = find_tesseract()
    except RecognitionFailed as error:
        return f"none: {error.message}. {error.hint}"
    return f"{found.name} ({', '.join(sorted(found.languages))})"


def _output(complaint: Complaint) -> ComplaintOutput:
    return ComplaintOutput(code=complaint.code.value, message=complaint.message, repairable=complaint.is_repairable)


def _print(output: DoctorOutput) -> None:
    for complaint in output.repaired:
        click.echo(f"mended     {complaint.code}: {complaint.message}")
    for complaint in output.complaints:
        way_out = (
            "mend it with: ronbun doctor --repair" if complaint.repairable else "restore the library from a backup"
        )
        click.echo(f"wrong      {complaint.code}: {complaint.message}\n           {way_out}")
    if not output.complaints:
        click.echo(f"{output.library}: nothing is wrong")
    click.echo(f"scans are read by  {output.recognition}")
