"""What the llama.cpp engine costs and gains beside simpler ways on the same file: `python -m bench.engine`."""
