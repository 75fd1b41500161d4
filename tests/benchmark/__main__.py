"""`python -m tests.benchmark`, from the folder of the repository."""

import sys

from tests.benchmark.command import main

sys.exit(main())
