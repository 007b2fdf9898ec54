"""What the Dockerfiles promise, read from the files themselves."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

SAMPLE_SERVICE = Path(__file__).parent.parent
PROGRAMS = ["api", "web"]

pytestmark = pytest.mark.parametrize("program", PROGRAMS)


def instructions(program: str) -> list[tuple[str, str]]:
    """Return the instructions of a Dockerfile, each on one line and without comments."""
    text = (SAMPLE_SERVICE / program / "Dockerfile").read_text()
    text = re.sub(r"^\s*#.*\n", "", text, flags=re.MULTILINE).replace("\\\n", " ")
    pairs = (" ".join(line.split()).partition(" ") for line in text.splitlines() if line.strip())
    return [(keyword, rest) for keyword, _, rest in pairs]


def values(program: str, keyword: str) -> list[str]:
    """Return what follows each use of one keyword."""
    return [rest for found, rest in instructions(program) if found == keyword]


def test_base_is_pinned_to_a_release(program: str) -> None:
    """By its digest: a registry can move a tag. Both programs share the layers of one base."""
    base, other = (values(each, "FROM")[0].split()[0] for each in (program, PROGRAMS[0]))
    tag, _, digest = base.partition("@")
    assert tag == "public.ecr.aws/docker/library/python:3.13-slim-bookworm"
    assert re.fullmatch("sha256:[0-9a-f]{64}", digest)
    assert base == other
    assert "latest" not in (SAMPLE_SERVICE / program / "Dockerfile").read_text()


def test_dependencies_come_before_code(program: str) -> None:
    """A change of the code leaves the layers below it, and their cache, alone."""
    steps = instructions(program)
    install = next(i for i, (word, rest) in enumerate(steps) if word == "RUN" and "install" in rest)
    dependencies = steps.index(("COPY", "--from=dependencies /opt/venv /opt/venv"))
    code = steps.index(("COPY", f"{program} ./{program}"))
    assert install < dependencies < code
    assert all(word not in {"RUN", "COPY", "ADD"} for word, _ in steps[code + 1 :])


def test_dependencies_are_installed_by_hash(program: str) -> None:
    """Nothing enters the image that requirements.txt does not name with its hash."""
    (install,) = values(program, "RUN")
    assert "--require-hashes" in install
    assert "--no-cache-dir" in install
    requirements = (SAMPLE_SERVICE / program / "requirements.txt").read_text()
    packages = re.split(r"\n(?=[a-z])", re.sub(r"^#.*\n", "", requirements, flags=re.MULTILINE))
    assert packages
    assert all(re.match(r"[a-z0-9-]+==\S+ \\\n +--hash=sha256:", text) for text in packages)


def test_requirements_name_no_machine(program: str) -> None:
    """The lock file holds for everybody: no index, no path."""
    requirements = (SAMPLE_SERVICE / program / "requirements.txt").read_text()
    assert not re.search(r"index-url|find-links|file:|(?<!\w)/\w", requirements)


def test_process_is_not_root(program: str) -> None:
    """Kubernetes can only prove `runAsNonRoot` from a number."""
    (user,) = values(program, "USER")
    assert user == "10001:10001"


def test_process_gets_signals_and_writes_nothing(program: str) -> None:
    """Python is process 1, and the root file system may be read-only."""
    (entrypoint,) = values(program, "ENTRYPOINT")
    assert json.loads(entrypoint) == ["/opt/venv/bin/python", "-m", program]
    environ = " ".join(values(program, "ENV"))
    assert "PYTHONDONTWRITEBYTECODE=1" in environ
    assert values(program, "EXPOSE") == ["8080"]
    assert "PORT=8080" in environ


def test_build_context_is_an_allow_list(program: str) -> None:
    """A stray file must not change the asset hash."""
    lines = (SAMPLE_SERVICE / program / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert {rule for rule in rules if rule.startswith("!")} == {"!requirements.txt", f"!{program}"}
