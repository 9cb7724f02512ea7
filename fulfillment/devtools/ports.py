"""Loopback ports.

Ports are drawn from below the range the kernel uses for outgoing connections. A server that is down for
a moment then cannot lose its port to somebody's outgoing connection, and a client that keeps trying the
dead port cannot connect to itself (a TCP self-connect, which looks like a live server).
"""

import random
import socket
import time

LOOPBACK = "127.0.0.1"
_FIRST, _LAST = 20000, 29999


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket(socket.AF_INET, socket.SOCK_STREAM) as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
            probe.listen(1)
        except OSError:
            return False
    return True


def is_listening(port: int, *, timeout: float = 1.0) -> bool:
    """Whether something accepts connections on this loopback port within `timeout` seconds."""
    try:
        with socket.create_connection((LOOPBACK, port), timeout=timeout):
            return True
    except OSError:
        return False


def free_port(*preferred: int | None) -> int:
    """The first free one of the preferred ports, else any free one."""
    for port in preferred:
        if port and is_free(port):
            return port
    while True:
        port = random.randint(_FIRST, _LAST)
        if is_free(port):
            return port


def listen(port: int) -> socket.socket:
    """A listening socket on this loopback port, to be inherited by a server; OSError when it is taken."""
    made = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        made.bind((LOOPBACK, port))
        made.listen(1024)
    except OSError:
        made.close()
        raise
    return made


def wait_until_listening(port: int, *, timeout: float) -> bool:
    """Wait up to `timeout` seconds for a listener on the port; whether there is one."""
    deadline = time.monotonic() + timeout
    while time.monotonic() < deadline:
        if is_listening(port):
            return True
        time.sleep(0.05)
    return False
