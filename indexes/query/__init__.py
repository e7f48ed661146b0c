"""How a query is read: filters on metadata, what is wanted and unwanted, and what both do to scores."""
