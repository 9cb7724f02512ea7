"""Run a command with servers of its own: `python -m fulfillment.devtools.with_servers -- CMD…`.

PostgreSQL and Valkey live in a temporary folder and end with the command; the command's exit code is
returned. A server whose URL stands in the environment already (DATABASE_URL, REDIS_URL) is used instead.
"""

import argparse
import contextlib
import os
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType

from fulfillment.devtools.children import tied_to_this_process
from fulfillment.devtools.embedded import Postgres, Valkey, new_password, scratch_folder
from fulfillment.devtools.failures import CannotGoOn, run_as_command
from fulfillment.devtools.ports import free_port

# What the settings require of every environment, with values fit only for servers that die with the command.
TEST_ENVIRONMENT = {
    "DJANGO_SETTINGS_MODULE": "fulfillment.settings",
    "SECRET_KEY": "for-tests-only-0123456789abcdefghijklmnopqrstuvwxyz",
    # A test lies in one transaction, idle while Python loads and draws: ten seconds of that are no fault of it.
    "DB_IDLE_TIMEOUT_MS": "60000",
}


@contextlib.contextmanager
def servers(*, durable: bool = False, given: Mapping[str, str] | None = None) -> Iterator[dict[str, str]]:
    """Start what `given` (the environment) does not name and yield the variables that point at the servers.

    Call it from the main thread: the servers end with the thread that started them.
    """
    given = os.environ if given is None else given
    urls = {name: given[name] for name in ("DATABASE_URL", "REDIS_URL") if given.get(name)}
    with contextlib.ExitStack() as stack:
        folder: Path | None = None
        if len(urls) < 2:
            folder = scratch_folder("fulfillment-")
            stack.callback(shutil.rmtree, folder, ignore_errors=True)
        if folder and "DATABASE_URL" not in urls:
            postgres = Postgres(
                data=folder / "pgdata",
                port=free_port(),
                password=new_password(),
                log=folder / "postgres.log",
                durable=durable,
                idle_in_transaction="60s",
            )
            stack.callback(postgres.stop)
            postgres.start()
            urls["DATABASE_URL"] = postgres.url
        if folder and "REDIS_URL" not in urls:
            valkey = Valkey(
                data=folder / "valkey",
                port=free_port(),
                password=new_password(),
                log=folder / "valkey.log",
                durable=durable,
            )
            stack.callback(valkey.stop)
            valkey.start()
            urls["REDIS_URL"] = valkey.url
        yield urls


def environment_for(urls: Mapping[str, str]) -> dict[str, str]:
    """The caller's environment with the servers' URLs, and the test values for what it leaves open."""
    return TEST_ENVIRONMENT | dict(os.environ) | dict(urls)


def run_with_servers(command: Sequence[str], *, durable: bool = False) -> int:
    """Run the command with its servers and return its exit code (128 + n when signal n ended it).

    The command shares the terminal, so a debugger prompt inside it works.
    """
    with servers(durable=durable) as urls:
        try:
            child = subprocess.Popen(
                command, env=environment_for(urls), preexec_fn=tied_to_this_process(signal.SIGTERM)
            )
        except FileNotFoundError:
            raise CannotGoOn(f"There is no command called {command[0]}.") from None

        def pass_on(number: int, frame: FrameType | None) -> None:
            # A Ctrl-C in a terminal has reached the command already.
            if number != signal.SIGINT or not sys.stdin.isatty():
                child.send_signal(number)

        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, pass_on)
        try:
            code = child.wait()
        finally:
            child.kill()
    return code if code >= 0 else 128 - code


def main(arguments: Sequence[str] | None = None) -> int:
    """Parse the command line and run the command."""
    parser = argparse.ArgumentParser(prog="with_servers", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--keep-fsync", action="store_true", help="let PostgreSQL and Valkey write safely to disk")
    parser.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD…")
    parsed = parser.parse_args(arguments)
    command = parsed.command[1:] if parsed.command[:1] == ["--"] else parsed.command
    if not command:
        parser.error("give a command after --")
    return run_as_command(lambda: run_with_servers(command, durable=parsed.keep_fsync))


if __name__ == "__main__":
    sys.exit(main())
