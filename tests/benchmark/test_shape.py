"""The measure of how code is cut, on a package of three files."""

from pathlib import Path

import pytest

from tests.benchmark.shape import main, shape_of


@pytest.fixture
def package(tmp_path: Path) -> Path:
    (tmp_path / "tests").mkdir()
    (tmp_path / "tests" / "test_all.py").write_text("def test_all():\n    pass\n")
    (tmp_path / "long.py").write_text("async def long(a, /, b, *, c):\n" + "    b += c\n" * 50)
    (tmp_path / "short.py").write_text("# Why.\nclass One:\n    def two(self):\n        # How.\n        return 2\n")
    return tmp_path


def test_files_functions_parameters_and_comments_are_counted_but_those_of_tests(package: Path) -> None:
    shape = shape_of(package)
    assert sorted(shape.file_lines) == [5, 51]
    assert sorted(shape.function_lines) == [3, 51]
    assert sorted(shape.parameters) == [1, 3]
    assert shape.comment_lines == 2


def test_each_package_is_a_row_of_the_table(package: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([str(package), str(package)]) == 0
    headings, _, *rows = capsys.readouterr().out.splitlines()
    assert headings.startswith("|  | files | lines | longest file |")
    assert rows == [f"| `{package}` | 2 | 56 | 51 | 2 | 27 / 27.0 | 50.0 % | 0.0 % | 51 | 0.0 % | 3 | 3.6 % |"] * 2


def test_folder_without_code_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="has no Python function: name the folder of a package"):
        shape_of(tmp_path)
