"""Children end with their parent, whatever ends it."""

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fulfillment.devtools.children import Child, stop_all


def child(name: str, script: str, grace: float = 4) -> Child:
    return Child(name=name, argv=["/bin/sh", "-c", script], env=dict(os.environ), log=None, grace=grace)


def runs(pid: int) -> bool:
    """Whether the process exists and is not a zombie."""
    try:
        os.kill(pid, 0)
        return "\nState:\tZ" not in Path(f"/proc/{pid}/status").read_text()
    except OSError:
        return False


def wait_until_gone(pid: int) -> bool:
    deadline = time.monotonic() + 5
    while runs(pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not runs(pid)


PARENT = """
import os, sys, time
from fulfillment.devtools.children import Child
child = Child(name="c", argv=["/bin/sleep", "60"], env={}, log=None, account=int(sys.argv[1]) or None)
child.start()
print(child.pid, flush=True)
time.sleep(60)
"""


@pytest.mark.parametrize("account", [0, 65534])
def test_a_child_ends_when_its_parent_is_killed(account: int) -> None:
    if account and os.geteuid() != 0:
        account = 0  # only root can change the account; the same promise holds without
    with subprocess.Popen([sys.executable, "-c", PARENT, str(account)], stdout=subprocess.PIPE) as parent:
        assert parent.stdout is not None
        pid = int(parent.stdout.readline())
        assert runs(pid)
        parent.send_signal(signal.SIGKILL)
        assert wait_until_gone(pid)


def test_stopping_is_polite_first_and_final_after_the_grace(tmp_path: Path) -> None:
    polite = child("polite", f"trap 'echo bye > {tmp_path}/said; exit 0' TERM; while :; do sleep 0.05; done")
    stubborn = child("stubborn", "trap '' TERM; while :; do sleep 0.05; done", grace=0.5)
    for each in (polite, stubborn):
        each.start()
    time.sleep(0.3)
    began = time.monotonic()
    stop_all([polite, stubborn])
    assert time.monotonic() - began < 2
    assert (tmp_path / "said").read_text() == "bye\n"
    assert (polite.returncode, stubborn.returncode) == (0, -signal.SIGKILL)


def test_what_a_child_has_started_goes_with_it(tmp_path: Path) -> None:
    nested = child("nested", f"sleep 60 & echo $! > {tmp_path}/pid; wait")
    nested.start()
    while not (tmp_path / "pid").exists() or not (tmp_path / "pid").read_text():
        time.sleep(0.02)
    grandchild = int((tmp_path / "pid").read_text())
    os.kill(nested.pid, signal.SIGKILL)
    nested.wait(5)
    assert runs(grandchild)
    nested.sweep()
    assert wait_until_gone(grandchild)
