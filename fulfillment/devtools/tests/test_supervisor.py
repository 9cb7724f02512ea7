"""What the demo refuses, and how it watches its children."""

import contextlib
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fulfillment.devtools.children import Child
from fulfillment.devtools.keeper import Keeper, how
from fulfillment.devtools.stack import ROOT, Memory, Stack
from fulfillment.devtools.supervisor import only_one

pytestmark = pytest.mark.slow


def refusal(folder: Path, **environment: str) -> str:
    """The one line the supervisor ends with."""
    done = subprocess.run(
        [sys.executable, "-m", "fulfillment.devtools.supervisor", "--folder", folder],
        env={**os.environ, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1, done.stderr
    return done.stderr


@contextlib.contextmanager
def taken_port() -> Iterator[int]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()[1]


def test_a_taken_port_is_one_sentence(tmp_path: Path) -> None:
    with taken_port() as port:
        assert f"Port {port} is taken by another program" in refusal(tmp_path, PORT=str(port))


def test_a_port_that_is_no_number_is_one_sentence(tmp_path: Path) -> None:
    assert "PORT has to be a number" in refusal(tmp_path, PORT="http")


def test_a_missing_file_to_play_is_one_sentence(tmp_path: Path) -> None:
    assert "There is no file nothing.csv.gz" in refusal(tmp_path, FULL="nothing.csv.gz")


def test_a_second_start_over_the_same_data_is_one_sentence(tmp_path: Path) -> None:
    with only_one(tmp_path):
        assert "running already" in refusal(tmp_path)


def test_secrets_and_ports_stay_the_same_from_start_to_start(folder: Path) -> None:
    file = folder / "memory.json"
    first = Memory.of(file)
    stack = Stack(folder / "demo", environment={}, memory=first)
    stack.stop()
    first.keep(file)
    again = Memory.of(file)
    assert again == first
    second = Stack(folder / "demo", environment={}, memory=again)
    second.stop()
    assert second.environment == stack.environment
    assert file.stat().st_mode & 0o077 == 0


def test_servers_of_the_users_own_are_used_and_not_started(tmp_path: Path) -> None:
    own = {
        "DATABASE_URL": "postgres://me@db.example/shop",
        "REDIS_URL": "redis://cache.example/0",
        "EMAIL_URL": "smtp://mail.example:25",
    }
    stack = Stack(tmp_path, environment=own, memory=Memory())
    assert own.items() <= stack.environment.items()
    assert not {"postgres", "valkey", "smtp"} & set(stack.children)
    stack.stop()


def test_a_child_that_dies_comes_back_and_one_that_keeps_dying_waits_longer(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    stack = Stack(tmp_path, environment={"DATABASE_URL": "x", "REDIS_URL": "x", "EMAIL_URL": "x"}, memory=Memory())
    failing = Child(name="failing", argv=["/bin/false"], env={}, log=None)
    steady = Child(name="steady", argv=["/bin/sleep", "60"], env={}, log=None)
    stack.children = {"failing": failing, "steady": steady}
    stack.relaunch = {"failing": failing.start, "steady": steady.start}
    for each in (failing, steady):
        each.start()
    keeper = Keeper(stack)
    first_pid = steady.pid
    steady.kill()
    deadline = time.monotonic() + 2.5
    changes = 0
    while time.monotonic() < deadline:
        changes += keeper.look()
        time.sleep(0.02)
    said = capsys.readouterr().out
    assert steady.alive
    assert steady.pid != first_pid
    assert "steady ended (SIGKILL); starting it again in 0.5 s." in said
    assert "failing ended (exit code 1); starting it again in 1 s." in said
    assert said.count("failing ended") <= 3
    assert changes
    stack.stop()
    steady.kill()


def test_a_death_is_told_in_words() -> None:
    assert (how(0), how(3), how(-9)) == ("exit code 0", "exit code 3", "SIGKILL")
