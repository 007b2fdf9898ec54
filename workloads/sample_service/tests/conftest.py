"""Start the two programs, in threads or as processes, on free loopback ports."""

from __future__ import annotations

import os
import re
import subprocess
import sys
import threading
import time
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import pytest
import uvicorn

from api.app import Pod
from api.app import create_app as create_api
from web.app import Settings
from web.app import create_app as create_web

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from starlette.applications import Starlette

SAMPLE_SERVICE = Path(__file__).parent.parent
PROGRAMS = {name: SAMPLE_SERVICE / name for name in ("api", "web")}


class Process:
    """One program run as `python -m`, as its image runs it."""

    def __init__(self, program: str, log: Path, environ: dict[str, str]) -> None:
        """Start the program on a port that the system chooses."""
        self._log = log
        with log.open("w") as stream:
            self.popen = subprocess.Popen(  # noqa: S603 - the interpreter that runs the tests
                [sys.executable, "-m", program],
                cwd=PROGRAMS[program],
                env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1", "PORT": "0", **environ},
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """What the program has said so far."""
        return self._log.read_text()

    def url(self) -> str:
        """Wait until the program listens and return its address."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.popen.poll() is None:
            if found := re.search(r"running on (http://127\.0\.0\.1:\d+)", self.log):
                return found[1]
            time.sleep(0.02)
        pytest.fail(f"the program does not listen:\n{self.log}")


@pytest.fixture(scope="session")
def threads() -> Iterator[list[threading.Thread]]:
    """Collect the threads of all servers.

    A server takes a while to stop. The threads are joined once, after all tests.
    """
    started: list[threading.Thread] = []
    yield started
    for thread in started:
        thread.join()


@pytest.fixture
def serve(threads: list[threading.Thread]) -> Iterator[Callable[[Starlette], str]]:
    """Return a function that serves an application until the test ends."""
    servers: list[uvicorn.Server] = []

    def start(app: Starlette) -> str:
        config = uvicorn.Config(app, port=0, log_level="error", proxy_headers=False)
        server = uvicorn.Server(config)
        thread = threading.Thread(target=server.run)
        servers.append(server)
        threads.append(thread)
        thread.start()
        deadline = time.monotonic() + 30
        while not server.started:
            assert time.monotonic() < deadline, "the application does not start"
            time.sleep(0.002)
        return f"http://127.0.0.1:{server.servers[0].sockets[0].getsockname()[1]}"

    yield start
    for server in servers:
        server.should_exit = True


@pytest.fixture
def serve_api(serve: Callable[[Starlette], str]) -> Callable[..., str]:
    """Return a function that serves an API pod; its arguments replace single values."""

    def start(**values: str) -> str:
        pod = {
            "pod": "api-1",
            "namespace": "sample",
            "node": "fargate-1",
            "zone": "eu-central-1b",
            "address": "10.0.2.20",
        }
        return serve(create_api(Pod(**{**pod, **values})))

    return start


@pytest.fixture
def serve_web(serve: Callable[[Starlette], str]) -> Callable[..., str]:
    """Return a function that serves a web pod; its arguments replace single values."""

    def start(*, api_timeout_seconds: float = 2.0, **values: str) -> str:
        settings = {
            "pod": "web-1",
            "node": "node-1",
            "zone": "eu-central-1a",
            "address": "127.0.0.1",
            "api_url": "http://127.0.0.1:9",
        }
        return serve(
            create_web(
                Settings(**{**settings, **values}),
                api_timeout_seconds=api_timeout_seconds,
            ),
        )

    return start


@pytest.fixture
def run(tmp_path: Path) -> Iterator[Callable[..., Process]]:
    """Return a function that starts a program as a process and ends it after the test."""
    started: list[Process] = []

    def start(program: str, **environ: str) -> Process:
        process = Process(program, tmp_path / f"{len(started)}.log", environ)
        started.append(process)
        return process

    yield start
    for process in started:
        process.popen.kill()
        process.popen.wait()


@pytest.fixture(scope="session")
def browser() -> Iterator[httpx.Client]:
    """Return a client that speaks to loopback itself, whatever proxy the machine has."""
    with httpx.Client(trust_env=False, timeout=10) as client:
        yield client
