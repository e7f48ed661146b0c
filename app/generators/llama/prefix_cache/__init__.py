"""What was read is kept: beginnings of prompts in llama.cpp's memory, and contexts on disk."""
