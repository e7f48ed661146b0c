"""Opens a model file's vocabulary in a process of its own, so that a file on which llama.cpp aborts ends only that one.

Of 740 copies of a small model with its header damaged, the header check let 221 through; three of them made llama.cpp
abort, each on an assertion about the vocabulary. Costs about half a second.
"""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

from app.generators.llama.model import check_vocabulary
from indexes.errors import ModelError, ModelFailed

_TIMEOUT_S = 60.0  # reading a vocabulary takes a second at most; a slow disk may need more
_SHOWN_CHARS = 300
_CHILD = "import sys; from app.generators.llama.probe import main; sys.exit(main(sys.argv[1]))"
_SOURCE_ROOT = Path(__file__).resolve().parents[3]


def probe_model(path: Path) -> None:
    """Check that llama.cpp survives reading a file's metadata and vocabulary.

    Raises:
        ModelFailed: it refuses the file, ends, or hangs.
    """
    search_path = os.pathsep.join(filter(None, (str(_SOURCE_ROOT), os.environ.get("PYTHONPATH", ""))))
    environment = {**os.environ, "PYTHONPATH": search_path, "GGML_NO_BACKTRACE": "1"}
    hint = "Download or copy the file again, and compare its sha256 with the source's; or try another model."
    try:
        finished = subprocess.run(
            [sys.executable, "-P", "-c", _CHILD, str(path)],
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            timeout=_TIMEOUT_S,
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise ModelFailed(f"llama.cpp read {path} for more than {_TIMEOUT_S:g} s", hint=hint) from error
    if finished.returncode != 0:
        said = finished.stderr.decode("utf-8", errors="replace").strip()[-_SHOWN_CHARS:]
        raise ModelFailed(f"llama.cpp cannot read {path} (status {finished.returncode}): {said}", hint=hint)


def main(path: str) -> int:
    """Read a file's vocabulary (in the child); what is wrong goes to standard error."""
    try:
        check_vocabulary(Path(path))
    except ModelError as error:
        sys.stderr.write(error.message)
        return 1
    return 0
