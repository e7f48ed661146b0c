"""Runs every benchmark behind the README's figures, one after another: `python -m bench`."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path


def main() -> int:
    """Run each benchmark in a process of its own; return 1 if any failed."""
    with tempfile.TemporaryDirectory(prefix="ronbun-bench-") as temporary:
        library = str(Path(temporary) / "library")
        commands = (
            ("parsing",),
            ("encoding",),
            ("robustness", "--library", library),
            ("service", "--library", library),
            ("retrieval",),
            ("instructions",),
            ("answers",),
            ("claims",),
            ("sheets",),
            ("kill", "--horizon", "60"),
        )
        failed = [name for name, *options in commands if not _passes(name, options)]
    print(f"\nfailed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


def _passes(name: str, options: list[str]) -> bool:
    print(f"\n== python -m bench.{' '.join([name, *options])}", flush=True)
    return subprocess.run([sys.executable, "-m", f"bench.{name}", *options], check=False).returncode == 0


if __name__ == "__main__":
    sys.exit(main())
