"""Question to retrieved passages to generated draft to verified Answer."""
