"""The generator that runs a GGUF file in this process through llama-cpp-python."""

from app.generators.llama.generator import LlamaGenerator, open_llama

__all__ = ["LlamaGenerator", "open_llama"]
