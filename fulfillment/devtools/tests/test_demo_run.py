"""`make demo` from outside: what other programs may rely on."""

import contextlib
import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from fulfillment.devtools.stack import ROOT

pytestmark = pytest.mark.chaos

KEYS = {"base_url", "api_key", "api_key_reject", "database_url", "redis_url", "users", "mail_dir", "pids"}
PARTS = {"postgres", "valkey", "web", "worker_mail", "worker_stock", "beat", "relay", "smtp"}


def runs(pid: int) -> bool:
    try:
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def facts_of(folder: Path) -> dict[str, Any]:
    facts: dict[str, Any] = json.loads((folder / "demo.json").read_text())
    return facts


def wait_until(condition: Callable[[], bool], *, seconds: float) -> float:
    """Seconds it took; fails when it took longer than allowed."""
    began = time.monotonic()
    while not condition():
        assert time.monotonic() - began < seconds
        time.sleep(0.05)
    return time.monotonic() - began


@contextlib.contextmanager
def demo(folder: Path, *, ready_within: float) -> Iterator["subprocess.Popen[bytes]"]:
    """The supervisor without simulated orders, ready."""
    (folder / "demo.json").unlink(missing_ok=True)
    outside = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    with (folder / "output").open("w") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "fulfillment.devtools.supervisor", "--folder", folder],
            env={**outside, "PLAY": "0"},
            cwd=ROOT,
            stdout=output,
            stderr=subprocess.STDOUT,
        )
    try:
        wait_until(lambda: (folder / "demo.json").exists() or process.poll() is not None, seconds=ready_within)
        assert process.poll() is None, (folder / "output").read_text()
        yield process
    finally:
        process.kill()
        process.wait()


def answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/readyz", timeout=3) as answer:
            return bool(answer.status == 200)
    except OSError:
        return False


def test_the_demo_tells_its_facts_heals_stops_and_leaves_nothing_behind(folder: Path) -> None:
    with demo(folder, ready_within=120) as process:
        facts = facts_of(folder)
        assert set(facts) == KEYS
        assert set(facts["pids"]) == PARTS
        assert all(set(user) == {"role", "username", "password"} for user in facts["users"])
        assert answers(facts["base_url"])

        for name in ("web", "worker_mail", "relay", "valkey", "postgres"):
            os.kill(facts["pids"][name], signal.SIGKILL)
        wait_until(
            lambda: (
                set(facts_of(folder)["pids"]) == PARTS
                and not set(facts_of(folder)["pids"].values()) & {facts["pids"]["web"], facts["pids"]["postgres"]}
                and answers(facts["base_url"])
            ),
            seconds=45,
        )

        pids = facts_of(folder)["pids"].values()
        process.send_signal(signal.SIGTERM)
        wait_until(lambda: process.poll() is not None, seconds=10)
        assert process.returncode == 0
        assert [pid for pid in pids if runs(pid)] == []
        assert facts_of(folder)["pids"] == {}

    with demo(folder, ready_within=30):
        again = facts_of(folder)
        assert {key: again[key] for key in ("users", "api_key")} == {key: facts[key] for key in ("users", "api_key")}
        pids = again["pids"].values()
    # Leaving the block has killed the supervisor, which could say goodbye to nobody.
    wait_until(lambda: not any(runs(pid) for pid in pids), seconds=10)
