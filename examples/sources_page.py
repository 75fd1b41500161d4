"""Writes SOURCES.md of an example, so that the page and the figures cannot drift apart."""

from collections.abc import Iterable, Sequence

from examples import assumptions
from examples.places import Country, Row
from examples.scenarios.model import District
from examples.site_rows import unplaced_clinics

PLACES = """\
* Region codes, names, centres, areas, current population: <https://github.com/cahyadsn/wilayah>,
  <https://github.com/cahyadsn/wilayah_boundaries>, MIT, 2026-08; codes after Kepmendagri 300.2.2-2430/2025.
* Population 2010 by kecamatan: census of BPS through
  <https://github.com/lahdjirayhan/populasi-indonesia-kecamatan>, no licence stated, figures only.
* Schools: <https://github.com/suryavip/daftar-sekolah-indonesia>, MIT, 2019-06, from the education ministry's
  open data.
* Clinics: <https://github.com/ubunteroz/satu-data>, CC0, 2022-09, after the health ministry.

Licence text and traps of the raw data: `../sources/README.md`."""


def shown(value: object) -> str:
    """A figure or a table of figures in one line."""
    if isinstance(value, dict):
        return "; ".join(f"{' '.join(key)} {figure}" for key, figure in value.items())
    if isinstance(value, tuple):
        return "; ".join(" ".join(str(part) for part in row) for row in value)
    return str(value)


def assumed_lines() -> Iterable[str]:
    """The shared assumptions as Markdown list items."""
    for name, entry in vars(assumptions).items():
        if isinstance(entry, assumptions.Assumed):
            yield f"* `{name}` ({shown(entry.value)}): {entry.reason}."


_HEAD = (
    "",
    "Made by `python -m examples.build`; edit `examples/scenarios/` or `examples/assumptions.py`, not these files.",
    "",
    "* *given*: printed in the article this example follows",
    "* *public*: read in another public source",
    "* *assumed*: ours, to be replaced by local data",
    "",
    "Every file carries the status of each figure (`provenance`). No figure here was measured.",
    "",
)


def page_of_a_province(province: District) -> str:
    """The text of SOURCES.md of a province that plans nothing itself."""
    lines = [
        f"# {province.name} ({province.code}): where the figures come from",
        *_HEAD,
        "## Assumed for this province",
        "",
        *(f"* {note}" for note in province.notes),
        "",
        "## Sources of the figures",
        "",
        *(f"* {what}: {address}" for what, address in province.sources),
    ]
    return "\n".join(lines) + "\n"


def sources_page(country: Country, rows: Sequence[Row]) -> str:
    """The text of SOURCES.md: counts, assumptions, what was left out, addresses and licences."""
    district = country.district
    headcounts: dict[str, list[int]] = {}
    for row in rows:
        headcounts.setdefault(row["kind"], []).append(int(row["headcount"]))
    misplaced = sum(row["kind"] == "school" and "place=assumed" in row["provenance"] for row in rows)
    left_out = unplaced_clinics(country)
    lines = [
        f"# {district.name} ({district.code}): where the figures come from",
        *_HEAD,
        "| Sites | Number | People |",
        "|---|---|---|",
        *(f"| {kind} | {len(people)} | {sum(people):,} |" for kind, people in headcounts.items()),
        "",
        "A person can be counted at work, at school and at home: the sums overlap. The headcounts of the villages are",
        "their eligible residents, together the base of the target; their already activated people are together the",
        "count so far. Contacts are office titles; there are no names and no telephone numbers.",
        "",
        "## Assumed for this district",
        "",
        *(f"* {note}" for note in district.notes),
        f"* Travel: great circle × {district.detour} at {district.kmh} km/h. Costs: Rp {district.per_km:,} per "
        f"kilometre, Rp {district.per_team_day:,} per team-day, no budget limit. Round figures; none is published.",
        "* Week: Monday to Friday. Holidays, joint leave and the election days of 2024 come from the `holidays` "
        "package (categories public and government), which holds exactly the days the scenario excludes; so there "
        "are no overrides.",
        "* Cells left empty in sites.csv (phone-ready, turn-out and resident shares, windows, visit limits) take the "
        "defaults of the site kind, which are assumed too.",
        "",
        "## Assumed for all examples",
        "",
        *assumed_lines(),
        "* A site other than a village has the connectivity of the village whose centre is nearest, and the active "
        "share of its kecamatan unless it is named above.",
        "* Offices and clinics stand at the centre of a village or kecamatan, not at their buildings "
        "(`place=assumed`).",
        "",
        "## Left out or moved",
        "",
        f"* {misplaced} schools without believable coordinates stand at the centre of their kecamatan "
        "(`place=assumed`).",
        "* A clinic without a place stands in the one village whose name begins with its own"
        + (
            f"; left out, because there is none or several: {', '.join(left_out)}."
            if left_out
            else ", otherwise at the seat; none is left out."
        ),
        "* Madrasah (MA) are missing in the school list. SD and SMP are left out: nobody there is 17.",
        "",
        "## Sources of the figures",
        "",
        *(f"* {what}: {address}" for what, address in district.sources),
        "",
        "## Sources of the places",
        "",
        PLACES,
    ]
    return "\n".join(lines) + "\n"
