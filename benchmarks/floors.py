"""The physical floor: what PostgreSQL itself can do for the same rows, measured by pgbench in the same minutes."""

import re
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from fulfillment.devtools.binaries import account_to_drop_to, postgres_programs

SCRIPTS = Path(__file__).parent / "floor"


@dataclass(frozen=True, slots=True)
class Floor:
    """Transactions a second, and latencies in milliseconds."""

    rate: float
    p50: float
    p95: float
    p99: float


class Pgbench:
    """pgbench and psql over a database ``floor`` beside the system's own."""

    def __init__(self, database_url: str) -> None:
        where = urlsplit(database_url)
        self._programs = postgres_programs(account_to_drop_to())
        self._environment = {
            "PGHOST": where.hostname or "127.0.0.1",
            "PGPORT": str(where.port or 5432),
            "PGUSER": where.username or "",
            "PGPASSWORD": where.password or "",
            "PGDATABASE": "floor",
            "PGOPTIONS": "-c statement_timeout=0",
        }
        self.psql("-d", where.path.lstrip("/"), "-c", "DROP DATABASE IF EXISTS floor")
        self.psql("-d", where.path.lstrip("/"), "-c", "CREATE DATABASE floor")
        self.psql("-q", "-f", str(SCRIPTS / "schema.sql"))

    def psql(self, *arguments: str) -> str:
        """Run psql; returns what it printed."""
        return self._run("psql", "-v", "ON_ERROR_STOP=1", "-At", *arguments)

    def run(self, script: str, *, clients: int, seconds: float) -> Floor:
        """One script with prepared statements for a time."""
        with tempfile.TemporaryDirectory(prefix="floor-") as folder:
            printed = self._run(
                *("pgbench", "-n", "-M", "prepared", "-c", str(clients), "-j", str(min(clients, 2))),
                *(
                    "-T",
                    str(round(seconds)),
                    "--log",
                    f"--log-prefix={folder}/log",
                    "-f",
                    str(SCRIPTS / f"{script}.sql"),
                ),
            )
            latencies = sorted(
                int(line.split()[2]) / 1000 for file in Path(folder).iterdir() for line in file.read_text().splitlines()
            )
        found = re.search(r"^tps = ([0-9.]+)", printed, re.MULTILINE)
        if found is None or not latencies:
            raise RuntimeError(f"pgbench printed no rate: {printed}")
        last = len(latencies) - 1
        return Floor(float(found[1]), *(latencies[min(last, int(last * share))] for share in (0.5, 0.95, 0.99)))

    def _run(self, program: str, *arguments: str) -> str:
        done = subprocess.run(
            [str(self._programs / program), *arguments],
            env={**self._environment, "LD_LIBRARY_PATH": ""},
            capture_output=True,
            text=True,
        )
        if done.returncode:
            raise RuntimeError(f"{program} failed: {done.stderr[-500:]}")
        return done.stdout
