"""The programs as their images run them: real processes, real signals."""

from __future__ import annotations

import signal
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Protocol

from starlette.applications import Starlette
from starlette.responses import JSONResponse
from starlette.routing import Route

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable

    import httpx
    from starlette.requests import Request


class Process(Protocol):
    """A program that the `run` fixture started."""

    popen: subprocess.Popen[bytes]

    @property
    def log(self) -> str:
        """What the program has said so far."""

    def url(self) -> str:
        """Wait until the program listens and return its address."""


def test_two_processes_talk(browser: httpx.Client, run: Callable[..., Process]) -> None:
    """The identity comes from the environment; the log has the call and not the probe."""
    api = run(
        "api",
        POD_NAME="api-1",
        POD_NAMESPACE="sample",
        NODE_NAME="fargate-1",
        ZONE="z2",
        POD_IP="10.0.2.20",
    )
    web = run("web", POD_NAME="web-1", POD_IP="127.0.0.1", ZONE="z1", API_URL=api.url())

    view = browser.get(f"{web.url()}/api-view").json()
    browser.get(f"{api.url()}/readyz")

    assert view["web"] == {"pod": "web-1", "node": "unknown", "zone": "z1", "address": "127.0.0.1"}
    assert (view["api"]["pod"], view["api"]["node"]) == ("api-1", "fargate-1")
    assert "answer 1 goes to 127.0.0.1" in api.log
    assert "readyz" not in api.log


def test_sigterm_ends_both_cleanly(run: Callable[..., Process]) -> None:
    """Exit code 0, so that an ordinary stop does not look like a crash."""
    processes = [run("api"), run("web")]
    for process in processes:
        process.url()
    for process in processes:
        process.popen.send_signal(signal.SIGTERM)
    assert [process.popen.wait(timeout=5) for process in processes] == [0, 0]


def test_open_request_is_finished_before_the_end(
    browser: httpx.Client,
    run: Callable[..., Process],
    serve: Callable[[Starlette], str],
) -> None:
    """A visitor who is being served when SIGTERM comes still gets the page."""
    asked, release = threading.Event(), threading.Event()

    def whoami(_request: Request) -> JSONResponse:
        asked.set()
        release.wait(timeout=5)
        names = ("pod", "node", "zone", "address", "caller")
        return JSONResponse(dict.fromkeys(names, "late"))

    api = serve(Starlette(routes=[Route("/whoami", whoami)]))
    web = run("web", API_URL=api)
    url = web.url()

    with ThreadPoolExecutor() as pool:
        request = pool.submit(browser.get, url)
        assert asked.wait(timeout=5)
        web.popen.send_signal(signal.SIGTERM)
        deadline = time.monotonic() + 30
        while "Shutting down" not in web.log:
            assert time.monotonic() < deadline, web.log
            time.sleep(0.01)
        release.set()
        response = request.result(timeout=5)

    assert response.status_code == 200
    assert "late" in response.text
    assert web.popen.wait(timeout=5) == 0
