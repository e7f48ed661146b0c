"""The page that people look at: files served as they are."""
