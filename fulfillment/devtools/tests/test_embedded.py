"""The embedded servers, started for real."""

import contextlib
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import psycopg2
import pytest
import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from fulfillment.devtools.embedded import Postgres, Valkey, new_password
from fulfillment.devtools.failures import CannotGoOn
from fulfillment.devtools.ports import free_port, is_free

pytestmark = pytest.mark.slow


def a_postgres(folder: Path, *, name: str = "pgdata", port: int | None = None, durable: bool = False) -> Postgres:
    log = folder / f"{name}.log"
    return Postgres(data=folder / name, port=port or free_port(), password=new_password(), log=log, durable=durable)


@contextlib.contextmanager
def cursor(postgres: Postgres) -> Iterator["psycopg2.extensions.cursor"]:
    connection = psycopg2.connect(postgres.url)
    connection.autocommit = True
    with contextlib.closing(connection), connection.cursor() as opened:
        yield opened


def gone(pid: int) -> bool:
    try:
        return "\nState:\tZ" in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return True


def test_postgres_keeps_its_data_over_a_clean_stop_and_over_a_kill(folder: Path) -> None:
    postgres = a_postgres(folder)
    postgres.start()
    with cursor(postgres) as query:
        query.execute("CREATE TABLE kept (n int); INSERT INTO kept VALUES (1)")
    postgres.stop()
    postgres.start()
    with cursor(postgres) as query:
        query.execute("INSERT INTO kept VALUES (2)")
    os.kill(postgres.child.pid, signal.SIGKILL)
    postgres.child.wait(5)
    assert (postgres.data / "postmaster.pid").exists()
    postgres.start()
    with cursor(postgres) as query:
        query.execute("SELECT sum(n) FROM kept")
        assert query.fetchone() == (3,)
    postgres.stop()
    assert is_free(postgres.port)


def test_postgres_starts_although_its_old_number_belongs_to_another_process(folder: Path) -> None:
    postgres = a_postgres(folder)
    postgres.start()
    os.kill(postgres.child.pid, signal.SIGKILL)
    postgres.child.wait(5)
    lock_file = postgres.data / "postmaster.pid"
    lines = lock_file.read_text().split("\n")
    lock_file.write_text("\n".join(["1", *lines[1:]]))
    postgres.start()
    postgres.stop()


def test_a_second_start_takes_the_data_over_from_a_server_that_was_left_running(folder: Path) -> None:
    left = a_postgres(folder)
    left.start()
    second = Postgres(
        data=left.data, port=free_port(), password=left.password, log=left.log, durable=False, max_connections=20
    )
    second.start()
    assert left.child.wait(5) == 0
    second.stop()


def test_postgres_writes_no_statement_into_its_log(folder: Path) -> None:
    postgres = a_postgres(folder)
    postgres.start()
    with cursor(postgres) as query, pytest.raises(psycopg2.Error):
        query.execute("INSERT INTO nowhere VALUES (%s)", ["Ada Lovelace, 12 St James's Square"])
    postgres.stop()
    assert "nowhere" in postgres.log.read_text()
    assert "Lovelace" not in postgres.log.read_text()


def test_a_durable_postgres_waits_for_the_disk_and_a_passing_one_does_not(folder: Path) -> None:
    for durable, expected in ((True, "on"), (False, "off")):
        postgres = a_postgres(folder, name=expected, durable=durable)
        postgres.start()
        with cursor(postgres) as query:
            query.execute("SELECT current_setting('fsync'), current_setting('synchronous_commit')")
            assert query.fetchone() == (expected, "on")
        postgres.stop()


def test_valkey_wants_its_password_and_stops_without_a_trace(folder: Path) -> None:
    valkey = Valkey(data=folder / "valkey", port=free_port(), password=new_password(), log=folder / "valkey.log")
    valkey.start()
    pid = valkey.child.pid
    with redis.Redis.from_url(valkey.url) as client:
        assert client.set("a", "1")
    with (
        redis.Redis(port=valkey.port, retry=Retry(NoBackoff(), 0)) as stranger,
        pytest.raises(redis.AuthenticationError),
    ):
        stranger.get("a")
    valkey.stop()
    assert gone(pid)
    valkey.start()
    with redis.Redis.from_url(valkey.url) as client:
        assert client.get("a") == b"1"
    valkey.stop()
    assert valkey.data.joinpath("valkey.conf").stat().st_mode & 0o077 == 0


def test_a_postgres_that_cannot_start_says_why_in_one_sentence(folder: Path) -> None:
    first = a_postgres(folder, name="first")
    first.start()
    # The other program here is a PostgreSQL, which even answers.
    clash = a_postgres(folder, name="second", port=first.port)
    began = time.monotonic()
    with pytest.raises(CannotGoOn, match="port was taken by another program"):
        clash.start(timeout=3)
    assert time.monotonic() - began < 10
    first.stop()
