"""The library on disk: records, encoder, vectors and keywords, store, search. Imports no other room of Ronbun."""
