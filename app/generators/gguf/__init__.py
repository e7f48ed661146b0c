"""GGUF files as data: header, metadata and tensors, read without llama.cpp and without running anything."""
