"""Question-and-answer sheets of papers, digests of sheets, and their renderers."""
