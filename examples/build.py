"""Turn the typst sources of the example papers into the committed PDF files: `python -m examples.build [folder]`.

The papers are written for this project, and their data is real only in the technical report: its table figures come
from `sources/figures.json`, where rows added to `"whole"` (`{"figure", "value", "command"}`) appear as a table of their
own. Needs the `typst` package (the `dev` extra). The Japanese paper also needs the font Noto Serif CJK JP (Debian's
`fonts-noto-cjk`); the others use only the fonts inside typst. Dates are fixed, so a build repeats byte for byte.
"""

from __future__ import annotations

import sys
from pathlib import Path

import typst

EXAMPLES = Path(__file__).resolve().parent
SOURCES = EXAMPLES / "sources"
FIXED_TIMESTAMP = 1_795_132_800  # 2026-11-20T00:00:00Z, the day on the title pages; any fixed second would do
PAPERS = ("ronbun-technical-report", "crane-survey", "ja-minutes")
JAPANESE = "ja-minutes"
JAPANESE_FONT = "Noto Serif CJK JP"


def has_japanese_font() -> bool:
    """Tell whether typst finds the font of the Japanese paper on this machine."""
    return any(JAPANESE_FONT in family for family in typst.Fonts().families())


def build_paper(name: str, *, into: Path) -> Path:
    """Compile one paper and return the PDF's path."""
    target = into / f"{name}.pdf"
    typst.compile(
        SOURCES / f"{name}.typ",
        output=target,
        root=SOURCES,
        ignore_system_fonts=name != JAPANESE,
        timestamp=FIXED_TIMESTAMP,
    )
    return target


def main() -> int:
    """Build every paper into the folder given, or beside this file."""
    into = Path(sys.argv[1]) if len(sys.argv) > 1 else EXAMPLES
    if not has_japanese_font():
        sys.stderr.write(f"{JAPANESE}.pdf needs the font {JAPANESE_FONT!r}: apt-get install fonts-noto-cjk\n")
        return 1
    for name in PAPERS:
        target = build_paper(name, into=into)
        sys.stderr.write(f"{target} {target.stat().st_size} bytes\n")
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
