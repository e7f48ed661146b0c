"""Long work: queued, resumable, cancellable, with progress."""
