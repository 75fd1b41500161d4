"""How code is cut into files and functions, for this project and for others by the same measure.

python -m tests.benchmark.shape app solver ANOTHER/PACKAGE
"""

import argparse
import ast
import statistics
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

# What is no product, wherever it lies below a package.
NO_PRODUCT = frozenset({"tests", "migrations"})
LONG, VERY_LONG, MANY = 50, 100, 8
HEADINGS = (
    "",
    "files",
    "lines",
    "longest file",
    "functions",
    "median / mean lines",
    f"over {LONG}",
    f"over {VERY_LONG}",
    "longest",
    f"over {MANY} parameters",
    "most parameters",
    "comment lines",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """The lines of each file, and of each function with its docstring; parameters of every kind by function."""

    file_lines: tuple[int, ...]
    function_lines: tuple[int, ...]
    parameters: tuple[int, ...]
    comment_lines: int

    def cells(self) -> tuple[str, ...]:
        """Return a row of the table, in the order of `HEADINGS` after the first."""
        functions = len(self.function_lines)
        return (
            f"{len(self.file_lines):,}",
            f"{sum(self.file_lines):,}",
            f"{max(self.file_lines):,}",
            f"{functions:,}",
            f"{statistics.median(self.function_lines):g} / {statistics.mean(self.function_lines):.1f}",
            _percent(sum(lines > LONG for lines in self.function_lines), functions),
            _percent(sum(lines > VERY_LONG for lines in self.function_lines), functions),
            f"{max(self.function_lines):,}",
            _percent(sum(count > MANY for count in self.parameters), functions),
            str(max(self.parameters)),
            _percent(self.comment_lines, sum(self.file_lines)),
        )


def shape_of(package: Path) -> Shape:
    """Measure the Python files below a folder; raises `ValueError` if no function is there."""
    paths = [path for path in package.rglob("*.py") if not NO_PRODUCT & set(path.relative_to(package).parts)]
    sources = [path.read_text(encoding="utf-8") for path in paths]
    functions = [
        node
        for source in sources
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)
    ]
    if not functions:
        raise ValueError(f"{package} has no Python function: name the folder of a package")
    return Shape(
        file_lines=tuple(source.count("\n") for source in sources),
        function_lines=tuple((node.end_lineno or node.lineno) - node.lineno + 1 for node in functions),
        parameters=tuple(_parameters(node.args) for node in functions),
        comment_lines=sum(line.lstrip().startswith("#") for source in sources for line in source.splitlines()),
    )


def _parameters(arguments: ast.arguments) -> int:
    return len(arguments.posonlyargs) + len(arguments.args) + len(arguments.kwonlyargs)


def _percent(count: int, total: int) -> str:
    return f"{count / total:.1%}".replace("%", " %")


def main(argv: Sequence[str] | None = None) -> int:
    """Print a row of the table for each package named."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmark.shape", description=__doc__)
    parser.add_argument("packages", type=Path, nargs="+", metavar="PACKAGE")
    rows = [(f"`{package}`", *shape_of(package).cells()) for package in parser.parse_args(argv).packages]
    for row in (HEADINGS, ("---",) * len(HEADINGS), *rows):
        sys.stdout.write(f"| {' | '.join(row)} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
