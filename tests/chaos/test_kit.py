"""The kill-test kit itself: the system starts, is hurt, comes back, and leaves nothing behind."""

import urllib.request
from pathlib import Path

import pytest

from tests.chaos.kit import System, children_of, running_system

pytestmark = pytest.mark.chaos


def answers(system: System) -> bool:
    try:
        with urllib.request.urlopen(f"{system.base_url}/readyz", timeout=3) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_every_part_can_be_killed_and_started_again_and_nothing_stays() -> None:
    with running_system(seed=False) as system:
        pids = system.stack.pids()
        for name in system.stack.children:
            system.kill(name)
        assert system.stack.pids() == {}
        assert not answers(system)
        for name in system.stack.children:
            system.start(name)
        system.wait_ready()
        again = system.stack.pids()
        assert set(again) == set(pids)
        assert not set(again.values()) & set(pids.values())
        system.restart("postgres")
        system.wait_until(lambda: answers(system), timeout=15, what="the web server has found its database again")
        started = [pid for parent in system.stack.pids().values() for pid in (parent, *children_of(parent))]
        folder = system.stack.folder
    assert [pid for pid in started if runs(pid)] == []
    assert not folder.exists()


def runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False
