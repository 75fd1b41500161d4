"""What the framework finds in a request, in both languages; its English stays as it is."""

from collections.abc import Mapping
from typing import Any

from app.languages import Said, said, shape_of

_NO_DATE, _NO_MOMENT = "Ini bukan tanggal.", "Ini bukan tanggal dan jam."
_NO_WHOLE, _NO_NUMBER = "Ini bukan bilangan bulat.", "Ini bukan bilangan."
_INDONESIAN: Mapping[str, str] = {
    "missing": "Belum diisi.",
    "extra_forbidden": "Isian ini tidak dikenal.",
    "int_type": _NO_WHOLE,
    "int_parsing": _NO_WHOLE,
    "int_from_float": _NO_WHOLE,
    "int_parsing_size": "Bilangan ini terlalu panjang.",
    "float_type": _NO_NUMBER,
    "float_parsing": _NO_NUMBER,
    "decimal_type": _NO_NUMBER,
    "decimal_parsing": _NO_NUMBER,
    "finite_number": "Bilangan ini tak terhingga.",
    "decimal_max_digits": "Paling banyak {max_digits} angka.",
    "decimal_max_places": "Paling banyak {decimal_places} angka di belakang koma.",
    "decimal_whole_digits": "Paling banyak {whole_digits} angka di depan koma.",
    "greater_than": "Harus lebih dari {gt}.",
    "greater_than_equal": "Tidak boleh kurang dari {ge}.",
    "less_than": "Harus kurang dari {lt}.",
    "less_than_equal": "Tidak boleh lebih dari {le}.",
    "string_type": "Ini bukan teks.",
    "string_too_short": "Terlalu pendek: sedikitnya {min_length} karakter.",
    "string_too_long": "Terlalu panjang: paling banyak {max_length} karakter.",
    "string_pattern_mismatch": "Tidak sesuai dengan pola '{pattern}'.",
    "string_unicode": "Teks ini memuat karakter yang rusak.",
    "enum": "Harus salah satu dari {expected}.",
    "literal_error": "Harus salah satu dari {expected}.",
    "bool_type": "Harus true atau false.",
    "bool_parsing": "Harus true atau false.",
    "uuid_type": "Ini bukan UUID.",
    "uuid_parsing": "Ini bukan UUID.",
    "date_type": _NO_DATE,
    "date_parsing": _NO_DATE,
    "date_from_datetime_parsing": _NO_DATE,
    "date_from_datetime_inexact": "Ini memuat jam; isi tanggalnya saja.",
    "datetime_type": _NO_MOMENT,
    "datetime_parsing": _NO_MOMENT,
    "datetime_from_date_parsing": _NO_MOMENT,
    "timezone_aware": "Selisih waktunya belum ditulis, misalnya +07:00.",
    "list_type": "Ini bukan daftar.",
    "tuple_type": "Ini bukan daftar.",
    "dict_type": "Ini bukan objek.",
    "model_type": "Ini bukan objek.",
    "model_attributes_type": "Ini bukan objek.",
    "too_short": "Sedikitnya {min_length} isian, sekarang {actual_length}.",
    "too_long": "Paling banyak {max_length} isian, sekarang {actual_length}.",
}
"""By pydantic's type of error, what its English message says."""


def words_of(mistake: Mapping[str, Any]) -> str:
    """The message of one finding of pydantic; a sentence of ours that a validator raised is that sentence."""
    context: Mapping[str, Any] = mistake.get("ctx") or {}
    raised = context.get("error")
    if isinstance(raised, ValueError) and raised.args and isinstance(raised.args[0], Said):
        return raised.args[0]
    english = str(mistake["msg"]).removeprefix("Value error, ")
    if mistake["type"] not in _INDONESIAN:
        return english
    # A list of values is joined by an English word.
    values = {name: str(value).replace(" or ", " atau ") for name, value in context.items()}
    sentence = said("{english}", _INDONESIAN[mistake["type"]], **values, english=english)
    sentence.shape = shape_of(english)
    return sentence
