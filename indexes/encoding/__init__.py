"""Text to vectors: what an encoder is, the models that are opened as one, and how Japanese reaches an English one."""
