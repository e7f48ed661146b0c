"""Runs every benchmark behind the README's figures, one after another: `python -m bench`."""

from __future__ import annotations

import subprocess
import sys

BENCHES = ("parsing", "robustness", "kill", "retrieval", "answers", "sheets", "service")


def main() -> int:
    """Run each benchmark in a process of its own; return 1 if any failed."""
    failed = []
    for name in BENCHES:
        print(f"\n== python -m bench.{name}", flush=True)
        if subprocess.run([sys.executable, "-m", f"bench.{name}"], check=False).returncode:
            failed.append(name)
    print(f"\nfailed: {', '.join(failed) or 'none'}")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
