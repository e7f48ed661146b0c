"""The in-process llama.cpp generator; the one home of llama_cpp."""
