"""The API says which pod answered."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

import pytest

from api.app import Pod

if TYPE_CHECKING:
    from collections.abc import Callable

    import httpx


def test_whoami_names_the_pod_and_counts(
    browser: httpx.Client,
    serve_api: Callable[..., str],
) -> None:
    """Each answer carries the pod, who called, and how many answers it gave so far."""
    url = serve_api()

    first = browser.get(f"{url}/whoami")
    second = browser.get(f"{url}/whoami")

    started_at = datetime.fromisoformat(first.json().pop("started_at"))
    assert (datetime.now(UTC) - started_at).total_seconds() < 60
    assert {key: value for key, value in first.json().items() if key != "started_at"} == {
        "pod": "api-1",
        "namespace": "sample",
        "node": "fargate-1",
        "zone": "eu-central-1b",
        "address": "10.0.2.20",
        "caller": "127.0.0.1",
        "served": 1,
    }
    assert second.json()["served"] == 2
    assert first.headers["cache-control"] == "no-store"


@pytest.mark.parametrize("path", ["/healthz", "/readyz"])
def test_probes_answer(browser: httpx.Client, serve_api: Callable[..., str], path: str) -> None:
    """A process that serves is alive and ready."""
    assert browser.get(f"{serve_api()}{path}").status_code == 200


def test_probes_are_not_counted(browser: httpx.Client, serve_api: Callable[..., str]) -> None:
    """The count is about callers, not about the kubelet."""
    url = serve_api()
    browser.get(f"{url}/readyz")
    assert browser.get(f"{url}/whoami").json()["served"] == 1


@pytest.mark.parametrize("environ", [{}, {"ZONE": "", "POD_NAME": ""}])
def test_missing_identity_is_unknown(environ: dict[str, str]) -> None:
    """A pod without a zone label gets an empty variable; that reads as unknown."""
    pod = Pod.from_environ(environ)
    assert {pod.pod, pod.namespace, pod.node, pod.zone, pod.address} == {"unknown"}
