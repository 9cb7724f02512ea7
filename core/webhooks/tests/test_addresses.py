"""Nothing is ever sent to a machine of ours."""

import socket
from typing import Any

import pytest

from core.webhooks.addresses import Refused, is_public, target_of
from core.webhooks.sending import post
from core.webhooks.tests.receiver import Receiver

HOSTS = [
    "127.0.0.1",
    "localhost",
    "localhost.",
    "LOCALHOST",
    "a.localhost",
    "127.1",
    "2130706433",
    "0x7f000001",
    "0x7f.0.0.1",
    "0177.0.0.1",
    "017700000001",
    "0",
    "0.0.0.0",
    "10.0.0.1",
    "172.16.0.1",
    "192.168.1.1",
    "169.254.169.254",
    "100.64.0.1",
    "192.0.0.192",
    "168.63.129.16",
    "224.0.0.1",
    "255.255.255.255",
    "[::1]",
    "[::]",
    "[::ffff:127.0.0.1]",
    "[::ffff:7f00:1]",
    "[::127.0.0.1]",
    "[64:ff9b::7f00:1]",
    "[64:ff9b::a9fe:a9fe]",
    "[2002:7f00:1::]",
    "[2001:0:7f00:1::]",
    "[fe80::1]",
    "[fe80::1%25lo]",
    "[fc00::1]",
    "[fec0::1]",
    "[ff02::1]",
    "metadata.google.internal",
    "printer.local",
    "①②⑦.0.0.1",
    "user:password@127.0.0.1",
    "example.com@127.0.0.1",
    "127.0.0.1#@example.com",
    "127.0.0.1\\@example.com",
]
URLS = [
    "ftp://example.com/",
    "file:///etc/passwd",
    "gopher://x/",
    "https://",
    "https://a b/",
    "https://example.com:0x50/",
]


@pytest.mark.parametrize("host", HOSTS)
@pytest.mark.parametrize("scheme", ["https", "http"])
def test_the_hostile_corpus_is_refused_when_it_comes_and_never_connected_to(
    host: str, scheme: str, receiver: Receiver, settings: Any
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    place = host if "#" in host or "\\" in host or host.startswith("user") else f"{host}:{receiver.port}"
    url = f"{scheme}://{place}/"
    with pytest.raises(Refused):
        target_of(url)
    outcome = post(url, body=b"{}", headers={})
    assert outcome.status_code is None and outcome.error
    assert receiver.connections == 0


@pytest.mark.parametrize("url", URLS)
def test_what_is_no_web_address_is_refused(url: str) -> None:
    with pytest.raises(Refused):
        target_of(url)


@pytest.mark.parametrize(
    "answer", [["127.0.0.1"], ["93.184.215.14", "127.0.0.1"], ["::ffff:127.0.0.1"], ["169.254.169.254"], []]
)
def test_a_public_name_that_leads_inside_is_refused_at_every_attempt(
    answer: list[str], receiver: Receiver, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.WEBHOOK_ALLOW_PRIVATE = False
    looked_up: list[str] = []

    def resolver(host: str, *_: Any, **__: Any) -> list[Any]:
        looked_up.append(host)
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, receiver.port)) for address in answer]

    monkeypatch.setattr(socket, "getaddrinfo", resolver)
    outcome = post(f"https://shop.example.com:{receiver.port}/", body=b"{}", headers={})
    assert outcome.error == ("private_address" if answer else "no_such_host")
    assert looked_up == ["shop.example.com"]
    assert receiver.connections == 0


def test_public_machines_are_public() -> None:
    assert is_public("93.184.215.14")
    assert is_public("2606:2800:21f:cb07:6820:80da:af6b:8b2c")
    assert target_of("https://shop.example.com/hook?x=1").path == "/hook?x=1"
    assert target_of("https://93.184.215.14/").netloc == "93.184.215.14"
    assert target_of("https://[2606:2800::1]:8443/").netloc == "[2606:2800::1]:8443"
