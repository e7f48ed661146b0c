"""Japanese text in the space of an English encoder: a lexicon with glosses, and a student network; NumPy only."""
