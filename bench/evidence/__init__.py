"""What was tried to find better evidence, each way of it measured beside what the search does."""
