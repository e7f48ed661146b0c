"""`ronbun serve`: the HTTP service and the page, until interrupted."""
