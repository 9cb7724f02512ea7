"""The mail sink, over real SMTP."""

import os
import smtplib
import sys
import threading
from collections.abc import Iterator
from email.message import EmailMessage
from pathlib import Path

import pytest

from fulfillment.devtools.children import Child
from fulfillment.devtools.ports import LOOPBACK, free_port, wait_until_listening
from fulfillment.devtools.stack import ROOT


@pytest.fixture
def port(tmp_path: Path) -> Iterator[int]:
    chosen = free_port()
    sink = Child(
        name="smtp",
        argv=[
            *(sys.executable, "-m", "fulfillment.devtools.smtp_sink"),
            *("--port", str(chosen), "--folder", tmp_path / "mail"),
        ],
        env=dict(os.environ),
        log=tmp_path / "log",
        cwd=ROOT,
    )
    sink.start()
    assert wait_until_listening(chosen, timeout=15), (tmp_path / "log").read_text()
    yield chosen
    sink.kill()


def send(port: int, number: int) -> None:
    message = EmailMessage()
    message["Subject"] = f"Number {number}"
    message["To"] = "ada@example.com"
    message.set_content("Grüße, こんにちは")
    with smtplib.SMTP(LOOPBACK, port, timeout=10) as client:
        client.send_message(message, from_addr="shop@example.com", to_addrs=["ada@example.com", "bob@example.com"])


def test_every_accepted_mail_is_one_file_with_its_envelope(port: int, tmp_path: Path) -> None:
    senders = [threading.Thread(target=send, args=(port, number)) for number in range(20)]
    for sender in senders:
        sender.start()
    for sender in senders:
        sender.join()
    files = sorted((tmp_path / "mail").iterdir())
    assert {file.suffix for file in files} == {".eml"}
    texts = [file.read_text() for file in files]
    assert sorted(line for text in texts for line in text.splitlines() if line.startswith("Subject")) == sorted(
        f"Subject: Number {number}" for number in range(20)
    )
    assert texts[0].startswith(
        "Return-Path: <shop@example.com>\nDelivered-To: ada@example.com\nDelivered-To: bob@example.com\n"
    )
