"""`python -m tests.app.estimates.measure_documents --months 300`: how near the truth the minutes of documents are
learned, as a table."""

import argparse
from time import process_time

import numpy as np

from tests.app.estimates.document_months import errors_of_month

AFTER = (10, 40, 160)
ALONE = {1.0: "one document each", 0.3: "a third one document, the others four", 0.0: "all of them four documents"}


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--months", type=int, default=300)
    months = parser.parse_args().months
    lines = [
        "| visits bring | visits | error | of what was stated | bias | 90 % held | ms |",
        "|---|---|---|---|---|---|---|",
    ]
    for alone, words in ALONE.items():
        for visits in AFTER:
            started = process_time()
            errors = [errors_of_month(seed, visits=visits, alone=alone) for seed in range(months)]
            off = np.array([month.error for month in errors])
            stated = np.array([month.stated_error for month in errors])
            held = np.mean([month.held for month in errors])
            cells = (
                words,
                f"{visits}",
                f"{np.abs(off).mean():.1%}",
                f"{np.abs(stated).mean():.1%}",
                f"{off.mean():+.1%}",
                f"{held:.1%}",
                f"{1000 * (process_time() - started) / months:.0f}",
            )
            lines.append(f"| {' | '.join(cells)} |")
    print("\n".join(lines))  # noqa: T201


if __name__ == "__main__":
    main()
