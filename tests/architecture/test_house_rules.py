"""Rules of the house that no linter knows."""

import re
import subprocess
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
PACKAGES = ("core", "inventory", "orders", "shipping", "returns", "fulfillment")


def tracked(*patterns: str) -> list[Path]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", *patterns],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    return [ROOT / line for line in listed.stdout.splitlines() if (ROOT / line).is_file()]


def sources() -> list[Path]:
    return [
        path
        for path in tracked("*.py")
        if path.relative_to(ROOT).parts[0] in PACKAGES and "migrations" not in path.parts and "tests" not in path.parts
    ]


def test_a_file_is_one_idea_and_stays_short() -> None:
    long = {
        str(path.relative_to(ROOT)): lines
        for path in tracked("*.py")
        if "migrations" not in path.parts and (lines := path.read_text(encoding="utf-8").count("\n")) > 400
    }
    assert long == {}


def test_no_module_is_named_after_nothing() -> None:
    nameless = {"utils.py", "helpers.py", "common.py", "misc.py", "manager.py", "managers.py"}
    assert [str(path) for path in tracked("*.py") if path.name in nameless] == []


def test_only_the_relay_speaks_to_the_broker() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in sources()
        if re.search(r"\.(delay|apply_async|send_task)\(", path.read_text(encoding="utf-8"))
        and path.relative_to(ROOT).parts[:2] != ("core", "outbox")
    ]
    assert offenders == []


def test_services_are_told_the_time() -> None:
    offenders = [
        str(path.relative_to(ROOT))
        for path in sources()
        if "services" in path.parts and re.search(r"timezone\.now\(|datetime\.now\(", path.read_text(encoding="utf-8"))
    ]
    assert offenders == []


def test_status_is_written_by_transitions_alone() -> None:
    # An assignment to .status outside the kernel is a step nobody checked.
    offenders = [
        f"{path.relative_to(ROOT)}: {line.strip()}"
        for path in sources()
        if path.relative_to(ROOT).parts[0] != "core"
        for line in path.read_text(encoding="utf-8").splitlines()
        if re.search(r"\w+\.status = ", line)
    ]
    assert offenders == []


@pytest.mark.parametrize("word", ["mark_safe(", ".extra(", "AllowAny"])
def test_doors_that_stay_shut(word: str) -> None:
    assert [str(path.relative_to(ROOT)) for path in sources() if word in path.read_text(encoding="utf-8")] == []


def test_no_path_of_one_machine_is_written_down() -> None:
    machine = re.compile(r"/(?:work|root|home/\w+)/")
    texts = [
        path
        for path in tracked()
        if path.suffix in {".py", ".md", ".toml", ".ini", ".html", ".js", ".css", ".txt", ".yml", ".yaml", ".sh", ""}
        and path != Path(__file__)
    ]
    offenders = [
        str(path.relative_to(ROOT))
        for path in texts
        if machine.search(path.read_text(encoding="utf-8", errors="ignore"))
    ]
    assert offenders == []
