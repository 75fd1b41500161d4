"""The program that sets one paper and ends: typst never gives back the memory of what it has set, so no process that
goes on may load it. Reads a JSON object from standard input, writes the PDF to standard output."""

import json
import resource
import sys
from datetime import UTC, datetime
from pathlib import Path

import typst

TEMPLATES = Path(__file__).parent / "templates"
REFUSED = 2
"""Exit status when the template and its content make no paper; standard error says why."""
_CPU_SECONDS = 60
_MEMORY_BYTES = 3_000_000_000


def main() -> None:
    resource.setrlimit(resource.RLIMIT_CPU, (_CPU_SECONDS, _CPU_SECONDS))
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    asked = json.load(sys.stdin.buffer)
    try:
        pdf = typst.compile(
            TEMPLATES / asked["template"],
            root=TEMPLATES,
            # What a machine has installed would change the paper: only the fonts inside the library count.
            font_paths=typst.Fonts(include_system_fonts=False, include_embedded_fonts=True),
            ignore_system_fonts=True,
            format="pdf",
            sys_inputs={"content": json.dumps(asked["content"], ensure_ascii=False)},
            pdf_standards=["a-2b"],
            # By the clock, the same paper would have other bytes each second.
            timestamp=datetime.fromisoformat(asked["day"]).replace(tzinfo=UTC),
        )
    except typst.TypstError as error:
        sys.stderr.write(error.message)
        sys.exit(REFUSED)
    sys.stdout.buffer.write(pdf)


if __name__ == "__main__":
    main()
