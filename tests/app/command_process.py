"""The command `jemput` as a forked process; what it says on standard error comes out with the rest."""

import os
import sys

from app import cli


def main() -> None:
    os.dup2(1, 2)
    sys.stderr = sys.stdout
    cli.main()
