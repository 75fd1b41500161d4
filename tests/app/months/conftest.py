"""A month needs the job engine's tables, as the schedules' own tests do."""

from tests.app.schedules.conftest import job_tables as job_tables
