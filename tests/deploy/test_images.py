"""The sample service's images, built without Docker and run without a container runtime."""

from __future__ import annotations

import errno
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import httpx
import pytest

from local_aws.images import buildah, pip_settings
from local_aws.images.buildah import Buildah
from local_aws.images.ledger import Build, ledger_in
from local_aws.images.settings import BUILDER, Settings, cdk_environment
from tests.deploy.images_container import Container, Image, Manifest

SAMPLE_SERVICE = Path(__file__).parents[2] / "sample_service"
COMPONENTS = ("api", "web")

each_component = pytest.mark.parametrize("component", COMPONENTS)

# What the downward API would say about a pod.
FIELDS = {
    "api": {
        "metadata.name": "api-5d9c7-x2x",
        "metadata.namespace": "sample",
        "status.podIP": "127.0.0.1",
        "spec.nodeName": "fargate-ip-10-20-66-4",
        "metadata.labels['topology.kubernetes.io/zone']": "eu-west-1b",
    },
    "web": {
        "metadata.name": "web-6f4b8-q7q",
        "metadata.namespace": "sample",
        "status.podIP": "127.0.0.1",
        "spec.nodeName": "ip-10-20-32-7",
        "metadata.labels['topology.kubernetes.io/zone']": "eu-west-1a",
    },
}

# A pod has an address of its own; here all share the machine's loopback, on ports that are free.
LOOPBACK = {"HOST": "127.0.0.1", "PORT": "0"}


class Workshop:
    """Builds images as the CDK CLI does, and unpacks them."""

    def __init__(self, folder: Path) -> None:
        """Keep everything in one folder."""
        programs = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
        self.environ = {
            **os.environ,
            **cdk_environment(folder),
            BUILDER: "buildah",
            "PATH": programs,
        }
        self._settings = Settings.from_environ(self.environ)
        self._ledger = ledger_in(folder)
        self._buildah = Buildah(folder=folder, cache=self._settings.cache)

    def docker(self, *arguments: str, folder: Path | None = None) -> int:
        """Call the program that stands in for docker; return its exit code."""
        program = self.environ["CDK_DOCKER"]
        return subprocess.run(  # noqa: S603  # our own program
            [program, *arguments], cwd=folder, env=self.environ, timeout=600, check=False
        ).returncode

    def build(self, name: str, context: Path) -> Build:
        """Build a folder, or skip the test where this machine can't."""
        assert self.docker("build", "--tag", name, ".", folder=context) == 0
        build = self._ledger.find(name)
        assert build
        if not build.is_built:
            pytest.skip(build.reason)
        return build

    def unpack(self, build: Build) -> Image:
        """Return the image with its root file system in a folder."""
        container = self._answer("from", build.name)
        found = self._buildah.inspect(build.name)
        assert found
        return Image(
            root=Path(self._answer("mount", container)),
            config=found["OCIv1"]["config"],
            layers=build.manifest.layers,
        )

    def tear_down(self) -> None:
        """Unmount what is mounted; the storage is large, so it does not wait for pytest."""
        self._answer("rm", "--all")
        shutil.rmtree(self._settings.folder)

    def _answer(self, *arguments: str) -> str:
        return subprocess.run(  # noqa: S603  # buildah on a storage of our own
            self._buildah.command(*arguments),
            env=self._buildah.environ,
            capture_output=True,
            text=True,
            timeout=120,
            check=True,
        ).stdout.strip()


@pytest.fixture(scope="module")
def workshop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workshop]:
    """Return a place to build, where this machine can build and run containers."""
    if sys.platform != "linux":
        pytest.skip("containers need Linux")
    if os.geteuid() != 0:
        pytest.skip("only root can make a base image and start a process in its root")
    if problem := buildah.unusable():
        pytest.skip(f"{problem} On Debian and Ubuntu: apt-get install buildah debootstrap")
    workshop = Workshop(tmp_path_factory.mktemp("images"))
    yield workshop
    workshop.tear_down()


@pytest.fixture(scope="module")
def images(workshop: Workshop) -> dict[str, Image]:
    """Return both images, built once."""
    builds = {name: workshop.build(f"sample-{name}", SAMPLE_SERVICE / name) for name in COMPONENTS}
    return {name: workshop.unpack(build) for name, build in builds.items()}


@pytest.fixture
def start(images: dict[str, Image], tmp_path: Path) -> Iterator[Callable[..., Container]]:
    """Return a function that starts a component's container and ends it after the test."""
    started: list[Container] = []

    def start(
        component: str, *, command: tuple[str, ...] = (), network: bool = True, **environ: str
    ) -> Container:
        manifest = Manifest.of(component)
        container = Container(
            images[component],
            manifest,
            environ={
                **manifest.environ(FIELDS[component]),
                **(LOOPBACK if network else {}),
                **environ,
            },
            log=tmp_path / f"{len(started)}.log",
            command=command,
            network=network,
        )
        started.append(container)
        return container

    yield start
    for container in started:
        container.end()


@pytest.fixture(scope="module")
def browser() -> Iterator[httpx.Client]:
    """Return a client that speaks to loopback itself, whatever proxy the machine has."""
    with httpx.Client(trust_env=False, timeout=10) as client:
        yield client


def test_containers_talk(start: Callable[..., Container], browser: httpx.Client) -> None:
    """The page of the web container shows itself and the API container that it reached."""
    api = start("api")
    url = Manifest.of("web").environ(FIELDS["web"])["API_URL"]
    web = start("web", API_URL=url.replace(":8080", f":{api.port()}"))
    address = f"http://127.0.0.1:{web.port()}"

    whoami = browser.get(f"http://127.0.0.1:{api.port()}/whoami").json()
    view = browser.get(f"{address}/api-view").json()
    page = browser.get(address)

    assert (whoami["pod"], whoami["namespace"]) == ("api-5d9c7-x2x", "sample")
    assert view["web"] == {
        "pod": "web-6f4b8-q7q",
        "node": "ip-10-20-32-7",
        "zone": "eu-west-1a",
        "address": "127.0.0.1",
    }
    assert (view["api"]["pod"], view["api"]["zones"]) == ("api-5d9c7-x2x", "across zones")
    assert page.status_code == 200
    assert "fargate-ip-10-20-66-4" in page.text


@each_component
def test_probes_are_answered(
    component: str, start: Callable[..., Container], browser: httpx.Client
) -> None:
    """Each probe of the manifest asks for a path that the image serves."""
    container = start(component)
    manifest = Manifest.of(component)
    for probe in ("startupProbe", "readinessProbe", "livenessProbe"):
        url = f"http://127.0.0.1:{container.port()}{manifest.probe_path(probe)}"
        assert browser.get(url).status_code == 200


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
def test_process_has_no_privileges(component: str, start: Callable[..., Container]) -> None:
    """It runs as the manifest's user, with no capability and no way to gain one."""
    container = start(component)
    container.port()
    status = container.status
    user, group = Manifest.of(component).user
    assert status["Uid"] == [str(user)] * 4
    assert status["Gid"] == [str(group)] * 4
    assert status["Groups"] == []
    for capabilities in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb"):
        assert int(status[capabilities][0], 16) == 0, capabilities
    assert status["NoNewPrivs"] == ["1"]


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
def test_sigterm_ends_process_1_in_time(
    component: str, start: Callable[..., Container], browser: httpx.Client
) -> None:
    """The kernel gives process 1 no signal that it does not handle: Python must.

    The grace time also holds the preStop sleep, so the program has what is left of it.
    """
    container = start(component)
    browser.get(f"http://127.0.0.1:{container.port()}/healthz")
    manifest = Manifest.of(component)
    sleep = manifest.container["lifecycle"]["preStop"]["sleep"]["seconds"]
    assert container.status["NSpid"][-1] == "1"

    started = time.monotonic()
    os.kill(container.pid, signal.SIGTERM)
    code = container.popen.wait(timeout=manifest.pod["terminationGracePeriodSeconds"] - sleep)

    assert code == 0, container.log
    assert time.monotonic() - started < 10, "nothing was open, so nothing had to be waited for"


@each_component
def test_memory_stays_below_the_limit(
    component: str, start: Callable[..., Container], browser: httpx.Client
) -> None:
    """Half of the limit is left over after a few requests."""
    container = start(component, API_URL="http://127.0.0.1:9")
    path = {"api": "/whoami", "web": "/"}[component]
    for _ in range(20):
        browser.get(f"http://127.0.0.1:{container.port()}{path}")
    peak = int(container.status["VmHWM"][0]) * 1024
    assert peak < Manifest.of(component).memory / 2


@each_component
def test_image_says_what_the_manifest_demands(component: str, images: dict[str, Image]) -> None:
    """Its user can be proven not to be root, and Python writes no byte code."""
    config = images[component].config
    assert config["User"] == "{}:{}".format(*Manifest.of(component).user)
    assert config["Entrypoint"] == ["/opt/venv/bin/python", "-m", component]
    assert images[component].environ["PYTHONDONTWRITEBYTECODE"] == "1"
    assert images[component].environ["PYTHONUNBUFFERED"] == "1"
    assert not list((images[component].root / "app").rglob("__pycache__"))


@each_component
def test_image_knows_nothing_of_the_machine(component: str, images: dict[str, Image]) -> None:
    """The way to packages that the build used is not in the image."""
    image = images[component]
    assert not (image.root / "etc/pip.conf").exists()
    assert not [name for name in image.environ if name.startswith(("PIP_", "SSL_", "HTTP"))]
    for value in pip_settings.of_this_machine(os.environ).get("find-links", "").split():
        assert not (image.root / value.removeprefix("file://").lstrip("/")).exists()


def test_changed_code_changes_the_last_layer_only(
    workshop: Workshop, images: dict[str, Image], tmp_path: Path
) -> None:
    """Base and dependencies keep their digests, so a push sends one small layer."""
    context = tmp_path / "web"
    shutil.copytree(SAMPLE_SERVICE / "web", context, ignore=shutil.ignore_patterns("__pycache__"))
    with (context / "web" / "__init__.py").open("a") as code:
        code.write("# another line\n")

    changed = workshop.build("sample-web-changed", context).manifest.layers

    assert changed[:-1] == images["web"].layers[:-1]
    assert changed[-1] != images["web"].layers[-1]


def test_built_image_is_found_again(workshop: Workshop, images: dict[str, Image]) -> None:
    """The CDK CLI asks first and builds only what is missing."""
    assert images
    assert workshop.docker("inspect", "sample-web") == 0
    assert workshop.docker("inspect", "sample-other") == 1
