"""Commands that bring their own servers."""

import json
import os
import subprocess
import sys

import pytest

from fulfillment.devtools.checks import SUMMARY
from fulfillment.devtools.ports import is_listening
from fulfillment.devtools.stack import ROOT

REPORT = """
import json, os, sys, psycopg2, redis
psycopg2.connect(os.environ["DATABASE_URL"]).close()
redis.Redis.from_url(os.environ["REDIS_URL"]).ping()
print(json.dumps({name: os.environ[name] for name in ("DATABASE_URL", "REDIS_URL", "SECRET_KEY")}))
sys.exit(7)
"""


def with_servers(*command: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    outside = {name: value for name, value in os.environ.items() if not name.endswith("_URL")}
    return subprocess.run(
        [sys.executable, "-m", "fulfillment.devtools.with_servers", "--", *command],
        env={**outside, **environment},
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
    )


def test_the_command_finds_both_servers_and_its_exit_code_comes_back() -> None:
    done = with_servers(sys.executable, "-c", REPORT)
    assert done.returncode == 7, done.stderr
    for name, url in json.loads(done.stdout).items():
        if name.endswith("_URL"):
            port = int(url.rsplit(":", 1)[1].split("/")[0])
            assert not is_listening(port), f"{name} still runs"


def test_servers_named_in_the_environment_are_used() -> None:
    own = {"DATABASE_URL": "postgres://me@127.0.0.1:1/shop", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = with_servers("/bin/sh", "-c", "echo $DATABASE_URL $REDIS_URL", **own)
    assert done.stdout.split() == list(own.values())


def test_a_command_that_does_not_exist_is_one_sentence() -> None:
    own = {"DATABASE_URL": "postgres://me@127.0.0.1:1/shop", "REDIS_URL": "redis://127.0.0.1:1/0"}
    done = with_servers("no-such-command", **own)
    assert (done.returncode, done.stderr) == (1, "There is no command called no-such-command.\n")


@pytest.mark.parametrize(
    "line",
    [
        "======= 12 passed, 3 deselected in 4.56s =======",
        "==== 1 failed, 12 passed in 64.56s (0:01:04) ====",
        "no tests ran in 0.02s",
        "2 errors in 0.31s",
    ],
)
def test_the_closing_line_of_pytest_is_recognised(line: str) -> None:
    assert SUMMARY.match(line)
    assert not SUMMARY.match("tests/test_x.py::test_it passed in a hurry")
