"""Which row of a sheet names the columns, and which of our fields each column holds. A sheet with our own names is
taken strictly; an office's by the words that people use for our fields."""

import re
import unicodedata
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

import orjson

from app.errors import PayloadTooLarge, invalid
from app.languages import said
from app.tables.sheets import MAX_COLUMNS, Sheet, SheetRow

_SEARCHED_ROWS = 40
_DEEPEST = 3
"""Rows of a header whose cells are joined."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vocabulary:
    """The words under which people's sheets hold our fields."""

    words: Mapping[str, tuple[str, ...]]
    """By field, in the order of an export; lower case, the likeliest first."""
    figures: frozenset[str]
    """The fields that are figures: they show the manner of the sheet."""
    shares: frozenset[str] = frozenset()
    """Those of them from 0 to 1, which a column named in percent writes from 0 to 100."""
    whole: frozenset[str] = frozenset()
    """Fields that a label names as a whole or not at all: with one more word it speaks of some of them alone."""
    code_from: tuple[str, ...] = ()
    """Fields of which a code is made where the sheet has none; empty: it has to have one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Header:
    first: int
    """Index of its first row among those of the sheet."""
    depth: int
    columns: Mapping[str, int]
    """By field, the column."""
    labels: tuple[str, ...]
    """By column, the name in the sheet; empty where there is none."""


def read_mapping(text: str | None, *, pointer: str = "query/mapping") -> dict[str, str | None]:
    """The columns by field of a JSON object; raises `InvalidRequest`."""
    try:
        mapping = orjson.loads(text or "{}")
    except orjson.JSONDecodeError:
        mapping = None
    if not isinstance(mapping, dict) or not all(isinstance(label, str | None) for label in mapping.values()):
        raise invalid(
            pointer,
            said("This is no JSON object of field to column name.", "Ini bukan objek JSON dari isian ke nama kolom."),
            value=text,
            mend=said(
                'Write it as {"headcount": "Jumlah Wajib KTP"}.', 'Tulis sebagai {"headcount": "Jumlah Wajib KTP"}.'
            ),
        )
    return mapping


def plain_words(text: str) -> str:
    """A label in lower case, without accents, signs and what stands in parentheses."""
    text = unicodedata.normalize("NFKD", re.sub(r"\([^)]*\)|\[[^\]]*\]", " ", text)).lower()
    return " ".join(re.findall(r"[a-z0-9]+", text))


def plain_names(sheet: Sheet) -> list[str]:
    names = ["_".join((cell or "").strip().lower().split()) for cell in sheet.rows[0].cells]
    while names and not names[-1]:
        names.pop()
    return names


def is_ours_by(names: Sequence[str], vocabulary: Vocabulary) -> bool:
    """Whether the first row has our own names, and no column that only people's words would name."""
    known = [name for name in names if name in vocabulary.words]
    others = [name for name in names if name and name not in vocabulary.words]
    meant = _assign([(name.replace("_", " "),) for name in others], vocabulary)
    return bool(known) and not set(meant) - set(known)


def own_header(names: list[str], sheet: Sheet) -> Header:
    """The header as it stands; raises for an empty, a doubled or too many columns."""
    if len(names) > MAX_COLUMNS:
        raise PayloadTooLarge(
            said(
                "The table has {columns} columns; at most {most} are read.",
                "Tabel ini {columns} kolom; paling banyak {most} yang dibaca.",
                columns=len(names),
                most=MAX_COLUMNS,
            )
        )
    number = sheet.rows[0].number
    for index, name in enumerate(names):
        if not name:
            detail = said(
                "Column {column} has no name in the header.", "Kolom {column} tidak bernama.", column=index + 1
            )
            mend = said("Name it, or delete the column.", "Beri nama, atau hapus kolomnya.")
            raise invalid(f"row {number}", detail, mend=mend)
        if name in names[:index]:
            detail = said("The header has this column twice.", "Kolom ini ada dua kali.")
            mend = said("Delete one.", "Hapus salah satu.")
            raise invalid(f"row {number}/{name}", detail, value=name, mend=mend)
    columns = {name: index for index, name in enumerate(names)}
    return Header(first=0, depth=1, columns=columns, labels=tuple(names))


def office_header(sheet: Sheet, vocabulary: Vocabulary, *, mapping: Mapping[str, str | None]) -> Header:
    """The rows that name most of our fields; of equals the first and the lowest."""
    best: Header | None = None
    for first in range(min(_SEARCHED_ROWS, len(sheet.rows))):
        for depth in range(1, _DEEPEST + 1):
            header = _candidate(sheet, first, depth, vocabulary, mapping=mapping)
            if header is not None and (best is None or _names_of(header, vocabulary) > _names_of(best, vocabulary)):
                best = header
    if best is None or (not best.columns and not mapping):
        return own_header(plain_names(sheet), sheet)
    for field, label in mapping.items():
        if field not in vocabulary.words:
            detail = said("There is no such field.", "Isian ini tidak ada.")
            mend = said("The fields are: {names}.", "Isiannya: {names}.", names=", ".join(vocabulary.words))
            raise invalid("query/mapping", detail, value=field, mend=mend)
        if label is not None and best.columns.get(field) is None:
            detail = said("The sheet has no such column.", "Kolom ini tidak ada di lembar.")
            shown = ", ".join(filter(None, best.labels))
            mend = said("Its columns are: {names}.", "Kolomnya: {names}.", names=shown)
            raise invalid("query/mapping", detail, value=label, mend=mend)
    return best


def _names_of(header: Header, vocabulary: Vocabulary) -> int:
    # A name of some fields may be the title of a group of columns, whose own names are in the row below.
    return len(header.columns.keys() - vocabulary.whole)


def _candidate(
    sheet: Sheet, first: int, depth: int, vocabulary: Vocabulary, *, mapping: Mapping[str, str | None]
) -> Header | None:
    rows = sheet.rows[first : first + depth]
    # A row of a header holds words alone, and it lies right below the one before.
    if len(rows) < depth or any(_has_figures(row) or row.number != rows[0].number + at for at, row in enumerate(rows)):
        return None
    stacked = _stacked(rows, sheet)
    labels = tuple(" ".join(dict.fromkeys(filter(None, parts))) for parts in stacked)
    chosen = {field: _column_of(label, labels, stacked) for field, label in mapping.items() if label is not None}
    taken = {column for column in chosen.values() if column is not None}
    wanted = [_spellings(parts) if column not in taken else () for column, parts in enumerate(stacked)]
    meant = {field: column for field, column in _assign(wanted, vocabulary).items() if field not in mapping}
    columns = meant | {field: column for field, column in chosen.items() if column is not None}
    return Header(first=first, depth=depth, columns=columns, labels=labels)


def _has_figures(row: SheetRow) -> bool:
    return bool(row.exact) or any(re.fullmatch(r"[\d.,/:°'\" -]*\d[\d.,/:°'\" -]*", text) for text in texts_of(row))


def _stacked(rows: Sequence[SheetRow], sheet: Sheet) -> list[tuple[str, ...]]:
    """By column, what the rows of the header say about it; a joined cell speaks of all its columns."""
    width = max(len(row.cells) for row in rows)
    filled = [(*row.cells, *[""] * (width - len(row.cells))) for row in rows]
    grid = [[" ".join((cell or "").split()) for cell in cells] for cells in filled]
    place = {row.number: index for index, row in enumerate(rows)}
    for top, left, bottom, right in sheet.merged:
        if top in place and left < width:
            for number in range(top, bottom + 1):
                for column in range(left, min(right + 1, width)):
                    if number in place:
                        grid[place[number]][column] = grid[place[top]][left]
    for upper, lower in pairwise(grid):
        for column in range(1, width):
            # A file without joined cells leaves the columns of a group blank.
            if not upper[column] and lower[column] and not sheet.merged:
                upper[column] = upper[column - 1]
    return [tuple(row[column] for row in grid) for column in range(width)]


_HIGHEST = 2
"""Where `_spellings` has the name that all columns of a group share."""


def _spellings(parts: Sequence[str]) -> tuple[str, ...]:
    """What a column may be called: by its lowest name, with those above it, by the highest."""
    filled = list(dict.fromkeys(filter(None, parts)))
    if not filled:
        return ()
    return tuple(dict.fromkeys(plain_words(text) for text in (filled[-1], " ".join(filled), filled[0])))


def _column_of(label: str, labels: Sequence[str], stacked: Sequence[Sequence[str]]) -> int | None:
    wanted = plain_words(label) or label
    for column, parts in enumerate(stacked):
        if wanted in (plain_words(labels[column]), *(plain_words(part) for part in parts if part)):
            return column
    return None


def _assign(spellings: Sequence[Sequence[str]], vocabulary: Vocabulary) -> dict[str, int]:
    """The column of each field that one of the spellings names; the nearest word first, then the leftmost column."""
    offers = sorted(
        (*rank, column, field)
        for column, texts in enumerate(spellings)
        for at, text in enumerate(texts)
        for field, rank in _meanings(text, at, vocabulary)
    )
    columns: dict[str, int] = {}
    for *_, column, field in offers:
        if field not in columns and column not in columns.values():
            columns[field] = column
    return columns


def _meanings(text: str, at: int, vocabulary: Vocabulary) -> Iterator[tuple[str, tuple[int, int, int]]]:
    """The fields that a label may name, each with how far-fetched that is."""
    padded = f" {text} "
    for field, words in vocabulary.words.items():
        for rank, word in enumerate((field.replace("_", " "), *words)):
            if text == word and not (field in vocabulary.whole and at == _HIGHEST):
                yield field, (0, at, rank)
            elif field not in vocabulary.whole and " " in word and f" {word} " in padded:
                yield field, (1, at, rank)


def texts_of(row: SheetRow) -> list[str]:
    return [cell.strip() for cell in row.cells if cell and cell.strip()]
