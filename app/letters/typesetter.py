"""The program that sets papers and ends: typst never gives back the memory of what it has set, so no process that goes
on may load it. Reads a JSON object from standard input; writes a line with the lengths of the PDFs, then these."""

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import typst

TEMPLATES = Path(__file__).parent / "templates"
REFUSED = 2
"""Exit status when the template and its content make no paper; standard error says why."""
_CPU_SECONDS = 60
_MEMORY_BYTES = 3_000_000_000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    request = json.load(sys.stdin.buffer)
    compiler = typst.Compiler(
        TEMPLATES / request["template"],
        root=TEMPLATES,
        # What a machine has installed would change the paper: only the fonts inside the library count.
        font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
        ignore_system_fonts=True,
    )
    try:
        pdfs = [_pdf(compiler, paper) for paper in request["papers"]]
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        sys.exit(REFUSED)
    sys.stdout.buffer.write(json.dumps([len(pdf) for pdf in pdfs]).encode() + b"\n" + b"".join(pdfs))


def _pdf(compiler: typst.Compiler, paper: dict[str, Any]) -> bytes:
    pdf = compiler.compile(
        format="pdf",
        sys_inputs={"content": json.dumps(paper["content"], ensure_ascii=False)},
        pdf_standards=["a-2b"],
        # By the clock, the same paper would have other bytes each second.
        timestamp=datetime.fromisoformat(paper["day"]).replace(tzinfo=UTC),
    )
    if not isinstance(pdf, bytes):
        raise TypeError(type(pdf).__name__)
    return pdf


if __name__ == "__main__":
    main()
