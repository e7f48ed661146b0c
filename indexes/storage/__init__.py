"""A library's truth on disk: its database, the originals, and the log of what changed."""
