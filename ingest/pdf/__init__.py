"""Papers in PDF: pypdfium2 gives characters with boxes, pypdf gives metadata, outline and labels."""
