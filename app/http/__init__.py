"""Routes, auth, limits and the one mapping of errors to statuses."""
