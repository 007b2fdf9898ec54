"""The sample service's images, built without Docker and run without a container runtime."""

from __future__ import annotations

import errno
import os
import re
import signal
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from tests.sample_service.conftest import COMPONENTS
from tests.sample_service.container import Container, Image, Manifest

each_component = pytest.mark.parametrize("component", COMPONENTS)

# What the downward API would say about a pod.
FIELDS = {
    component: {
        "metadata.name": f"{component}-1",
        "metadata.namespace": "sample",
        "status.podIP": "127.0.0.1",
        "spec.nodeName": f"node-of-{component}",
        "metadata.labels['topology.kubernetes.io/zone']": zone,
    }
    for component, zone in (("api", "eu-west-1b"), ("web", "eu-west-1a"))
}

# A pod has an address of its own; here all share the machine's loopback, on ports that are free.
LOOPBACK = {"HOST": "127.0.0.1", "PORT": "0"}

# Speaks to loopback itself, whatever proxy the machine has.
BROWSER = httpx.Client(trust_env=False, timeout=10)


@pytest.fixture
def start(images: dict[str, Image], tmp_path: Path) -> Iterator[Callable[..., Container]]:
    """Return a function that starts a component's container and ends it after the test."""
    started: list[Container] = []

    def start(
        component: str, *, command: tuple[str, ...] = (), network: bool = True, **environ: str
    ) -> Container:
        manifest = Manifest.of(component)
        settings = {**manifest.environ(FIELDS[component]), **(LOOPBACK if network else {})}
        container = Container(
            images[component],
            manifest,
            environ={**settings, **environ},
            log=tmp_path / f"{len(started)}.log",
            command=command,
            network=network,
        )
        started.append(container)
        return container

    yield start
    for container in started:
        container.end()


def test_containers_talk(start: Callable[..., Container]) -> None:
    """The page of the web container shows itself and the API container that it reached."""
    api = start("api")
    url = Manifest.of("web").environ(FIELDS["web"])["API_URL"]
    web = start("web", API_URL=url.replace(":8080", f":{api.port()}"))
    address = f"http://127.0.0.1:{web.port()}"

    whoami = BROWSER.get(f"http://127.0.0.1:{api.port()}/whoami").json()
    view = BROWSER.get(f"{address}/api-view").json()
    page = BROWSER.get(address)

    assert (whoami["pod"], whoami["namespace"]) == ("api-1", "sample")
    assert view["web"] == {
        "pod": "web-1",
        "node": "node-of-web",
        "zone": "eu-west-1a",
        "address": "127.0.0.1",
    }
    assert (view["api"]["pod"], view["api"]["zones"]) == ("api-1", "across zones")
    assert page.status_code == 200
    assert "node-of-api" in page.text


@each_component
def test_a_container_answers_probes_without_privileges_and_ends_in_time(
    component: str, start: Callable[..., Container]
) -> None:
    """From the first probe to SIGTERM, which the kernel gives process 1 only if it is handled."""
    container, manifest = start(component, API_URL="http://127.0.0.1:9"), Manifest.of(component)
    address = f"http://127.0.0.1:{container.port()}"

    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        path = manifest.container[probe]["httpGet"]["path"]
        assert BROWSER.get(f"{address}{path}").status_code == 200

    # The manifest's user, with no capability and no way to gain one.
    status = container.status
    user, group = manifest.user
    assert (status["Uid"], status["Gid"]) == ([str(user)] * 4, [str(group)] * 4)
    assert status["Groups"] == []
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[capabilities][0], 16) == 0, capabilities
    assert status["NoNewPrivs"] == ["1"]

    # Half of the memory is left over after a few requests.
    for _ in range(20):
        BROWSER.get(address + {"api": "/whoami", "web": "/"}[component])
    (limit,) = re.findall(r"^(\d+)Mi$", manifest.container["resources"]["limits"]["memory"])
    assert int(container.status["VmHWM"][0]) * 1024 < int(limit) * 2**20 / 2

    # The grace time also holds the preStop sleep, so the program has what is left of it.
    sleep = manifest.container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert container.status["NSpid"][-1] == "1"
    started = time.monotonic()
    os.kill(container.pid, signal.SIGTERM)
    code = container.popen.wait(timeout=manifest.pod["terminationGracePeriodSeconds"] - sleep)
    assert code == 0, container.log
    assert time.monotonic() - started < 10, "nothing was open, so nothing had to be waited for"


@each_component
def test_port_of_the_image_is_the_port_of_the_manifest(
    component: str, images: dict[str, Image], start: Callable[..., Container]
) -> None:
    """With nothing set but what the manifest sets, it listens on the manifest's port, for all."""
    container = start(component, network=False)
    (port,) = Manifest.of(component).container["ports"]
    assert container.port() == port["containerPort"]
    assert f"http://0.0.0.0:{port['containerPort']}" in container.log
    assert f"{port['containerPort']}/tcp" in images[component].config["ExposedPorts"]


@each_component
@pytest.mark.parametrize("folder", ["/tmp", "/app", "/"])  # noqa: S108  # inside the image
def test_root_file_system_is_read_only(
    component: str, folder: str, start: Callable[..., Container]
) -> None:
    """Nothing can be written, not even where everybody may."""
    write = f"import os\ntry: open(os.path.join({folder!r}, 'x'), 'w')\nexcept OSError as e: exit(e.errno)"
    container = start(component, command=("/opt/venv/bin/python", "-c", write))
    allowed = {errno.EROFS} if folder == "/tmp" else {errno.EROFS, errno.EACCES}  # noqa: S108
    assert container.popen.wait(timeout=10) in allowed, container.log


@each_component
def test_image_says_what_the_manifest_demands(component: str, images: dict[str, Image]) -> None:
    """Its user can be proven not to be root, Python writes no byte code, pip's settings are gone."""
    image = images[component]
    assert image.config["User"] == "{}:{}".format(*Manifest.of(component).user)
    assert image.config["Entrypoint"] == ["/opt/venv/bin/python", "-m", component]
    assert image.environ["PYTHONDONTWRITEBYTECODE"] == "1"
    assert image.environ["PYTHONUNBUFFERED"] == "1"
    assert not list((image.root / "app").rglob("__pycache__"))
    settings = image.root / "etc/pip.conf"
    assert not settings.exists() or not settings.read_text()
    assert not [name for name in image.environ if name.startswith(("PIP_", "SSL_", "HTTP"))]
