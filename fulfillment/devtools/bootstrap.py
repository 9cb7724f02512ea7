"""The first step of every `make` command: build `.venv` from the pinned requirements, then go on inside it.

Runs on the machine's bare Python, so it imports nothing but the standard library, and nothing in it before
the version check needs a Python newer than 3.6 (its grammar included: an old Python reads the whole file).
It is a script: `python3 fulfillment/devtools/bootstrap.py demo`.
"""
# ruff: noqa: E402

import os
import shutil
import sys

OLDEST = (3, 11)

if sys.version_info < OLDEST:
    # A newer Python may be installed beside the default one.
    for _minor in range(14, OLDEST[1] - 1, -1):
        _other = shutil.which("python3.%d" % _minor)  # noqa: UP031
        if _other and "FULFILLMENT_PYTHON_TRIED" not in os.environ:
            os.environ["FULFILLMENT_PYTHON_TRIED"] = "1"
            os.execv(_other, [_other] + sys.argv)  # noqa: RUF005
    sys.exit(
        "Python 3.11 or newer is needed and this is %d.%d: "  # noqa: UP031
        "install one, or name it, as in `make demo PYTHON=python3.12`." % sys.version_info[:2]
    )

import atexit
import errno
import fcntl
import hashlib
import importlib.util
import json
import re
import signal
import subprocess
import time
from pathlib import Path
from typing import NoReturn

ROOT = Path(__file__).resolve().parents[2]
VENV = ROOT / ".venv"
VENV_PYTHON = VENV / "bin" / "python"
STAMP = VENV / "installed.json"
LOG = VENV / "install.log"
NEEDED_MB = 900  # the tests' environment, with Playwright's driver, and room for pip to unpack

# what to install, and what to run in the environment afterwards
COMMANDS: dict[str, tuple[str, list[str]]] = {
    "demo": ("requirements-demo.txt", ["-m", "fulfillment.devtools.supervisor"]),
    "demo-reset": ("", []),
    "test": ("requirements-dev.txt", ["-m", "fulfillment.devtools.checks", "test"]),
    "check": ("requirements-dev.txt", ["-m", "fulfillment.devtools.checks", "check"]),
    "lint": ("requirements-dev.txt", ["-m", "fulfillment.devtools.checks", "lint"]),
    "format": ("requirements-dev.txt", ["-m", "fulfillment.devtools.checks", "format"]),
    "bench": ("requirements-dev.txt", ["-m", "benchmarks"]),
    "bench-stock": ("requirements-dev.txt", ["-m", "benchmarks.stock"]),
    "bench-orders": ("requirements-dev.txt", ["-m", "benchmarks.orders"]),
    "install": ("requirements-dev.txt", []),
}


class CannotInstall(Exception):
    """Its text is one sentence for the person who typed the command."""


def fingerprint(requirements: Path) -> str:
    """A hash of a requirements file, of the files it includes, and of the Python they are for."""
    digest = hashlib.sha256("{}.{}".format(*sys.version_info[:2]).encode())
    waiting = [requirements]
    while waiting:
        text = waiting.pop(0).read_text()
        digest.update(text.encode())
        waiting += [requirements.parent / name for name in re.findall(r"^-r (\S+)", text, re.MULTILINE)]
    return digest.hexdigest()


def installed() -> dict[str, str]:
    """What the stamp in the environment says: requirements file → fingerprint."""
    try:
        stamp = json.loads(STAMP.read_text())
    except (OSError, ValueError):
        return {}
    return stamp if isinstance(stamp, dict) else {}


def is_up_to_date(name: str) -> bool:
    """Whether the environment holds what this requirements file asks for."""
    return installed().get(name) == fingerprint(ROOT / name) and works()


def works() -> bool:
    """Whether the environment's Python starts and is new enough (its base may have been moved)."""
    test = "import sys, pip; sys.exit(sys.version_info < (3, 11))"
    try:
        return subprocess.run([VENV_PYTHON, "-c", test], capture_output=True).returncode == 0
    except OSError:
        return False


def install(name: str) -> None:
    """Bring `.venv` up to date with one requirements file; only one process at a time does it."""
    if is_up_to_date(name):
        return
    with open(ROOT / ".venv.lock", "w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            say("Waiting for another installation in this folder …")
            fcntl.flock(lock, fcntl.LOCK_EX)
        if is_up_to_date(name):
            return
        free = shutil.disk_usage(ROOT).free // 2**20
        if not works():
            if free < NEEDED_MB:
                raise CannotInstall(f"The disk is nearly full: {free} MB are free and about {NEEDED_MB} MB are needed.")
            make_environment()
        run_pip(name)
        stamp = installed() | {name: fingerprint(ROOT / name)}
        if name == "requirements-dev.txt":  # it includes the smaller set
            stamp["requirements-demo.txt"] = fingerprint(ROOT / "requirements-demo.txt")
        STAMP.write_text(json.dumps(stamp))


def make_environment() -> None:
    """Make a fresh `.venv`."""
    if importlib.util.find_spec("venv") is None or importlib.util.find_spec("ensurepip") is None:
        version = "{}.{}".format(*sys.version_info[:2])
        raise CannotInstall(
            f"This Python cannot make virtual environments: install its venv module "
            f"(Debian and Ubuntu: apt-get install python{version}-venv) and start again."
        )
    say("Making .venv …")
    done = subprocess.run(
        [sys.executable, "-m", "venv", "--clear", str(VENV)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    if done.returncode:
        raise CannotInstall(f"Making .venv failed: {reason(done.stdout)}")


def run_pip(name: str) -> None:
    """Install one requirements file with pip, showing how far it is."""
    wanted = sum(
        len(re.findall(r"^[A-Za-z]", path.read_text(), re.MULTILINE)) for path in ROOT.glob("requirements*.txt")
    )
    command = [
        *(str(VENV_PYTHON), "-m", "pip", "install", "--disable-pip-version-check", "--no-input"),
        # Ready-built wheels only: nobody should need a compiler, or wait for one.
        *("--only-binary", ":all:", "--progress-bar", "off", "-r", str(ROOT / name)),
    ]
    began = shown = time.monotonic()
    output: list[str] = []
    seen = 0
    with open(LOG, "w") as log:
        pip = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, bufsize=1)
        atexit.register(pip.kill)  # also when this process is told to end
        for line in pip.stdout or ():
            log.write(line)
            output.append(line)
            seen += line.startswith(("Collecting ", "Requirement already satisfied: "))
            unpacking = line.startswith("Installing collected")
            now = time.monotonic()
            if unpacking or now - shown > (0.2 if sys.stdout.isatty() else 5):
                shown = now
                step = "unpacking, about half a minute" if unpacking else f"{seen} looked at"
                say(f"Installing packages ({wanted} pinned, {step}, {now - began:.0f} s) …", again=True)
        pip.wait()
    if pip.returncode:
        raise CannotInstall(f"Installing the packages failed: {reason(''.join(output))} Full log: {LOG}.")
    say(f"Installed the packages of {name} in {time.monotonic() - began:.0f} s.", again=True, last=True)


def reason(output: str) -> str:
    """The one sentence behind pip's or venv's output."""
    if "No space left on device" in output:
        return "the disk is full, so free some space and start again."
    missing = re.search(r"No matching distribution found for (\S+)", output)
    unreachable = re.search(
        r"NewConnectionError|Name or service not known|Temporary failure in name|ConnectTimeout", output
    )
    if unreachable:
        return "the package index cannot be reached, so check the network or set PIP_INDEX_URL."
    if missing:
        version = "{}.{}".format(*sys.version_info[:2])
        hint = "" if sys.version_info[:2] == OLDEST else ", so try another one (PYTHON=python3.11)"
        return f"there is no ready-built package {missing[1]} for this machine and Python {version}{hint}."
    if "Permission denied" in output:
        return f"{VENV} may not be written by this account."
    errors = [line for line in output.splitlines() if line.startswith("ERROR")] or output.splitlines()
    return errors[-1].removeprefix("ERROR: ").strip() if errors else "it said nothing."


def say(text: str, *, again: bool = False, last: bool = False) -> None:
    """Print progress; on a terminal `again` overwrites the line before."""
    if sys.stdout.isatty() and again:
        print("\r\033[K" + text, end="\n" if last else "", flush=True)
    else:
        print(text, flush=True)


def become(arguments: list[str]) -> NoReturn:
    """Replace this process by the environment's Python, so that signals need no passing on."""
    os.chdir(ROOT)
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONHOME", "PYTHONPATH")}
    environment["PATH"] = f"{VENV / 'bin'}{os.pathsep}{environment.get('PATH', os.defpath)}"
    environment["VIRTUAL_ENV"] = str(VENV)
    os.execve(VENV_PYTHON, [str(VENV_PYTHON), *arguments], environment)


def main(arguments: list[str]) -> int:
    """Install what the command needs and become it."""
    if not arguments or arguments[0] not in COMMANDS:
        raise CannotInstall(f"Usage: bootstrap.py {' | '.join(COMMANDS)}.")
    command, *rest = arguments
    requirements, run = COMMANDS[command]
    if sys.platform == "win32":
        raise CannotInstall("The servers' packages exist for Linux and macOS: on Windows, use WSL.")
    if command == "demo-reset" and not works():
        shutil.rmtree(ROOT / ".demo", ignore_errors=True)
        say("The demo's data is gone.")
        return 0
    if command == "demo-reset":
        run = ["-m", "fulfillment.devtools.supervisor", "--reset"]
    else:
        install(requirements)
    if run:
        become([*run, *rest])
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda number, frame: sys.exit(143))
    try:
        sys.exit(main(sys.argv[1:]))
    except CannotInstall as sentence:
        sys.exit(" ".join(str(sentence).split()))
    except KeyboardInterrupt:
        sys.exit("Stopped.")
    except OSError as error:
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            sys.exit("The disk is full: free some space and start again.")
        sys.exit(f"The operating system refused: {error}.")
