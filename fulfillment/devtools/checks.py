"""`make check`, `make test`, `make lint`, `make format`: every step in turn, with its seconds, one verdict.

A failing step does not keep the others from running: one run shows everything that is wrong.
"""

import argparse
import os
import re
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from urllib.parse import urlsplit

from fulfillment.devtools import chromium
from fulfillment.devtools.children import tied_to_this_process
from fulfillment.devtools.failures import CannotGoOn, run_as_command
from fulfillment.devtools.stack import ROOT
from fulfillment.devtools.with_servers import environment_for, servers

# The line pytest closes with, with or without its frame.
SUMMARY = re.compile(r"^=*\s*((?:no tests ran|\d+ [a-z]+)[^=]* in [\d.]+s\b.*?)\s*=*$")

APART = "browser or chaos or race or alone"
MANAGE = str(ROOT / "manage.py")
LINT: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("ruff check", ("ruff", "check", ".")),
    ("ruff format", ("ruff", "format", "--check", ".")),
    ("import contracts", ("importlinter", "--no-logo")),
    ("mypy", ("mypy", ".")),
)
DJANGO: tuple[tuple[str, tuple[str, ...]], ...] = (
    ("manage.py check", (MANAGE, "check")),
    ("migrations", (MANAGE, "makemigrations", "--check", "--dry-run")),
)
# Three workers on two cores: each waits for the database a fifth of its time.
FAST_TESTS = ("-m", f"not slow and not ({APART})", "-n", "3")
PARALLEL_TESTS = ("-m", f"not ({APART})", "-n", "2")
BROWSER_TESTS = ("-m", "browser", "-n", "2")
# By file: what several tests share is started once.
RACE_TESTS = ("-m", "race and not (browser or chaos)", "-n", "2", "--dist", "loadfile")
# These get the machine and its servers to themselves.
SERIAL_TESTS = ("-m", "chaos or alone")


class Run:
    """The steps of one command and how they ended."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self.environment = dict(environment)
        self.ended: list[tuple[str, bool, float]] = []
        self.summaries: list[str] = []

    def quiet(self, title: str, command: Sequence[str]) -> None:
        """Run a tool; its output is shown only when it fails."""
        print(f"{title} …", end="" if sys.stdout.isatty() else "\n", flush=True)
        began = time.monotonic()
        self._tell_end(title, self._begin(command), began)

    def migrate(self) -> "subprocess.Popen[str]":
        """Begin to migrate the servers' own database; to be ended by ``copy_for_tests``."""
        return self._begin([sys.executable, MANAGE, "migrate", "--verbosity", "0"])

    def copy_for_tests(self, migrating: "subprocess.Popen[str]") -> None:
        """Let every test database be a copy of the one just migrated, which takes a second in place of fifteen."""
        self._tell_end("migrate", migrating, time.monotonic())
        if not migrating.returncode:
            self.environment["TEST_DB_TEMPLATE"] = urlsplit(self.environment["DATABASE_URL"]).path.removeprefix("/")

    def pytest(self, title: str, arguments: Sequence[str]) -> None:
        """Run pytest, showing its output and keeping its closing line."""
        print(f"\n{title} …", flush=True)
        began = time.monotonic()
        colour = ["--color=yes"] if sys.stdout.isatty() else []
        child = self._begin([sys.executable, "-m", "pytest", *colour, *arguments])
        last = "no closing line"
        for line in child.stdout or ():
            print(line, end="", flush=True)
            if SUMMARY.match(re.sub(r"\x1b\[[\d;]*m", "", line.strip())):
                last = line.rstrip()
        self.summaries.append(f"{title}: {last}" if "=" not in last else last)
        self._note(title, child.wait() == 0, began)

    def _begin(self, command: Sequence[str]) -> "subprocess.Popen[str]":
        return subprocess.Popen(
            command,
            env=self.environment,
            cwd=ROOT,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            preexec_fn=tied_to_this_process(signal.SIGTERM),
        )

    def _tell_end(self, title: str, child: "subprocess.Popen[str]", began: float) -> None:
        output, _ = child.communicate()
        self._note(title, child.returncode == 0, began)
        if child.returncode:
            print(output.rstrip(), flush=True)

    def _note(self, title: str, passed: bool, began: float) -> None:
        seconds = time.monotonic() - began
        self.ended.append((title, passed, seconds))
        start_of_line = "\r\033[K" if sys.stdout.isatty() else ""
        print(f"{start_of_line}{title}: {'passed' if passed else 'FAILED'}, {seconds:.1f} s", flush=True)

    def verdict(self) -> int:
        """Print all steps and pytest's closing lines again; 0 when everything passed."""
        failed = [title for title, passed, _ in self.ended if not passed]
        print("\n" + " · ".join(f"{title} {seconds:.0f} s" for title, _, seconds in self.ended))
        print(f"Failed: {', '.join(failed)}." if failed else "Everything passed.")
        for summary in self.summaries:
            print(summary)
        sys.stdout.flush()
        return 1 if failed else 0


def tools(run: Run, steps: Sequence[tuple[str, tuple[str, ...]]]) -> None:
    """Run the tools of this environment one after the other."""
    for title, (name, *arguments) in steps:
        # import-linter has no module to run; its script stands beside this Python.
        script = str(Path(sys.executable).with_name("lint-imports"))
        command = [script] if name == "importlinter" else [sys.executable, *_as_module(name)]
        run.quiet(title, [*command, *arguments])


def with_tools(run: Run) -> None:
    """All tools, and beside them the database that the tests copy; a server of one's own is left as it is."""
    if "DATABASE_URL" in os.environ:
        tools(run, LINT + DJANGO)
        return
    migrating = run.migrate()
    tools(run, LINT + DJANGO)
    run.copy_for_tests(migrating)


def _as_module(name: str) -> list[str]:
    return [name] if name == MANAGE else ["-m", name]


def check() -> int:
    """The inner loop."""
    with servers() as urls:
        run = Run(environment_for(urls))
        with_tools(run)
        run.pytest("Fast tests", FAST_TESTS)
    return run.verdict()


def test() -> int:
    """Everything, browser and kill tests included."""
    with tempfile.TemporaryDirectory(prefix="fulfillment-apt-") as folder:
        browser = chromium.ensure(Path(folder) / "apt.log")
    with servers() as urls:
        run = Run({**environment_for(urls), "CHROMIUM": browser})
        with_tools(run)
        run.pytest("Tests in parallel", PARALLEL_TESTS)
        run.pytest("Browser tests", BROWSER_TESTS)
        run.pytest("Race tests", RACE_TESTS)
        run.pytest("Kill tests and those alone", SERIAL_TESTS)
    return run.verdict()


def lint() -> int:
    """Linters, types and contracts; no server is started."""
    run = Run(
        environment_for({"DATABASE_URL": "postgres://nobody@127.0.0.1:1/none", "REDIS_URL": "redis://127.0.0.1:1"})
    )
    tools(run, LINT)
    return run.verdict()


def format_code() -> int:
    """Apply the formatter and the linter's safe fixes."""
    run = Run(os.environ)
    tools(run, (("ruff format", ("ruff", "format", ".")), ("ruff check", ("ruff", "check", "--fix", "."))))
    return run.verdict()


COMMANDS = {"check": check, "test": test, "lint": lint, "format": format_code}


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the steps."""
    parser = argparse.ArgumentParser(prog="checks", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("command", choices=COMMANDS)
    parsed = parser.parse_args(arguments)
    if sys.prefix == sys.base_prefix:
        raise CannotGoOn("Run this through make: it needs the environment that make builds.")
    return run_as_command(COMMANDS[parsed.command])


if __name__ == "__main__":
    sys.exit(main())
