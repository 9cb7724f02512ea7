"""Child processes that never outlive the process that started them.

Each child leads a process group of its own: a Ctrl-C in the terminal reaches only the parent, which then
stops the children in an order of its choosing, and whatever a child itself has started can be swept away
with it. On Linux the kernel also signals every child when the parent dies without a chance to clean up.
"""

import contextlib
import ctypes
import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

_PR_SET_PDEATHSIG = 1
_libc = ctypes.CDLL(None, use_errno=True) if sys.platform == "linux" else None


def die_with_parent(sig: signal.Signals) -> None:
    """Ask the kernel to send `sig` to this process when the thread that started it ends (Linux only)."""
    if _libc is not None:
        _libc.prctl(_PR_SET_PDEATHSIG, int(sig), 0, 0, 0)


def tied_to_this_process(sig: signal.Signals) -> Callable[[], None] | None:
    """For Popen's `preexec_fn`: let the new process receive `sig` when this thread ends. None off Linux."""
    if _libc is None:
        return None
    parent = os.getpid()

    # Popen calls this after it has changed the user id. That matters: changing it clears the death signal.
    def tie() -> None:
        die_with_parent(sig)
        if os.getppid() != parent:
            os._exit(1)

    return tie


@dataclass(kw_only=True)
class Child:
    """One child process and how to start and stop it. Start it from a thread that lives as long as it should.

    `stop_signal` asks it to end, `grace` is how many seconds it gets; `death_signal` is what it receives
    when the parent dies. `account` is the user and group id to run as (only root may set it), `inherits` the
    open file descriptors it gets. Output is appended to `log`, or shared with the parent when `log` is None;
    with `shows_output` only its errors go to the log.
    """

    name: str
    argv: Sequence[str | Path]
    env: Mapping[str, str]
    log: Path | None
    cwd: Path | None = None
    stop_signal: signal.Signals = signal.SIGTERM
    death_signal: signal.Signals = signal.SIGKILL
    grace: float = 4.0
    account: int | None = None
    inherits: Sequence[int] = ()
    shows_output: bool = False
    _process: subprocess.Popen[bytes] | None = field(default=None, init=False, repr=False)

    def start(self) -> None:
        """Start it; what an earlier run may have left of its process group is killed first."""
        self.sweep()
        with contextlib.ExitStack() as stack:
            out = stack.enter_context(self.log.open("ab")) if self.log is not None else None
            self._process = subprocess.Popen(
                [str(part) for part in self.argv],
                env=dict(self.env),
                cwd=self.cwd,
                stdin=subprocess.DEVNULL,
                stdout=None if self.shows_output else out,
                stderr=out,
                start_new_session=True,
                pass_fds=self.inherits,
                preexec_fn=tied_to_this_process(self.death_signal),
                user=self.account,
                group=self.account,
                extra_groups=None if self.account is None else [],
            )

    @property
    def pid(self) -> int:
        """Its process id, which is also its process group's; 0 before the first start."""
        return 0 if self._process is None else self._process.pid

    @property
    def returncode(self) -> int | None:
        """None while it runs (or was never started), else its exit code; negative is a signal's number."""
        return None if self._process is None else self._process.poll()

    @property
    def alive(self) -> bool:
        """Whether it was started and has not ended."""
        return self._process is not None and self._process.poll() is None

    def send(self, sig: signal.Signals) -> None:
        """Send a signal to the child itself, not to its group; nothing when it has ended."""
        if self._process is not None:
            self._process.send_signal(sig)

    def wait(self, timeout: float) -> int | None:
        """Its exit code, or None when it still runs after `timeout` seconds."""
        if self._process is None:
            return None
        try:
            return self._process.wait(max(timeout, 0))
        except subprocess.TimeoutExpired:
            return None

    def kill(self) -> None:
        """SIGKILL the child and everything in its group, and reap it."""
        if self._process is not None:
            self._kill_group()
            self._process.wait()

    def sweep(self) -> None:
        """Kill what an ended child has left behind in its group."""
        if self._process is not None and self._process.poll() is not None:
            self._kill_group()

    def _kill_group(self) -> None:
        with contextlib.suppress(ProcessLookupError, PermissionError):
            os.killpg(self.pid, signal.SIGKILL)


def stop_all(children: Iterable[Child], *, at_most: float | None = None) -> None:
    """Ask all of them to stop at once, give each its grace (and `at_most` seconds in all), then kill."""
    running = [child for child in children if child.alive]
    began = time.monotonic()
    for child in running:
        child.send(child.stop_signal)
    for child in running:
        grace = child.grace if at_most is None else min(child.grace, at_most)
        child.wait(began + grace - time.monotonic())
    for child in children:
        child.kill()
