"""Examines a library on disk and mends what is derived. Changes nothing that a reader wrote."""
