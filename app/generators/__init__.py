"""Language models behind one Generator protocol: extractive, llama.cpp in process, or a remote server."""
