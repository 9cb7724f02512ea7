"""Finding a browser: the named one, a system one, or a sentence that says how to get one."""

from pathlib import Path

import pytest

from fulfillment.devtools import chromium
from fulfillment.devtools.failures import CannotGoOn


def program(folder: Path, name: str, *, exit_code: int = 0) -> Path:
    file = folder / name
    file.write_text(f"#!/bin/sh\nexit {exit_code}\n")
    file.chmod(0o755)
    return file


def package_manager(folder: Path, script: str) -> None:
    """An apt-get that runs the script, and a sudo for test runs without root."""
    for name, body in (("apt-get", script), ("sudo", '[ "$1" = -n ] && shift; exec "$@"')):
        (folder / name).write_text(f"#!/bin/sh\n{body}\n")
        (folder / name).chmod(0o755)
    program(folder, "true")


@pytest.fixture(autouse=True)
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CHROMIUM", raising=False)
    monkeypatch.setattr(chromium, "MAC", ())


def test_the_named_browser_wins(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    program(tmp_path, "chromium")
    named = program(tmp_path, "my-browser")
    monkeypatch.setenv("CHROMIUM", str(named))
    assert chromium.find() == str(named)


def test_a_named_browser_that_does_not_start_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", str(program(tmp_path, "broken", exit_code=1)))
    with pytest.raises(CannotGoOn, match="not a browser that starts"):
        chromium.find()


def test_a_stub_that_does_not_start_is_passed_over(tmp_path: Path) -> None:
    program(tmp_path, "chromium-browser", exit_code=1)
    real = program(tmp_path, "google-chrome")
    assert chromium.find() == str(real)


def test_without_a_browser_and_a_package_manager_the_sentence_says_how(tmp_path: Path) -> None:
    with pytest.raises(CannotGoOn, match=r"install it .*apt-get install chromium"):
        chromium.ensure(tmp_path / "log")


def test_a_failing_package_manager_is_quoted(tmp_path: Path) -> None:
    package_manager(tmp_path, "echo 'E: Unable to locate package chromium'; exit 100")
    with pytest.raises(CannotGoOn, match="Unable to locate package chromium"):
        chromium.ensure(tmp_path / "log")


def test_a_browser_is_installed_where_that_is_possible(tmp_path: Path) -> None:
    browser = tmp_path / "chromium"
    package_manager(tmp_path, f"printf '#!/bin/sh\\n' > {browser}; /bin/chmod 755 {browser}")
    assert chromium.ensure(tmp_path / "log") == str(browser)
