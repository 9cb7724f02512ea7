"""Chromium for the browser tests: which one to drive, and getting one where that is possible.

Playwright's own download is not used: a system's browser comes with its fonts and its security updates.
"""

import os
import shutil
import subprocess
from pathlib import Path

from fulfillment.devtools.children import Child
from fulfillment.devtools.failures import CannotGoOn
from fulfillment.devtools.progress import Step, last_words

NAMES = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable", "chrome")
MAC = (
    "/Applications/Chromium.app/Contents/MacOS/Chromium",
    "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
)
# Without them Thai and Japanese pages are rows of boxes, and nobody sees text that does not fit.
FONTS = ("fonts-noto-cjk", "fonts-thai-tlwg")
HOW_TO = (
    "The browser tests need Chromium and none was found: install it (Debian and Ubuntu: apt-get install chromium; "
    "Fedora: dnf install chromium; macOS: brew install --cask chromium) or name one in the variable CHROMIUM."
)


def find() -> str | None:
    """The browser to drive: the one CHROMIUM names, else a system one that starts; None when there is none."""
    named = os.environ.get("CHROMIUM")
    if named:
        path = shutil.which(named)
        if path is None or not _starts(path):
            raise CannotGoOn(f"CHROMIUM names {named}, and that is not a browser that starts: correct it or unset it.")
        return path
    for name in (*NAMES, *MAC):
        path = shutil.which(name)
        if path and _starts(path):
            return path
    return None


def ensure(log: Path) -> str:
    """The browser to drive, installed by apt-get first when there is none and this account may do that."""
    found = find()
    if found is None:
        if not _apt_get("install", "-y", "--no-install-recommends", "chromium", log=log, title="Installing Chromium"):
            raise CannotGoOn(HOW_TO + _said(log))
        # A missing font makes screenshots poorer; it fails no test.
        _apt_get("install", "-y", "--no-install-recommends", *FONTS, log=log, title="Installing fonts")
        found = find()
    if found is None:
        raise CannotGoOn(HOW_TO)
    return found


def launch_arguments() -> list[str]:
    """Command-line flags for Chromium in tests: no calls home, and no sandbox where root could not have one."""
    quiet = [
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--disable-quic",
        "--disable-gpu",
        "--disable-dev-shm-usage",
        "--no-first-run",
    ]
    return quiet + (["--no-sandbox"] if os.geteuid() == 0 else [])


def _starts(path: str) -> bool:
    # Ubuntu's chromium-browser may be a stub that only asks for a snap.
    try:
        done = subprocess.run([path, "--version"], capture_output=True, timeout=60)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _said(log: Path) -> str:
    return f" apt-get said: {last_words(log)}" if log.exists() else ""


def _apt_get(*arguments: str, log: Path, title: str) -> bool:
    if shutil.which("apt-get") is None:
        return False
    prefix: list[str] = []
    if os.geteuid() != 0:
        if shutil.which("sudo") is None or subprocess.run(["sudo", "-n", "true"], capture_output=True).returncode:
            return False
        prefix = ["sudo", "-n"]
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    with Step(title) as step:
        for command in (["update"], list(arguments)):
            child = Child(name="apt-get", argv=[*prefix, "apt-get", *command], env=environment, log=log)
            child.start()
            while child.wait(0.3) is None:
                step.show()
            # A failing update is no reason to give up: the lists at hand may do.
        return child.returncode == 0
