"""Reads PDFs as other programs do, and writes the text of each to a folder: run by the peers' own Python.

    PYTHON peer_readers.py READER OUT_DIR SECONDS FILE…

Imports nothing of this project, because the peers live in an environment of their own (their pins contradict ours).
Prints one JSON line a file: {"file", "pages", "cpu_s", "error"}.
"""

from __future__ import annotations

import json
import signal
import sys
import time
import warnings
from collections.abc import Callable, Sequence
from pathlib import Path
from types import FrameType


def langchain_pypdf(path: Path) -> list[str]:
    """LangChain's PyPDFLoader with its defaults."""
    from langchain_community.document_loaders import PyPDFLoader

    return [page.page_content for page in PyPDFLoader(str(path)).load()]


def langchain_pypdfium2(path: Path) -> list[str]:
    """LangChain's PyPDFium2Loader with its defaults."""
    from langchain_community.document_loaders import PyPDFium2Loader

    return [page.page_content for page in PyPDFium2Loader(str(path)).load()]


def llamaindex(path: Path) -> list[str]:
    """LlamaIndex's PDFReader, what SimpleDirectoryReader uses for PDFs."""
    from llama_index.readers.file import PDFReader

    return [document.text for document in PDFReader().load_data(path)]


def paperqa(path: Path) -> list[str]:
    """paper-qa's reader, without its pictures."""
    from paperqa_pypdf import parse_pdf_to_pages

    content = parse_pdf_to_pages(path, parse_media=False).content
    return [text if isinstance(text, str) else text[0] for text in content.values()]


READERS: dict[str, Callable[[Path], list[str]]] = {
    "langchain PyPDFLoader": langchain_pypdf,
    "langchain PyPDFium2Loader": langchain_pypdfium2,
    "llama-index PDFReader": llamaindex,
    "paper-qa reader": paperqa,
}


class _TooSlow(Exception):
    pass


def _stop(number: int, frame: FrameType | None) -> None:
    raise _TooSlow


def main(arguments: Sequence[str]) -> None:
    """Read every file with one reader."""
    name, folder, seconds, *files = arguments
    warnings.simplefilter("ignore")
    signal.signal(signal.SIGALRM, _stop)
    for file in files:
        path, error, pages = Path(file), "", []
        signal.alarm(int(seconds))
        started = time.process_time()
        try:
            pages = READERS[name](path)
        except Exception as failure:  # whatever a peer raises is its result
            error = type(failure).__name__
        finally:
            signal.alarm(0)
        cpu_s = time.process_time() - started
        text = "\n".join(pages).encode("utf-8", errors="replace")
        (Path(folder) / f"{path.name.split('__')[0]}.txt").write_bytes(text)
        print(json.dumps({"file": path.name, "pages": len(pages), "cpu_s": cpu_s, "error": error}), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
