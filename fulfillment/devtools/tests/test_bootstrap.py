"""The first step of every make command: what it says when it cannot go on."""

import ast
import subprocess
import sys
from pathlib import Path

import pytest

from fulfillment.devtools import bootstrap

SCRIPT = Path(bootstrap.__file__)


def test_an_old_python_can_read_the_file_far_enough_to_say_that_it_is_too_old() -> None:
    ast.parse(SCRIPT.read_text(), feature_version=(3, 6))


def test_a_too_old_python_is_one_sentence() -> None:
    pretend = (
        "import sys, os; sys.version_info = (3, 9, 2); os.environ['FULFILLMENT_PYTHON_TRIED'] = '1';"
        f"exec(compile(open({str(SCRIPT)!r}).read(), 'bootstrap.py', 'exec'))"
    )
    done = subprocess.run([sys.executable, "-c", pretend], capture_output=True, text=True)
    assert done.returncode == 1
    assert done.stderr.startswith("Python 3.11 or newer is needed and this is 3.9:")
    assert len(done.stderr.splitlines()) == 1


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("ERROR: Could not install packages due to an OSError: [Errno 28] No space left on device", "disk is full"),
        ("ERROR: No matching distribution found for zxing-cpp==3.1.1", "no ready-built package zxing-cpp==3.1.1"),
        (
            "WARNING: Retrying … NewConnectionError …\nERROR: No matching distribution found for Django==5.2.19",
            "cannot be reached",
        ),
        ("ERROR: Could not install packages: [Errno 13] Permission denied: '.venv/lib'", "may not be written"),
        ("Collecting\nERROR: something new\n", "something new"),
        ("", "it said nothing"),
    ],
)
def test_a_failed_installation_has_a_reason(output: str, sentence: str) -> None:
    assert sentence in bootstrap.reason(output)


def test_the_fingerprint_follows_included_files(tmp_path: Path) -> None:
    (tmp_path / "all.txt").write_text("-r base.txt\npytest==1\n")
    (tmp_path / "base.txt").write_text("Django==1\n")
    before = bootstrap.fingerprint(tmp_path / "all.txt")
    assert bootstrap.fingerprint(tmp_path / "all.txt") == before
    (tmp_path / "base.txt").write_text("Django==2\n")
    assert bootstrap.fingerprint(tmp_path / "all.txt") != before


def test_an_unknown_command_is_one_sentence() -> None:
    done = subprocess.run([sys.executable, SCRIPT, "dance"], capture_output=True, text=True)
    assert (done.returncode, len(done.stderr.splitlines())) == (1, 1)
