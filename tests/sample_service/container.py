"""Run a built image as a pod would: its root file system, its settings, the manifest's demands.

No container runtime is needed: a mount and a process namespace, `chroot` and `setpriv` do what the
`securityContext` asks for. The network is the machine's, so the caller chooses address and port.
"""

from __future__ import annotations

import os
import re
import signal
import subprocess
import time
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.support import ROOT

# Arguments: the root, a hosts file, `ro` or `rw`, and what runs inside. /proc, /dev and /etc/hosts
# are what a container runtime and the kubelet mount, too.
INSIDE = """
mount --bind "$1" "$1"
mount -t proc proc "$1/proc"
mount -t tmpfs -o mode=755 tmpfs "$1/dev"
for device in null zero urandom; do
  touch "$1/dev/$device"
  mount --bind "/dev/$device" "$1/dev/$device"
done
[ -e "$1/etc/hosts" ] || touch "$1/etc/hosts"
mount --bind "$2" "$1/etc/hosts"
mount -o "remount,bind,$3" "$1"
root=$1
shift 3
# Where an ordinary PATH does not lead.
PATH="$PATH:/usr/sbin:/sbin" exec chroot "$root" "$@"
"""


@dataclass(frozen=True)
class Manifest:
    """What a Deployment says about its one container."""

    pod: Mapping[str, Any]
    container: Mapping[str, Any]

    @classmethod
    def of(cls, component: str) -> Manifest:
        """Read a component's Deployment."""
        file = ROOT / "workloads/sample_service/manifests" / component / "deployment.yaml"
        pod = yaml.safe_load(file.read_text(encoding="utf-8"))["spec"]["template"]["spec"]
        (container,) = pod["containers"]
        return cls(pod, container)

    @property
    def user(self) -> tuple[int, int]:
        """Return the numbers of user and group."""
        context = self.pod["securityContext"]
        return context["runAsUser"], context["runAsGroup"]

    @property
    def privileges(self) -> list[str]:
        """Return the `setpriv` options that do what the security context says."""
        user, group = self.user
        context = self.container["securityContext"]
        options = [f"--reuid={user}", f"--regid={group}", "--clear-groups"]
        if context["capabilities"]["drop"] == ["ALL"]:
            options += ["--bounding-set=-all", "--inh-caps=-all", "--ambient-caps=-all"]
        if context["allowPrivilegeEscalation"] is False:
            options.append("--no-new-privs")
        return options

    def environ(self, fields: Mapping[str, str]) -> dict[str, str]:
        """Return the variables, with the downward API's values from `fields` by their path."""
        return {
            item["name"]: item["value"]
            if "value" in item
            else fields[item["valueFrom"]["fieldRef"]["fieldPath"]]
            for item in self.container["env"]
        }


@dataclass(frozen=True, kw_only=True)
class Image:
    """A built image, unpacked."""

    root: Path
    config: Mapping[str, Any]

    @property
    def environ(self) -> dict[str, str]:
        """Return the variables that the image sets."""
        pairs: list[str] = self.config["Env"]
        return dict(pair.split("=", maxsplit=1) for pair in pairs)


class Container:
    """A process in an image, as process 1 of its own namespace."""

    def __init__(
        self,
        image: Image,
        manifest: Manifest,
        *,
        environ: Mapping[str, str],
        log: Path,
        command: Sequence[str] = (),
        network: bool = True,
    ) -> None:
        """Start the image's own command, or another; without `network` it has its own loopback."""
        hosts = log.with_suffix(".hosts")
        hosts.write_text("127.0.0.1 localhost api\n")
        inside = [
            *("/usr/bin/env", "--ignore-environment", f"--chdir={image.config['WorkingDir']}"),
            *(f"{name}={value}" for name, value in {**image.environ, **environ}.items()),
            *("/usr/bin/setpriv", *manifest.privileges, "--"),
            *(command or image.config["Entrypoint"]),
        ]
        spaces = ["--mount", "--pid", *([] if network else ["--net"]), "--fork"]
        mode = "ro" if manifest.container["securityContext"]["readOnlyRootFilesystem"] else "rw"
        script = ["sh", "-ceu", INSIDE, "sh", str(image.root), str(hosts), mode]
        self._log = log
        with log.open("w") as stream:
            self.popen = subprocess.Popen(  # noqa: S603  # the test's own command
                ["unshare", *spaces, *script, *inside],  # noqa: S607  # of util-linux
                stdout=stream,
                stderr=subprocess.STDOUT,
            )

    @property
    def log(self) -> str:
        """What the process has said so far."""
        return self._log.read_text()

    @property
    def pid(self) -> int:
        """Return the number that the machine gives to process 1 of the container."""
        parent = self.popen.pid
        (child,) = Path(f"/proc/{parent}/task/{parent}/children").read_text().split()
        return int(child)

    @property
    def status(self) -> dict[str, list[str]]:
        """Return what the kernel says about the process."""
        lines = Path(f"/proc/{self.pid}/status").read_text().splitlines()
        return {name: value.split() for name, _, value in (line.partition(":") for line in lines)}

    def port(self) -> int:
        """Wait until the program listens and return its port."""
        deadline = time.monotonic() + 30
        while time.monotonic() < deadline and self.popen.poll() is None:
            if found := re.search(r"running on http://[\d.]+:(\d+)", self.log):
                return int(found[1])
            time.sleep(0.02)
        pytest.fail(f"the program does not listen:\n{self.log}")

    def end(self) -> None:
        """End process 1 at once, and everything in its namespace with it."""
        # Killing `unshare` alone would do nothing: the kernel forgets the wish to end with a parent
        # when a process gives up its privileges.
        with suppress(FileNotFoundError, ValueError, ProcessLookupError):
            os.kill(self.pid, signal.SIGKILL)
        self.popen.kill()
        self.popen.wait()
