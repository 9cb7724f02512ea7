"""The import contracts of pyproject.toml, and that they still bite."""

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def lint_imports() -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [str(Path(sys.executable).parent / "lint-imports"), "--no-cache"], cwd=ROOT, capture_output=True, text=True
    )


def test_every_import_goes_down_the_line() -> None:
    result = lint_imports()
    assert result.returncode == 0, result.stdout
