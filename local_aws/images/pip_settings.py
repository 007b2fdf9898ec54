"""Where pip finds packages on this machine, for the pip that runs inside a build.

A company's index or certificate authority, or wheels on the disk: a build needs them as this
machine does, and the image must not remember them. So they enter as read-only volumes, which are
gone when the build is over.
"""

from __future__ import annotations

import ast
import subprocess
import sys
from collections.abc import Iterator, Mapping
from pathlib import Path
from urllib.parse import unquote, urlsplit

SECTIONS = ("global", "install", ":env:")
"""From the weakest to the strongest, as pip reads them."""

INDEXES = ("index-url", "extra-index-url")
FILES = ("find-links", "cert", "client-cert")
OTHERS = ("trusted-host", "proxy", "no-index", "timeout", "default-timeout", "retries")


def of_this_machine(environ: Mapping[str, str]) -> dict[str, str]:
    """Return pip's settings about the way to packages; on most machines there are none."""
    listed = subprocess.run(  # our own interpreter
        [sys.executable, "-m", "pip", "config", "list"],
        env=dict(environ),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    ).stdout
    settings = parse(listed)
    # pip itself falls back on these two for its certificate authorities.
    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        if named := environ.get(name):
            settings.setdefault("cert", named)
    return settings


def parse(listed: str) -> dict[str, str]:
    """Read the output of `pip config list`; a stronger section hides a weaker one."""
    found: dict[str, dict[str, str]] = {section: {} for section in SECTIONS}
    for line in listed.splitlines():
        name, equals, value = line.partition("=")
        section, _, key = name.rpartition(".")
        if equals and section in found and key in (*INDEXES, *FILES, *OTHERS):
            found[section][key] = str(ast.literal_eval(value))
    return {key: value for section in SECTIONS for key, value in found[section].items()}


def write(settings: Mapping[str, str], folder: Path) -> tuple[str, ...]:
    """Write a configuration file; return the volumes that show it, and what it names, to a build.

    A volume reads `SOURCE:TARGET:ro`. Paths are the same inside, so that the settings hold.
    """
    if not settings:
        return ()
    file = folder / "pip.conf"
    # A setting of several values has them on lines of their own, which must be indented.
    lines = (f"{key} = " + "\n  ".join(value.split()) for key, value in settings.items())
    file.write_text("\n".join(["[global]", *lines, ""]), encoding="utf-8")
    paths = dict.fromkeys(path for path in _local_paths(settings) if path.exists())
    return (f"{file}:/etc/pip.conf:ro", *(f"{path}:{path}:ro" for path in paths))


def _local_paths(settings: Mapping[str, str]) -> Iterator[Path]:
    for key in (*INDEXES, *FILES):
        for word in settings.get(key, "").split():
            parts = urlsplit(word)
            if parts.scheme not in {"", "file"} or not parts.path.startswith("/"):
                continue
            path = Path(unquote(parts.path))
            # The pages of an index link to files beside it.
            beside = key in INDEXES and path.parent != Path("/")
            yield path.parent if beside else path
