"""What a page draws so that nobody sees it, and what the file would do: found, told, kept out, never followed."""
