"""llama.cpp's library, loaded once a process through llama-cpp-python's low-level interface.

The class `llama_cpp.Llama` is not used: it compiles the Jinja template of the file it opens, redirects the process's
standard streams while loading, does not check that a grammar could be read, and runs one request at a time.
"""

from __future__ import annotations

import ctypes
import functools
import importlib.util
import logging
import os
from typing import Any

from indexes.errors import ModelFailed, ModelMissing

logger = logging.getLogger(__name__)

SEE_LOG = "RONBUN_LOG_LEVEL=DEBUG shows what llama.cpp says; try another file."
_INSTALL = 'Run `pip install "ronbun[llama]"` or `make llm` (it compiles llama.cpp: some minutes, and a C++ compiler).'


def require_llama_cpp() -> None:
    """Check, without loading it, that llama-cpp-python is installed.

    Raises:
        ModelMissing: it is not.
    """
    if importlib.util.find_spec("llama_cpp") is None:
        raise ModelMissing("GGUF models need llama-cpp-python, which is not installed", hint=_INSTALL)


@functools.cache
def llama_library() -> Any:
    """Load llama.cpp once a process; its log goes to this module's logger at DEBUG.

    OpenMP reads OMP_WAIT_POLICY when the library loads; threads that spin while they wait more than halve the speed
    (prompt 64 against 175 tokens/s on 2 cores).

    Raises:
        ModelMissing: llama-cpp-python is not installed.
        ModelFailed: it cannot be loaded.
    """
    require_llama_cpp()
    os.environ.setdefault("OMP_WAIT_POLICY", "passive")
    try:
        import llama_cpp
    except (ImportError, OSError, RuntimeError) as error:
        raise ModelFailed(
            f"llama-cpp-python cannot be loaded: {error}", hint=f"Install it again. {_INSTALL}"
        ) from error
    _route_log(llama_cpp)
    llama_cpp.llama_backend_init()
    return llama_cpp


def _route_log(llama_cpp: Any) -> None:
    @llama_cpp.llama_log_callback  # type: ignore[untyped-decorator]
    def log(level: int, text: bytes, user_data: object) -> None:
        logger.debug("llama.cpp: %s", text.decode("utf-8", errors="replace").rstrip())

    llama_cpp.llama_log_set(log, ctypes.c_void_p(0))
    llama_cpp.ronbun_log = log  # llama.cpp keeps calling it: it must live as long as the library
