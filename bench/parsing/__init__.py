"""Measures the PDF parser against papers with known text, and beside other programs' PDF readers."""
