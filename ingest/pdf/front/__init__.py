"""A paper's first page and what the file says of itself: title, authors, affiliations, abstract, dates, identifiers."""
