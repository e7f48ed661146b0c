"""Tables of a page: where they stand, their rules, rows, columns and header cells."""
