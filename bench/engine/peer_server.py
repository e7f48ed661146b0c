"""Run `llama_cpp.server` with the kernels that the engine has: `python -m bench.engine.peer_server --model FILE …`.

As it is, it ends at the first prompt where llama.cpp was built for Intel's AMX (see `app.generators.llama.model`), and
has no option against it; there the same switch is turned for it as for the engine.
"""

from __future__ import annotations

import runpy
from typing import Any


def main() -> None:
    """Turn the switch where need be, and run the server on this process's arguments."""
    import llama_cpp.llama_cpp as low_level

    defaults = low_level.llama_model_default_params

    def without_amx() -> Any:
        parameters = defaults()
        parameters.use_extra_bufts = False
        return parameters

    if b"AMX_INT8 = 1" in low_level.llama_print_system_info():
        low_level.llama_model_default_params = without_amx
    runpy.run_module("llama_cpp.server", run_name="__main__")


if __name__ == "__main__":
    main()
