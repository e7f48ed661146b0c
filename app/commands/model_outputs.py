"""Model files as JSON outputs."""

from __future__ import annotations

from app.models.installed import InstalledModel, model_warnings
from app.models.memory import EngineSizes
from app.models.speed import MachineSpeed, token_speed
from app.schemas_models import MemoryOutput, ModelFileOutput, SpeedOutput
from app.settings import Settings


def engine_sizes(settings: Settings) -> EngineSizes:
    """Return the sizes that the settings give a model, as the generator's factory does."""
    return EngineSizes(
        context_tokens=settings.context_tokens,
        parallel_texts=settings.parallel_texts,
        memory_tokens=settings.memory_tokens,
    )


def file_output(model: InstalledModel, *, machine: MachineSpeed | None, free_bytes: int | None) -> ModelFileOutput:
    """Return what is told of a file; its speed where the machine's is known."""
    header = model.header
    trained_tokens = header.number("{}.context_length")
    languages = header.metadata.get("general.languages")
    return ModelFileOutput(
        path=str(model.path),
        size_bytes=header.size_bytes,
        name=header.text("general.name"),
        license=header.text("general.license"),
        languages=[str(language) for language in languages] if isinstance(languages, tuple) else [],
        architecture=header.architecture,
        parameters=model.weights,
        quantisation=model.quantisation,
        bits_per_weight=round(model.bits_per_weight, 2),
        trained_tokens=trained_tokens,
        chat_format=model.chat.name,
        chat_format_grounds=model.chat.grounds,
        memory=_memory_output(model, free_bytes=free_bytes),
        speed=None if machine is None else _speed_output(model, machine=machine),
        warnings=list(model_warnings(model, available_bytes=free_bytes)),
    )


def _memory_output(model: InstalledModel, *, free_bytes: int | None) -> MemoryOutput | None:
    need = model.need
    if need is None:
        return None
    return MemoryOutput(
        window_tokens=need.window_tokens,
        memory_tokens=need.memory_tokens,
        weights_bytes=need.weights_bytes,
        context_bytes=need.context_bytes,
        work_bytes=need.work_bytes,
        total_bytes=need.total_bytes,
        available_bytes=free_bytes,
    )


def _speed_output(model: InstalledModel, *, machine: MachineSpeed) -> SpeedOutput:
    speed = token_speed(model.header, machine)
    return SpeedOutput(reading=_rounded(speed.reading), writing=_rounded(speed.writing))


def _rounded(ends: tuple[float, float]) -> tuple[float, float]:
    """Return two digits of each: more would claim too much."""
    low, high = (float(f"{end:.2g}") for end in ends)
    return low, high
