"""The nearest vectors by cosine: one by one where they are few, through FAISS's lists where they are many."""
