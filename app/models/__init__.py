"""Model files: what is in the folder, what each needs of this machine, and how one is fetched from the hub."""
