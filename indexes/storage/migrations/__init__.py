"""The library's schema, revision by revision. `tables.py` says how it is now; a test compares the two."""
