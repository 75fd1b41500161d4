"""What several scenarios share: school holidays and the large agencies every district has."""

from examples.scenarios.model import Provenance

MID_YEAR_BREAK_2024 = (
    *(f"2024-06-{day}" for day in range(24, 29)),
    *(f"2024-07-{day:02}" for day in (*range(1, 6), *range(8, 13))),
)
YEAR_END_BREAK_2024 = tuple(f"2024-12-{day}" for day in (23, 24, 27, 30, 31))
YEAR_END_BREAK_2023 = tuple(f"2023-12-{day}" for day in (18, 19, 20, 21, 22, 27, 28, 29))

KEY_AGENCIES = (
    "Sekretariat Daerah",
    "Sekretariat DPRD",
    "Dinas Pendidikan dan Kebudayaan",
    "Dinas Kesehatan",
    "Rumah Sakit Umum Daerah",
    "Satuan Polisi Pamong Praja",
)

COUNTER_HOURS = "mon-fri 08:00-15:00"
COUNTER_PROVENANCE: dict[str, Provenance] = {"place": "assumed", "windows": "assumed", "rates": "assumed"}
"""Of counters whose place, hours and part of the walk-ins nobody has published."""
