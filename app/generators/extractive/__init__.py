"""The default generator: no weights, no words of its own, only sentences quoted from the evidence."""

from app.generators.extractive.generator import ExtractiveGenerator

__all__ = ["ExtractiveGenerator"]
