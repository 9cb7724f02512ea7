"""Saying what goes on: one line per step, with its seconds."""

import re
import sys
import time
from pathlib import Path
from types import TracebackType

# The last line of a Python traceback: "package.module.SomeError: words".
ERROR_LINE = re.compile(r"[\w.]*(Error|Exception|Configured)(: |$)")


class Step:
    """A step's line: its title at once, the seconds when it ends.

    On a terminal the seconds count up on the line whenever `show` is called; elsewhere `show` adds a line
    every ten seconds.
    """

    def __init__(self, title: str) -> None:
        self.title = title
        self.began = self.shown = time.monotonic()

    def __enter__(self) -> "Step":
        self._write(f"{self.title} …", end="" if sys.stdout.isatty() else "\n")
        return self

    def show(self) -> None:
        """Let the watcher see that the step is alive; call it as often as you like."""
        now = time.monotonic()
        if now - self.shown >= (0.5 if sys.stdout.isatty() else 10):
            self.shown = now
            self._write(f"{self.title} … {now - self.began:.0f} s", end="" if sys.stdout.isatty() else "\n")

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        seconds = time.monotonic() - self.began
        if kind is None:
            self._write(f"{self.title}: {seconds:.1f} s", end="\n")
        elif sys.stdout.isatty():
            print(flush=True)

    def _write(self, text: str, *, end: str) -> None:
        print(("\r\033[K" if sys.stdout.isatty() else "") + text, end=end, flush=True)


def last_words(log: Path | None) -> str:
    """What a failed program's log says last, as one short sentence that names the log."""
    if log is None or not log.exists():
        return "it left no log."
    lines = [line.strip() for line in log.read_text(errors="replace").splitlines()[-50:] if line.strip()]
    if any("No space left on device" in line for line in lines):
        return "the disk is full, so free some space and start again."
    errors = [line for line in lines if ERROR_LINE.match(line)]
    said = (errors or lines or ["it said nothing"])[-1].rstrip(".")[-300:]
    return f"{said} (log: {log})."
