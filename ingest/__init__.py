"""One paper in, passages out: sources, parsers, structure, passages. Imports `indexes` alone of Ronbun's rooms."""
