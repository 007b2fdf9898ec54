"""Which processor an image is built for, and which ones this machine can run."""

from __future__ import annotations

import platform
from pathlib import Path

# As the kernel calls a processor, and as images do.
ARCHITECTURES = {"x86_64": "amd64", "aarch64": "arm64", "arm64": "arm64"}

BINFMT = Path("/proc/sys/fs/binfmt_misc")
"""Where Linux lists the emulators that run the programs of other processors."""


def machine_platform() -> str:
    """Return the platform of this machine, such as `linux/amd64`."""
    machine = platform.machine()
    return f"linux/{ARCHITECTURES.get(machine, machine)}"


def buildable(wanted: str | None) -> str:
    """Return the platform that is wanted if this machine can run it, else the machine's own.

    A build runs programs of the image, so it needs the processor or an emulator of it.
    """
    own = machine_platform()
    if wanted is None or wanted == own:
        return own
    # Away from Linux, Docker runs in a virtual machine that brings its emulators along.
    if platform.system() != "Linux" or _emulated(wanted.removeprefix("linux/").split("/")[0]):
        return wanted
    return own


def _emulated(architecture: str) -> bool:
    names = [name for name, known in ARCHITECTURES.items() if known == architecture]
    return any((BINFMT / f"qemu-{name}").exists() for name in names)
