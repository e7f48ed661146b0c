"""What registries know of a paper: arXiv's feed, Crossref's records, a publisher's page; asked, kept, and merged."""
