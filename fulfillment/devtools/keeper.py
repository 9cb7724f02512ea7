"""Starting again what dies: a child that ends unasked comes back after a pause that grows while it keeps dying."""

import signal
import time
from dataclasses import dataclass

from fulfillment.devtools.failures import CannotGoOn
from fulfillment.devtools.stack import Stack

FIRST_PAUSE, LONGEST_PAUSE = 0.5, 15.0
SETTLED_AFTER = 30.0


@dataclass
class _Record:
    pause: float = FIRST_PAUSE
    started: float = 0.0
    due: float | None = None


class Keeper:
    """Watches the children of a stack, except one-shot commands."""

    def __init__(self, stack: Stack) -> None:
        self.stack = stack
        self.records = {name: _Record(started=time.monotonic()) for name in stack.relaunch}

    def look(self) -> bool:
        """Notice deaths, say them, start again what is due; whether any process id has changed."""
        changed = False
        now = time.monotonic()
        for name, record in self.records.items():
            child = self.stack.children[name]
            if child.alive:
                continue
            if record.due is None:
                if now - record.started > SETTLED_AFTER:
                    record.pause = FIRST_PAUSE
                record.due = now + record.pause
                changed = True
                print(f"{name} ended ({how(child.returncode)}); starting it again in {record.pause:g} s.", flush=True)
                record.pause = min(record.pause * 2, LONGEST_PAUSE)
            elif now >= record.due:
                record.due, record.started = None, now
                try:
                    self.stack.relaunch[name]()
                except (CannotGoOn, OSError) as error:  # the system lives on without it; the next look tries again
                    print(f"{name} did not start: {error}", flush=True)
                changed = True
        return changed


def how(returncode: int | None) -> str:
    """A return code in words: "exit code 1", or the signal's name."""
    if returncode is not None and returncode < 0:
        return signal.Signals(-returncode).name
    return f"exit code {returncode}"
