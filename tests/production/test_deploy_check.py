"""Settings made for production pass every check of a deployment; settings that are not, do not."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[2]
PRODUCTION = {
    "SECRET_KEY": "kq3V9-production-like-and-long-enough-7Yw2mB5tZ8xC1nR4pL6sD0fG",
    "PUBLIC_URL": "https://parcels.example.com",
    "ALLOWED_HOSTS": "parcels.example.com",
    "CSRF_TRUSTED_ORIGINS": "https://parcels.example.com",
    "BEHIND_TLS_PROXY": "on",
    "PROXY_COUNT": "1",
    "EMAIL_URL": "smtp+tls://mailer:secret@mail.example.com:587",
    "DATABASE_URL": "postgres://app:secret@127.0.0.1:1/fulfillment",
    "REDIS_URL": "redis://:secret@127.0.0.1:1/0",
}


def manage(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    """Run manage.py with nothing in the environment but what is given; no server is asked."""
    passed_on = {name: os.environ[name] for name in ("PATH", "HOME", "LANG") if name in os.environ}
    return subprocess.run(
        [sys.executable, "manage.py", *command],
        cwd=ROOT,
        env={**passed_on, **environment},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


def test_production_settings_pass_every_check() -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **PRODUCTION)
    assert checked.returncode == 0, checked.stderr
    assert "no issues" in checked.stdout


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"PUBLIC_URL": "http://parcels.example.com"}, "security.W004"),
        ({"SECRET_KEY": "short"}, "security.W009"),
        ({"DEBUG": "on"}, "security.W018"),
    ],
)
def test_careless_settings_do_not(change: dict[str, str], complaint: str) -> None:
    checked = manage("check", "--deploy", "--fail-level", "WARNING", **{**PRODUCTION, **change})
    assert checked.returncode != 0
    assert complaint in checked.stderr


@pytest.mark.parametrize("missing", ["SECRET_KEY", "DATABASE_URL"])
def test_without_what_it_needs_it_does_not_start_and_says_why(missing: str) -> None:
    refused = manage("check", **{name: value for name, value in PRODUCTION.items() if name != missing})
    assert refused.returncode != 0
    assert f"Set the environment variable {missing}" in refused.stderr
