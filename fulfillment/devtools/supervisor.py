"""`make demo`: start the whole system over `.demo/`, keep it running, stop it without leaving anything behind.

Facts for other programs stand in `.demo/demo.json`, which appears when the system is ready.
"""

import argparse
import contextlib
import fcntl
import hashlib
import json
import os
import shutil
import signal
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from types import FrameType
from typing import Any, NoReturn

from fulfillment.devtools.binaries import account_to_drop_to, can_reach, shared_folder
from fulfillment.devtools.children import Child, die_with_parent
from fulfillment.devtools.failures import CannotGoOn, run_as_command
from fulfillment.devtools.keeper import Keeper
from fulfillment.devtools.ports import is_free
from fulfillment.devtools.progress import Step, last_words
from fulfillment.devtools.stack import ROOT, Memory, Stack, write_private

FOLDER = ROOT / ".demo"
NEEDED_MB = 400
LONG_LOG = 20 * 2**20  # bytes; a longer log of earlier starts is put aside, and the one before it forgotten
SLICE = "the slice"


class Stopped(BaseException):
    """The user asked to stop; not an error, so nothing that handles errors may swallow it."""


class Demo:
    """One run of the demo, from the first step to the last child's end."""

    def __init__(self, folder: Path, options: Mapping[str, str]) -> None:
        self.folder = folder
        self.facts_file = folder / "demo.json"
        self.memory_file = folder / "memory.json"
        self.credentials_file = folder / "credentials.json"
        self.play_wanted = options.get("PLAY", "1") not in ("0", "no", "false")
        self.csv = _existing_file(options.get("FULL", ""))
        self.source: tuple[str | Path, ...] = ("--csv", self.csv) if self.csv else ()
        web_port = _free_port_asked_for(options.get("PORT", ""))
        self.memory = Memory.of(self.memory_file)
        try:
            self.stack = Stack(
                folder,
                database_folder=database_folder(folder),
                environment=os.environ,
                memory=self.memory,
                web_port=web_port,
            )
        except PermissionError:
            raise CannotGoOn(f"This account may not use port {web_port}: choose a PORT above 1023.") from None
        self.stopping = False
        self.facts: dict[str, Any] = {}

    def run(self) -> None:
        """Start, play, keep, until somebody asks to stop."""
        self.facts_file.unlink(missing_ok=True)  # its appearance means: ready
        for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP):
            signal.signal(number, self._ask_to_stop)
        try:
            self._start()
            self._play_and_keep()
        except Stopped:
            pass
        finally:
            with Step("Stopping"):
                self.stack.stop()
            if self.facts:
                write_private(self.facts_file, {**self.facts, "pids": {}})

    def _ask_to_stop(self, number: int, frame: FrameType | None) -> None:
        self.stopping = True

    def _tick(self, seconds: float = 0.2) -> None:
        if self.stopping:
            raise Stopped
        time.sleep(seconds)

    def _start(self) -> None:
        with Step("Starting PostgreSQL and Valkey"):
            self.stack.start_servers()
            self.memory.keep(self.memory_file)
        self._tick(0)
        self._run_once("Bringing the database up to date", "migrate", "migrate", "--noinput")
        bare = [] if self.play_wanted else ["--without-orders"]
        self._run_once("Seeding", "seed_demo", "seed_demo", "--credentials", self.credentials_file, *self.source, *bare)
        with Step("Starting web server, workers, relay and mail sink") as step:
            self.stack.start_apps()
            deadline = time.monotonic() + 90
            while not self.stack.is_ready():
                self._tick()
                step.show()
                for child in self.stack.children.values():
                    if not child.alive:
                        raise CannotGoOn(f"{child.name} ended while starting: {last_words(child.log)}")
                if time.monotonic() > deadline:
                    raise CannotGoOn(f"The web server is not ready after 90 seconds: see {self.stack.logs}.")
        self._write_facts()
        print(table(self.facts, self.stack), flush=True)

    def _run_once(self, title: str, name: str, *command: str | Path) -> None:
        child = self.stack.manage(name, *command)
        with Step(title) as step:
            child.start()
            try:
                while child.wait(0.1) is None:
                    self._tick(0)
                    step.show()
            finally:
                child.kill()
            if child.returncode:
                raise CannotGoOn(f"{title} failed: {last_words(child.log)}")

    def _write_facts(self) -> None:
        self.credentials_file.chmod(0o600)
        credentials = json.loads(self.credentials_file.read_text())
        self.facts = {
            "base_url": self.stack.base_url,
            "api_key": credentials["api_key"],
            "api_key_reject": credentials["api_key_reject"],
            "database_url": self.stack.environment["DATABASE_URL"],
            "redis_url": self.stack.environment["REDIS_URL"],
            "users": credentials["users"],
            "mail_dir": str(self.stack.mail),
            "pids": self.stack.pids(),
        }
        write_private(self.facts_file, self.facts)

    def _play_and_keep(self) -> None:
        play = self._play()
        keeper = Keeper(self.stack)
        while True:
            self._tick()
            if keeper.look():
                self.facts["pids"] = self.stack.pids()
                write_private(self.facts_file, self.facts)
            if play is not None and not play.alive:
                play.sweep()
                self._note_end_of(play)
                play = None

    def _play(self) -> Child | None:
        played = str(self.csv or SLICE)
        if not self.play_wanted:
            return None
        if played in self.memory.played:
            print("The orders were played on an earlier start; `make demo-reset` begins afresh.\n", flush=True)
            return None
        where = ("--credentials", self.credentials_file, "--mail", self.stack.mail)
        play = self.stack.manage("play", "play_demo", *where, *self.source)
        play.shows_output = True
        self.stack.children["play"] = play
        play.start()
        return play

    def _note_end_of(self, play: Child) -> None:
        del self.stack.children["play"]
        if play.returncode == 0:
            self.memory.played.append(str(self.csv or SLICE))
            self.memory.keep(self.memory_file)
            print(f"\nPlayed. The system keeps running on {self.stack.base_url}; Ctrl-C stops it.", flush=True)
        else:
            why = last_words(play.log)
            print(f"\nPlaying the orders ended early: {why} The system keeps running.", flush=True)


def database_folder(folder: Path) -> Path:
    """Where PostgreSQL's data goes: below `folder`, unless its account cannot get there."""
    inside = folder / "pgdata"
    if can_reach(inside, account_to_drop_to()) or can_reach(folder, account_to_drop_to()):
        return inside
    return shared_folder() / f"data-{hashlib.sha256(str(folder).encode()).hexdigest()[:16]}" / "pgdata"


def table(facts: Mapping[str, Any], stack: Stack) -> str:
    """The facts for a person, as one table."""
    rows = [
        ("Dashboard", f"{facts['base_url']}/"),
        ("API", f"{facts['base_url']}/api/v1/"),
        *((f"Login: {user['role']}", f"{user['username']} / {user['password']}") for user in facts["users"]),
        ("API key, shop that backorders", facts["api_key"]),
        ("API key, shop that rejects", facts["api_key_reject"]),
        ("Mails", f"{facts['mail_dir']}{os.sep}*.eml" if stack.own_smtp else "sent to your EMAIL_URL"),
        ("PostgreSQL", facts["database_url"]),
        ("Valkey", facts["redis_url"]),
        ("Logs", str(stack.logs)),
        ("All this for programs", str(stack.folder / "demo.json")),
    ]
    width = max(len(name) for name, _ in rows)
    lines = "\n".join(f"  {name:<{width}}  {value}" for name, value in rows)
    return f"\nFulfillment is running. Ctrl-C stops it.\n\n{lines}\n"


@contextlib.contextmanager
def only_one(folder: Path) -> Iterator[None]:
    """Refuse while another process runs or resets this folder's demo."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / "lock").open("a") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise CannotGoOn(
                "This folder's demo is running already: stop it first, with Ctrl-C in its terminal."
            ) from None
        yield


def reset(folder: Path) -> None:
    """Forget everything the demo has kept."""
    if folder.exists():
        with only_one(folder):
            elsewhere = database_folder(folder)
            shutil.rmtree(folder)
            if not elsewhere.is_relative_to(folder):
                shutil.rmtree(elsewhere.parent, ignore_errors=True)
    print("The demo's data is gone.")


def start(folder: Path) -> None:
    """Run the demo until it is stopped."""
    with only_one(folder):
        free = shutil.disk_usage(folder).free // 2**20
        if free < NEEDED_MB:
            raise CannotGoOn(f"The disk is nearly full: {free} MB are free and about {NEEDED_MB} MB are needed.")
        data = database_folder(folder)
        if not data.is_relative_to(folder):
            print(f"PostgreSQL's data goes to {data.parent}, because its account cannot enter {folder.parent}.")
            data.parent.mkdir(parents=True, exist_ok=True)
        demo = Demo(folder, os.environ)
        for log in demo.stack.logs.glob("*.log"):
            if log.stat().st_size > LONG_LOG:
                log.replace(log.with_suffix(".log.old"))
        demo.run()


def _existing_file(name: str) -> Path | None:
    if not name:
        return None
    file = Path(name).expanduser().absolute()
    if not file.is_file():
        raise CannotGoOn(f"There is no file {name} to play (FULL={name}).")
    return file


def _free_port_asked_for(text: str) -> int | None:
    if not text:
        return None
    if not text.isdigit() or not 0 < int(text) < 65536:
        raise CannotGoOn(f"PORT has to be a number from 1 to 65535, and it is {text}.")
    if not is_free(int(text)):
        raise CannotGoOn(f"Port {text} is taken by another program: choose another PORT, or leave PORT out.")
    return int(text)


def main(arguments: Sequence[str] | None = None) -> NoReturn:
    """Parse the command line; run the demo or reset it."""
    parser = argparse.ArgumentParser(prog="make demo", description=(__doc__ or "").split("\n")[0])
    parser.add_argument("--reset", action="store_true", help="forget the demo's data instead of starting")
    parser.add_argument("--stop-with-parent", action="store_true", help="stop when the starting process dies")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where to keep everything (default .demo)")
    parsed = parser.parse_args(arguments)
    if parsed.stop_with_parent:
        die_with_parent(signal.SIGTERM)
    folder = parsed.folder.absolute()

    def body() -> int:
        reset(folder) if parsed.reset else start(folder)
        return 0

    sys.exit(run_as_command(body, details=folder / "logs" / "supervisor.log"))


if __name__ == "__main__":
    main()
