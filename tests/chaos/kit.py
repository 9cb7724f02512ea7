"""A whole running system that a test may hurt: the demo's own processes over a temporary folder.

Nothing heals by itself here: what a test kills stays dead until the test starts it again.
"""

import contextlib
import email
import email.policy
import os
import re
import shutil
import signal
import time
from collections.abc import Callable, Iterator
from email.message import EmailMessage
from pathlib import Path

from fulfillment.devtools.embedded import scratch_folder
from fulfillment.devtools.progress import last_words
from fulfillment.devtools.stack import Memory, Stack

SERVERS = ("postgres", "valkey")


class System:
    """The running system. Names are those of demo.json's `pids`: web, relay, worker_mail, postgres, …"""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.base_url = stack.base_url

    @property
    def environment(self) -> dict[str, str]:
        """What a process needs to take part: the URLs of the servers, the secret key."""
        return self.stack.environment

    def kill(self, name: str) -> None:
        """SIGKILL the process and all it has started, as a crash of its machine would."""
        child = self.stack.children[name]
        assert child.alive, f"{name} does not run: {last_words(child.log)}"
        child.kill()

    def kill_one_process_of(self, name: str) -> None:
        """SIGKILL one process the child has started (a web or Celery process), as an OOM killer would."""
        os.kill(children_of(self.stack.children[name].pid)[-1], signal.SIGKILL)

    def pause(self, name: str) -> None:
        """SIGSTOP the process and what it has started: alive, connected, silent."""
        pid = self.stack.children[name].pid
        for each in (pid, *children_of(pid)):
            os.kill(each, signal.SIGSTOP)

    def resume(self, name: str) -> None:
        """Let a paused process go on."""
        pid = self.stack.children[name].pid
        for each in (pid, *children_of(pid)):
            os.kill(each, signal.SIGCONT)

    def start(self, name: str, *, timeout: float = 30) -> None:
        """Start a process that was killed or stopped; servers are waited for."""
        deadline = time.monotonic() + timeout
        self.stack.relaunch[name]()
        while not self.stack.wait_for_server(name, timeout=0.5):
            child = self.stack.children[name]
            assert time.monotonic() < deadline, f"{name} does not come back: {last_words(child.log)}"
            if not child.alive:
                self.stack.relaunch[name]()

    def restart(self, name: str, *, timeout: float = 30) -> None:
        """Stop it as a deployment would (its stop signal, then its grace) and start it again."""
        child = self.stack.children[name]
        child.send(child.stop_signal)
        child.wait(child.grace)
        child.kill()
        self.start(name, timeout=timeout)

    def wait_ready(self, *, timeout: float = 60) -> None:
        """Wait until the web server says it can take requests."""
        self.wait_until(self.stack.is_ready, timeout=timeout, what="the web server is ready")

    def wait_until(self, condition: Callable[[], bool], *, timeout: float, what: str) -> None:
        """Wait until the condition holds; fail with the words of `what`, and say which processes have died."""
        deadline = time.monotonic() + timeout
        while not condition():
            if time.monotonic() > deadline:
                dead = [name for name, child in self.stack.children.items() if not child.alive]
                raise AssertionError(f"After {timeout:.0f} s it is not so that {what}; dead: {dead or 'nobody'}")
            time.sleep(0.2)

    def mails(self) -> list[EmailMessage]:
        """Every mail the SMTP sink has acknowledged, oldest first; Delivered-To names the recipient."""
        return [
            email.message_from_bytes(file.read_bytes(), policy=email.policy.default)
            for file in sorted(self.stack.mail.glob("*.eml"))
        ]

    def manage(self, *command: str, timeout: float = 120) -> str:
        """Run a `manage.py` command inside the system and return its output; it must succeed."""
        child = self.stack.manage(command[0], *command)
        log = self.stack.logs / f"{command[0]}-{time.monotonic_ns()}.log"
        child.log = log
        child.start()
        code = child.wait(timeout)
        child.kill()
        assert code == 0, f"{command[0]} ended with {code}: {log.read_text()[-2000:]}"
        return log.read_text()

    def log_of(self, name: str) -> str:
        """What the process has written so far."""
        return (self.stack.logs / f"{name}.log").read_text(errors="replace")


@contextlib.contextmanager
def running_system(*, seed: bool = True, without: tuple[str, ...] = ()) -> Iterator[System]:
    """Start everything but `without` over a new folder, migrated and (unless told not to) seeded.

    Stops everything and forgets the folder at the end. Set CHAOS_KEEP to keep the folder with its logs.
    """
    folder = scratch_folder("fulfillment-chaos-")
    # The servers of the test run itself are not for breaking; this system brings its own.
    outside = {
        name: value
        for name, value in os.environ.items()
        if name not in ("DATABASE_URL", "REDIS_URL", "EMAIL_URL", "PORT", "TEST_DB_SUFFIX")
    }
    stack = Stack(folder, environment=outside, memory=Memory(), durable=False)
    system = System(stack)
    try:
        stack.start_servers()
        system.manage("migrate", "--noinput")
        if seed:
            system.manage("seed_demo", "--credentials", str(folder / "credentials.json"))
        for name, child in stack.children.items():
            if name not in (*SERVERS, *without):
                child.start()
        if "web" not in without:
            system.wait_ready(timeout=90)
        yield system
    finally:
        for name, child in stack.children.items():
            if child.alive:
                system.resume(name)
        stack.stop()
        if not os.environ.get("CHAOS_KEEP"):
            shutil.rmtree(folder, ignore_errors=True)


def children_of(pid: int) -> list[int]:
    """The direct children of a process (Linux)."""
    found = []
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError):
            parent = re.search(r"^PPid:\s+(\d+)", status.read_text(), re.MULTILINE)
            if parent and int(parent[1]) == pid:
                found.append(int(status.parent.name))
    return sorted(found)
