"""Free ports on loopback."""

from __future__ import annotations

import socket


def free_port() -> int:
    """Return a port on 127.0.0.1 that nobody listens on.

    Somebody else may take it before it is used; then the program that wanted it says so and ends.
    """
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
