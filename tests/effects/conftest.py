"""Processes of the test's own: a Valkey to harm, a worker, a relay."""

import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from urllib.parse import urlsplit, urlunsplit

import pytest
from django.conf import settings
from django.db import connection, transaction

from core.kernel.actors import SYSTEM
from core.outbox import routes
from core.outbox.publish import NewEvent, publish
from fulfillment.devtools.embedded import Valkey, new_password, scratch_folder
from fulfillment.devtools.ports import free_port

Start = Callable[..., "subprocess.Popen[bytes]"]


@pytest.fixture
def valkey() -> Iterator[Valkey]:
    folder = scratch_folder("effects-")
    server = Valkey(
        data=folder / "valkey",
        port=free_port(),
        password=new_password(),
        log=folder / "valkey.log",
        durable=False,
    )
    server.start()
    yield server
    server.stop()


@pytest.fixture
def environment(valkey: Valkey, transactional_db: None) -> dict[str, str]:
    """What the processes of the system read: this test's database and this test's broker."""
    address = urlsplit(os.environ["DATABASE_URL"])
    database = urlunsplit(address._replace(path="/" + str(connection.settings_dict["NAME"])))
    return {**os.environ, "DATABASE_URL": database, "REDIS_URL": valkey.url, "PYTHONUNBUFFERED": "1"}


@pytest.fixture
def start(environment: dict[str, str], tmp_path: Path) -> Iterator[Start]:
    """``start(*arguments)`` runs this Python with them, in a process group of its own."""
    processes: list[subprocess.Popen[bytes]] = []

    def start(*arguments: str) -> "subprocess.Popen[bytes]":
        with (tmp_path / f"{len(processes)}.log").open("wb") as log:
            process = subprocess.Popen(
                [sys.executable, *arguments],
                env=environment,
                cwd=settings.BASE_DIR,
                stdout=log,
                stderr=log,
                start_new_session=True,
            )
        processes.append(process)
        return process

    yield start
    for process in processes:
        with suppress(ProcessLookupError):
            os.killpg(process.pid, 9)
        process.wait()


@pytest.fixture
def relay(start: Start) -> "subprocess.Popen[bytes]":
    return start("manage.py", "relay")


def start_worker(start: Start) -> "subprocess.Popen[bytes]":
    """A worker of all queues with two processes."""
    queues = ("-Q", "stock,mail,webhook,bulk", "--concurrency", "2", "--without-gossip", "--without-mingle")
    return start("-m", "celery", "-A", "fulfillment", "worker", "--loglevel", "WARNING", *queues)


@pytest.fixture
def worker(start: Start) -> "subprocess.Popen[bytes]":
    return start_worker(start)


@pytest.fixture(autouse=True)
def effect_routes() -> Iterator[None]:
    installed = routes.installed_routes()
    handlers = "core.outbox.tests.handlers"
    routes.install(
        {
            "effect": [routes.Route(f"{handlers}.write_to_database", queue="bulk")],
            "slow_effect": [routes.Route(f"{handlers}.write_to_database_slowly", queue="bulk")],
            "greeting": [routes.Route("core.messaging.tests.handlers.greet", queue="mail")],
            "suicide": [routes.Route(f"{handlers}.kill_this_process", queue="stock")],
        }
    )
    yield
    routes.install(installed)


def happen(*subjects: int, type_: str = "effect") -> None:
    """Publish one event for each subject, due now by the database's clock."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT clock_timestamp()")
        now = cursor.fetchone()[0]
    with transaction.atomic():
        publish(*(NewEvent(type_, "test", subject) for subject in subjects), by=SYSTEM, now=now)


def until(condition: Callable[[], bool], *, seconds: float = 120) -> None:
    """Wait until the condition holds; fail when it does not in two minutes, the promise for every effect."""
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline, "not in time"
        time.sleep(0.05)
