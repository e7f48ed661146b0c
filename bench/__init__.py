"""Measurements: parsing, retrieval, grounding, speed. Nothing imports this."""
