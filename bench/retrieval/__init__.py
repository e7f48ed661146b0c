"""Measures search on sets of questions that others made, beside its own parts and other programs' searches."""
