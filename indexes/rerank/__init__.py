"""Orders the best passages of a search anew: features of query and passage, weighed by a small learned model."""
