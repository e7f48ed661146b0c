"""Drafts from any OpenAI-compatible server (vLLM, llama-server, Ollama, LM Studio) over HTTP, streamed."""

from app.generators.remote.generator import RemoteGenerator

__all__ = ["RemoteGenerator"]
