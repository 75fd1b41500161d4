"""What several scenarios share: school holidays and the large agencies every district has."""

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
