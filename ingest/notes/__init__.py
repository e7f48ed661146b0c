"""Pages that people write about papers: told from papers, and split into one record a paper."""
