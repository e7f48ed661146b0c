"""A whole service for tests: a real library, real answering, an honest encoder, and a generator that can be held up."""

import functools
import hashlib
import threading
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

from documents import make_block
from factories import make_paper, make_passage
from fake_encoder import FakeEncoder
from fastapi import FastAPI

from app.generators.protocol import (
    Draft,
    DraftProgress,
    DraftRequest,
    DraftSentence,
    GeneratorIdentity,
    GeneratorKind,
    Usage,
)
from app.http.app import build_app
from app.http.options import ServiceOptions
from indexes.encoding.encoder import passage_context
from indexes.library import Library, open_library
from indexes.records import Paper, Passage, SourceKind
from indexes.sentences import sentence_spans
from ingest.document import Page, ParsedDocument, Section
from ingest.document_json import document_from_json, document_to_json
from ingest.fetch import FetchSettings
from ingest.limits import ParsingLimits
from ingest.parsing import Parsers
from ingest.rendering import render_page_with

CRANES_ID, FROGS_ID, NOTES_ID = "0123456789ab", "ba9876543210", "5555aaaa5555"
LIMITS = ParsingLimits(timeout_s=30.0)

OPTIONS = ServiceOptions(
    host="127.0.0.1",
    api_keys=(),
    max_upload_bytes=2_000_000,
    max_queue=4,
    ask_workers=2,
    evidence_passages=4,
    max_files=5,
    heartbeat_s=0.2,
)


class QuotingGenerator:
    """Quotes the first sentence of every piece of evidence; `before` runs first and may wait or fail."""

    identity = GeneratorIdentity(GeneratorKind.EXTRACTIVE, "quoting", None)
    parallel_drafts = 1

    def __init__(self) -> None:
        self.requests: list[DraftRequest] = []
        self.progress: list[DraftProgress] = []
        self.is_cut_off = False
        self.before: Callable[[DraftRequest], None] = lambda request: None
        self.ended = threading.Event()

    def draft(
        self,
        request: DraftRequest,
        *,
        on_sentence: Callable[[DraftSentence], None] | None = None,
        on_progress: Callable[[DraftProgress], None] | None = None,
    ) -> Draft:
        self.requests.append(request)
        try:
            self.before(request)
            for step in self.progress:
                if on_progress is not None:
                    on_progress(step)
            sentences = []
            for piece in request.evidence[: request.max_sentences]:
                start, end = sentence_spans(piece.passage.text)[0]
                sentences.append(DraftSentence(piece.passage.text[start:end], (piece.number,)))
                if on_sentence is not None:
                    on_sentence(sentences[-1])
            return Draft(tuple(sentences), Usage(11, 7, 5), (), None, None, is_cut_off=self.is_cut_off)
        finally:
            self.ended.set()

    def close(self) -> None:
        pass


def blank_pdf(pages: int = 3) -> bytes:
    """Return a small, valid PDF of empty pages."""
    kids = " ".join(f"{3 + number} 0 R" for number in range(pages))
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        f"<< /Type /Pages /Kids [{kids}] /Count {pages} >>",
        *["<< /Type /Page /Parent 2 0 R /MediaBox [0 0 300 400] >>"] * pages,
    ]
    body, offsets = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, start=1):
        offsets.append(len(body))
        body += f"{number} 0 obj\n{content}\nendobj\n".encode()
    table = "".join(f"{offset:010} 00000 n \n" for offset in offsets)
    trailer = f"trailer\n<< /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(body)}\n%%EOF\n"
    return body + f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}".encode() + trailer.encode()


def put_paper(library: Library, paper: Paper, texts: list[str]) -> None:
    """Store a paper with one passage a text, as an ingest would."""
    passages = [make_passage(paper_id=paper.paper_id, ordinal=number, text=text) for number, text in enumerate(texts)]
    if paper.source_kind is not SourceKind.PDF:
        passages = [replace(one, spans=(replace(one.spans[0], page=1, box=None),)) for one in passages]
    document = ParsedDocument(
        paper=paper,
        pages=tuple(Page(number, 300.0, 400.0, str(number)) for number in range(1, paper.page_count + 1)),
        blocks=tuple(make_block(text, section=0) for text in texts),
        sections=(Section("4 Results", 1, None, 1),),
        findings=(),
        parser="by hand",
    )
    vectors = library.encoder.encode_passages([_context(paper, passage) for passage in passages])
    library.store.put_paper(paper, passages, vectors, parser="by hand", document_json=document_to_json(document))


def fill(library: Library, folder: Path) -> None:
    """Put three papers in: a PDF, a PDF whose file is lost, and a note."""
    cranes_sha256 = _keep_file(library, folder / "cranes.pdf", blank_pdf())
    put_paper(
        library,
        make_paper(paper_id=CRANES_ID, content_sha256=cranes_sha256),
        [
            "The drone counted 412 cranes over the wetland. It flew for 18 minutes.",
            "Fog hides cranes from the camera of the drone. We did not fly in fog.",
        ],
    )
    frogs = make_paper(
        paper_id=FROGS_ID,
        title="Listening to Frogs at Night",
        authors=("Mia Pond",),
        published="2023-05-01",
        content_sha256="1" * 64,
        source="frogs.pdf",
    )
    put_paper(library, frogs, ["The microphones heard 37 frogs near the pond. Rain made them louder."])
    notes = make_paper(
        paper_id=NOTES_ID,
        title="Notes on <b>Bats</b>",
        authors=(),
        published=None,
        content_sha256=_keep_file(library, folder / "bats.html", b"<script>alert(1)</script>Bats sleep."),
        source="bats.html",
        source_kind=SourceKind.HTML,
        page_count=1,
    )
    put_paper(library, notes, ["Bats sleep upside down in the old mill."])


def _keep_file(library: Library, path: Path, content: bytes) -> str:
    path.write_bytes(content)
    sha256 = hashlib.sha256(content).hexdigest()
    library.store.put_file(path, sha256, path.suffix)
    return sha256


@contextmanager
def filled_library(folder: Path) -> Iterator[Library]:
    """Open a new library with the three papers."""
    with open_library(folder / "library", encoder=FakeEncoder(), create=True) as library:
        fill(library, folder)
        yield library


def service(library: Library, generator: QuotingGenerator, **changes: Any) -> FastAPI:
    """Build the app over a library; `changes` are of its options. Processes that draw pages end with its lifespan."""
    renderers = Parsers(limits=LIMITS)
    app = build_app(
        library=library,
        generator=generator,
        options=replace(OPTIONS, **changes),
        limits=LIMITS,
        fetching=FetchSettings(),
        read_document=document_from_json,
        render_page=functools.partial(render_page_with, renderers),
    )
    lifespan = app.router.lifespan_context

    @asynccontextmanager
    async def lifespan_with_renderers(app: FastAPI) -> AsyncIterator[Any]:
        with renderers:
            async with lifespan(app) as state:
                yield state

    app.router.lifespan_context = lifespan_with_renderers
    return app


def _context(paper: Paper, passage: Passage) -> str:
    return passage_context(paper.title, passage.section) + passage.text
