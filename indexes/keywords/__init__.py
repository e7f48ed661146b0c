"""BM25 on disk: a text's terms under the fields of a tantivy index, and queries of weighed terms over it."""
