"""What is told of the files in the models folder: their header's figures, what they need, and what is wrong."""

import subprocess
import sys
import tracemalloc
from pathlib import Path

import gguf
import numpy as np
import pytest
from gguf_models import make_gguf

from app.models import memory, speed
from app.models.installed import DamagedModel, InstalledModel, installed_models, model_warnings, read_model
from app.models.memory import EngineSizes, MemoryNeed, available_bytes, context_bytes_a_token, memory_need
from app.models.speed import MachineSpeed, measure_machine, token_speed

GIB = 1 << 30


def make_shape(
    path: Path,
    *,
    kv_heads: int | list[int] = 2,
    kind: gguf.GGMLQuantizationType = gguf.GGMLQuantizationType.F16,
    has_output: bool = True,
    **numbers: int,
) -> Path:
    """Write a file of a made-up shape, 256 wide with 2 layers; its weights are zeros of `kind`."""
    writer = gguf.GGUFWriter(path, "cranes")
    writer.add_context_length(4096)
    writer.add_embedding_length(256)
    writer.add_feed_forward_length(512)
    writer.add_block_count(2)
    writer.add_head_count(8)
    writer.add_head_count_kv(kv_heads)
    for name, number in numbers.items():
        writer.add_uint32(name.replace("__", "."), number)
    writer.add_token_list(["a", "b"])
    names = ["token_embd.weight", "blk.0.attn_q.weight", "blk.1.ffn_up_exps.weight", *(["output.weight"] * has_output)]
    block_weights, block_bytes = gguf.GGML_QUANT_SIZES[kind]
    for name in names:
        writer.add_tensor(name, np.zeros((256, 256 // block_weights * block_bytes), np.uint8), raw_dtype=kind)
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    return path


def read(path: Path, *, context_tokens: int = 8192) -> InstalledModel:
    model = read_model(path, sizes=EngineSizes(context_tokens))
    assert isinstance(model, InstalledModel), model
    return model


def test_folder_is_listed_by_name_with_the_damaged_and_without_the_unfinished(tmp_path: Path) -> None:
    make_gguf(tmp_path / "b.gguf", seed=0)
    make_gguf(tmp_path / "C.GGUF", seed=1)
    (tmp_path / "a.gguf").write_bytes(b"GGUF")
    (tmp_path / ".b.gguf.0123.part").write_bytes(b"GGUF")
    (tmp_path / "folder.gguf").mkdir()
    (tmp_path / "notes.txt").write_text("")
    (tmp_path / "gone.gguf").symlink_to(tmp_path / "elsewhere")
    found = installed_models(tmp_path, sizes=EngineSizes(8192))
    assert [model.path.name for model in found] == ["C.GGUF", "a.gguf", "b.gguf", "gone.gguf"]
    damaged, gone = found[1], found[3]
    assert isinstance(damaged, DamagedModel)
    assert "ends after 4 bytes" in damaged.reason
    assert isinstance(gone, DamagedModel)
    assert "there is no model file" in gone.reason
    assert installed_models(tmp_path / "absent", sizes=EngineSizes(8192)) == []


def test_weights_and_bits_are_counted(tmp_path: Path) -> None:
    model = read(make_shape(tmp_path / "m.gguf"))
    assert (model.weights, model.bits_per_weight, model.quantisation) == (4 * 256 * 256, 16.0, "F16")
    small = read(make_shape(tmp_path / "q.gguf", kind=gguf.GGMLQuantizationType.Q3_K))
    assert (small.bits_per_weight, small.quantisation) == (3.4375, "Q3_K")
    named = read(make_shape(tmp_path / "n.gguf", general__file_type=15))
    assert named.quantisation == "Q4_K_M"


def test_memory_follows_layers_heads_and_window(tmp_path: Path) -> None:
    plain = read(make_shape(tmp_path / "m.gguf")).header
    assert context_bytes_a_token(plain) == 2 * 2 * (32 + 32) * 2  # layers, KV heads, key and value, float16
    each = read(make_shape(tmp_path / "each.gguf", kv_heads=[4, 0])).header
    assert context_bytes_a_token(each) == 4 * (32 + 32) * 2
    wide = read(
        make_shape(tmp_path / "wide.gguf", cranes__attention__key_length=64, cranes__attention__value_length=128)
    ).header
    assert context_bytes_a_token(wide) == 2 * 2 * (64 + 128) * 2
    need = memory_need(plain, sizes=EngineSizes(1000))
    assert need is not None
    assert (need.window_tokens, need.weights_bytes, need.context_bytes) == (1000, 4 * 256 * 256 * 2, 2048 * 512)
    assert need.total_bytes == need.weights_bytes + need.context_bytes + need.work_bytes
    half = memory_need(plain, sizes=EngineSizes(500))
    assert half is not None
    assert half.context_bytes == 1024 * 512
    longest = memory_need(plain, sizes=EngineSizes(10**6))
    assert longest is not None
    assert longest.window_tokens == 4096


def test_memory_follows_the_settings(tmp_path: Path) -> None:
    header = read(make_shape(tmp_path / "m.gguf")).header

    def need(sizes: EngineSizes) -> MemoryNeed:
        found = memory_need(header, sizes=sizes)
        assert found is not None
        return found

    plain = need(EngineSizes(4096))
    assert plain.memory_tokens == 2 * 4096
    more = need(EngineSizes(4096, memory_tokens=20_000))
    assert (more.memory_tokens, more.context_bytes) == (20_224, 20_224 * 512)  # llama.cpp rounds up to 256
    assert need(EngineSizes(4096, memory_tokens=100)).memory_tokens == 4096  # one window at the least
    tokens = [f"<|made_{number}|>" for number in range(20_000)]
    header = read(make_gguf(tmp_path / "wide.gguf", seed=0, control_tokens=tokens)).header
    few, many = need(EngineSizes(512, parallel_texts=1)), need(EngineSizes(512, parallel_texts=100))
    assert many.work_bytes - few.work_bytes >= 99 * 20_000 * 4


@pytest.mark.llama
def test_memory_is_what_the_engine_takes(tmp_path: Path) -> None:
    """A child opens the model as the service does, reads a batch, and tells how much it grew."""
    tokens = [f"<|made_{number}|>" for number in range(60_000)]  # so that there is something to measure
    path = make_gguf(tmp_path / "wide.gguf", seed=0, control_tokens=tokens)
    need = read(path, context_tokens=4096).need
    assert need is not None
    program = (
        "import sys; sys.path[:0] = ['.', 'tests']\n"
        "from pathlib import Path\n"
        "from app.generators.llama.engine import DEFAULT_SEQUENCES\n"
        "from app.generators.llama.library import llama_library\n"
        "from app.generators.llama.observer import SilentObserver\n"
        "from app.generators.llama.opening import EngineOptions, open_engine\n"
        "from app.generators.llama.context import BatchPart\n"
        "def resident():\n"
        "    fields = dict(line.split(':') for line in Path('/proc/self/status').read_text().splitlines())\n"
        "    return int(fields['VmRSS'].split()[0]) * 1024\n"
        "llama_library(); before = resident()\n"
        "options = EngineOptions(4096, 1, 8, DEFAULT_SEQUENCES, 0, None, 0)\n"
        "engine = open_engine(Path(sys.argv[1]), options, sha256=lambda: '', observer=SilentObserver())\n"
        "engine.context.decode([BatchPart(0, 0, [65] * engine.context.batch_tokens, True)])\n"
        "print(resident() - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program, str(path)], capture_output=True, text=True, timeout=120, check=False
    )
    assert done.returncode == 0, done.stderr
    assert need.total_bytes == pytest.approx(int(done.stdout), rel=0.4)


def test_file_without_sizes_has_no_estimate(tmp_path: Path) -> None:
    writer = gguf.GGUFWriter(tmp_path / "bare.gguf", "cranes")
    writer.add_tensor("output.weight", np.zeros((2, 2), np.float32))
    for write in (writer.write_header_to_file, writer.write_kv_data_to_file, writer.write_tensors_to_file):
        write()
    writer.close()
    assert read(tmp_path / "bare.gguf").need is None


def test_warnings_name_few_bits_little_memory_and_unknown_markers(tmp_path: Path) -> None:
    few = read(make_shape(tmp_path / "q.gguf", kind=gguf.GGMLQuantizationType.Q3_K, split__count=2))
    warnings = " | ".join(model_warnings(few, available_bytes=0))
    for words in (
        "3.4 bits a weight: under 4, grounding suffers first",
        "more memory than is free",
        "turn markers",
        "2 parts",
    ):
        assert words in warnings
    sound = read(make_gguf(tmp_path / "m.gguf", seed=0))
    assert model_warnings(sound, available_bytes=GIB) == ()
    assert model_warnings(sound, available_bytes=None) == ()


def test_available_memory_minds_the_container(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    meminfo, limit, current = tmp_path / "meminfo", tmp_path / "max", tmp_path / "current"
    meminfo.write_text("MemTotal: 9000 kB\nMemAvailable:    5000 kB\n")
    monkeypatch.setattr(memory, "_MEMINFO", meminfo)
    monkeypatch.setattr(memory, "_CGROUPS", ((limit, current),))
    assert available_bytes() == 5000 * 1024
    limit.write_text("max\n")
    current.write_text("1000\n")
    assert available_bytes() == 5000 * 1024
    limit.write_text("3000\n")
    assert available_bytes() == 2000
    limit.write_text("500\n")
    assert available_bytes() == 0


def test_speed_counts_what_a_token_uses(tmp_path: Path) -> None:
    machine = MachineSpeed(bytes_s=1e9, operations_s=1e12)
    one = 256 * 256
    dense = token_speed(read(make_shape(tmp_path / "m.gguf")).header, machine)
    context = 2000 * 512
    assert dense.writing == pytest.approx((0.35e9 / (3 * one * 2 + context), 0.9e9 / (3 * one * 2 + context)))
    assert dense.reading == pytest.approx((0.3e12 / (6 * one), 0.9e12 / (6 * one)))
    tied = token_speed(read(make_shape(tmp_path / "t.gguf", has_output=False)).header, machine)
    assert tied.writing == dense.writing  # the embedding is the output too
    experts = token_speed(
        read(make_shape(tmp_path / "e.gguf", cranes__expert_count=8, cranes__expert_used_count=2)).header, machine
    )
    assert experts.reading == pytest.approx((0.3e12 / (4.5 * one), 0.9e12 / (4.5 * one)))
    slow = token_speed(read(tmp_path / "m.gguf").header, MachineSpeed(bytes_s=1e9, operations_s=1e6))
    assert slow.writing[1] <= slow.reading[1]


def test_machine_is_measured_in_plausible_figures() -> None:
    machine = measure_machine(threads=1)
    assert 1e8 < machine.bytes_s < 1e12
    assert 1e8 < machine.operations_s < 1e14


def test_measuring_takes_no_more_memory_with_more_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(speed, "_MOST_BYTES", 16 << 20)
    monkeypatch.setattr(speed, "_TRIALS_S", 0.01)
    tracemalloc.start()
    try:
        machine = measure_machine(threads=8)
        peak_bytes = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert 15 << 20 < peak_bytes < 18 << 20
    assert 1e8 < machine.bytes_s < 1e12
    assert 1e8 < machine.operations_s < 1e14
