"""The whole running system as child processes: what there is, how each part starts, in which order all stop."""

import json
import os
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from fulfillment.devtools.binaries import account_to_drop_to, can_reach
from fulfillment.devtools.children import Child, stop_all
from fulfillment.devtools.embedded import Postgres, Valkey, new_password
from fulfillment.devtools.ports import LOOPBACK, free_port, is_listening, listen, wait_until_listening

ROOT = Path(__file__).resolve().parents[2]

# What stops together, in this order, and the seconds each stage gets before it is killed. Whatever writes
# stops before what it writes to; the servers get all the time that is left.
STOPPING: tuple[tuple[tuple[str, ...], float], ...] = (
    (("play",), 1.0),
    (("web",), 2.0),
    (("worker_mail", "worker_stock"), 3.0),
    (("beat", "relay"), 1.0),
    (("smtp",), 0.5),
    (("valkey",), 1.0),
    (("postgres",), 8.0),
)
STOPPING_IN_ALL = 9.0


@dataclass(kw_only=True)
class Memory:
    """What a stack's folder remembers from one start to the next: its secrets and its ports."""

    secret_key: str = field(default_factory=lambda: new_password() + new_password())
    postgres_password: str = field(default_factory=new_password)
    valkey_password: str = field(default_factory=new_password)
    ports: dict[str, int] = field(default_factory=dict)
    played: list[str] = field(default_factory=list)

    @classmethod
    def of(cls, file: Path) -> "Memory":
        """Read it, or begin a new one."""
        return cls(**json.loads(file.read_text())) if file.exists() else cls()

    def keep(self, file: Path) -> None:
        """Write it, readable for its owner only."""
        write_private(file, vars(self))


class Stack:
    """The system over one folder. Start its parts in this order: servers, `migrate`, others, `apps`.

    `environment` may name servers of the user's own (DATABASE_URL, REDIS_URL, EMAIL_URL); those are used
    and not started. OSError when `web_port` is given and taken. Use it from one thread that lives as long as
    the system should: the kernel ends the children with the thread that started them.
    """

    def __init__(
        self,
        folder: Path,
        *,
        database_folder: Path | None = None,
        environment: Mapping[str, str],
        memory: Memory,
        web_port: int | None = None,
        durable: bool = True,
    ) -> None:
        self.folder = folder
        self.mail = folder / "mail"
        self.logs = folder / "logs"
        for needed in (folder, self.mail, self.logs):
            needed.mkdir(parents=True, exist_ok=True)
        if not can_reach(folder / "x", account_to_drop_to()):
            folder.chmod(folder.stat().st_mode | 0o011)
        ports = {name: free_port(memory.ports.get(name)) for name in ("postgres", "valkey", "smtp")}
        # Held from here on: nobody can take the port while the database is prepared, and a client that comes
        # while the web server starts again waits instead of being refused.
        self.web_socket = listen(web_port or free_port(memory.ports.get("web"), 8000))
        self.web_port = ports["web"] = int(self.web_socket.getsockname()[1])
        memory.ports = ports
        self.smtp_port = ports["smtp"]
        self.base_url = f"http://{LOOPBACK}:{self.web_port}"
        self.postgres: Postgres | None = None
        self.valkey: Valkey | None = None
        urls = {"PUBLIC_URL": self.base_url}
        if not environment.get("DATABASE_URL"):
            self.postgres = Postgres(
                data=database_folder or folder / "pgdata",
                port=ports["postgres"],
                password=memory.postgres_password,
                log=self.logs / "postgres.log",
                durable=durable,
                shared_buffers="256MB" if durable else "128MB",
            )
            urls["DATABASE_URL"] = self.postgres.url
        if not environment.get("REDIS_URL"):
            self.valkey = Valkey(
                data=folder / "valkey",
                port=ports["valkey"],
                password=memory.valkey_password,
                log=self.logs / "valkey.log",
                durable=durable,
            )
            urls["REDIS_URL"] = self.valkey.url
        self.own_smtp = not environment.get("EMAIL_URL")
        if self.own_smtp:
            urls["EMAIL_URL"] = f"smtp://{LOOPBACK}:{self.smtp_port}"
        self.environment = {
            "DJANGO_SETTINGS_MODULE": "fulfillment.settings",
            "SECRET_KEY": memory.secret_key,
            "WEBHOOK_ALLOW_PRIVATE": "1",  # a shop to try with stands on this machine, too
            **environment,
            **urls,
            "PYTHONUNBUFFERED": "1",
            # Celery then takes SIGTERM as the request for its soft shutdown.
            "REMAP_SIGTERM": "SIGQUIT",
        }
        self.children: dict[str, Child] = {}
        # How to start each child again without waiting for it.
        self.relaunch: dict[str, Callable[[], None]] = {}
        for server in (self.postgres, self.valkey):
            if server is not None:
                self._add(server.child, server.launch)
        for child in self._apps():
            self._add(child, child.start)

    def _add(self, child: Child, relaunch: Callable[[], None]) -> None:
        self.children[child.name] = child
        self.relaunch[child.name] = relaunch

    def python(self, name: str, *arguments: str | Path, log: Path | None = None, grace: float = 4.0) -> Child:
        """A child that runs this Python with the stack's environment; its log is logs/NAME.log."""
        return Child(
            name=name,
            argv=[sys.executable, *arguments],
            env=self.environment,
            log=log or self.logs / f"{name}.log",
            cwd=ROOT,
            grace=grace,
        )

    def manage(self, name: str, *arguments: str | Path) -> Child:
        """A one-shot `manage.py` command; its statements may take as long as they need."""
        child = self.python(name, ROOT / "manage.py", *arguments)
        child.env = {**self.environment, "DB_STATEMENT_TIMEOUT_MS": "0", "DB_LOCK_TIMEOUT_MS": "10000"}
        return child

    def _apps(self) -> list[Child]:
        gunicorn = (
            *("-m", "gunicorn", "fulfillment.wsgi", "--bind", f"fd://{self.web_socket.fileno()}"),
            *("--worker-class", "gthread", "--workers", "2", "--threads", "4", "--preload"),
            *("--graceful-timeout", "2", "--timeout", "60", "--no-control-socket"),
        )
        web = self.python("web", *gunicorn)
        web.inherits = [self.web_socket.fileno()]
        worker = (*("-m", "celery", "-A", "fulfillment", "worker", "--loglevel", "WARNING"),)
        quiet = ("--without-gossip", "--without-mingle", "--concurrency", "2")
        sink = ("-m", "fulfillment.devtools.smtp_sink", "--port", str(self.smtp_port), "--folder", self.mail)
        beat = (
            *("-m", "celery", "-A", "fulfillment", "beat", "--loglevel", "WARNING"),
            *("--schedule", self.folder / "beat-schedule", "--pidfile", ""),
        )
        return [
            *([self.python("smtp", *sink)] if self.own_smtp else []),
            web,
            self.python("worker_mail", *worker, "-Q", "mail", "-n", "mail@%h", *quiet),
            self.python("worker_stock", *worker, "-Q", "stock,webhook,bulk", "-n", "stock@%h", *quiet),
            self.python("beat", *beat),
            self.python("relay", ROOT / "manage.py", "relay"),
        ]

    def start_servers(self) -> None:
        """Start what is ours of PostgreSQL and Valkey, and wait for both."""
        for server in (self.postgres, self.valkey):
            if server is not None:
                server.start()

    def start_apps(self) -> None:
        """Start everything but the servers, without waiting (see `is_ready`)."""
        for name, child in self.children.items():
            if name not in ("postgres", "valkey"):
                child.start()

    def is_ready(self) -> bool:
        """Whether the web server says it can take requests and the mail sink listens."""
        if self.own_smtp and not is_listening(self.smtp_port):
            return False
        try:
            with urllib.request.urlopen(f"{self.base_url}/readyz", timeout=1) as answer:
                return bool(answer.status == 200)
        except (OSError, urllib.error.URLError):
            return False

    def wait_for_server(self, name: str, *, timeout: float = 30) -> bool:
        """Wait until postgres, valkey, smtp or web listens on its port; whether it does."""
        ports = {"smtp": self.smtp_port, "web": self.web_port}
        if self.postgres is not None:
            ports["postgres"] = self.postgres.port
        if self.valkey is not None:
            ports["valkey"] = self.valkey.port
        return name not in ports or wait_until_listening(ports[name], timeout=timeout)

    def pids(self) -> dict[str, int]:
        """Name → process id of every child that runs."""
        return {name: child.pid for name, child in self.children.items() if child.alive}

    def stop(self) -> None:
        """Stop every child in the sane order, all within ten seconds, and leave nothing behind."""
        deadline = time.monotonic() + STOPPING_IN_ALL
        for names, grace in STOPPING:
            stage = [self.children[name] for name in names if name in self.children]
            for child in stage:
                child.grace = grace
            stop_all(stage, at_most=max(deadline - time.monotonic(), 0.2))
            if "web" in names:
                self.web_socket.close()


def write_private(file: Path, content: Mapping[str, object]) -> None:
    """Replace a JSON file in one step, readable for its owner only."""
    unfinished = file.with_name(file.name + ".part")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "w") as out:
        json.dump(content, out, indent=2)
        out.write("\n")
    unfinished.replace(file)
