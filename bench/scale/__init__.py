"""How index time, memory, file sizes and latency grow with the library: `python -m bench.scale`."""
