"""Synthesize by the CDK CLI, unless nothing has changed since it last did that well.

`python -m commands.synth '**' ARGUMENTS`: what follows goes to `cdk synth --quiet`. Where only the files of
some environments have changed, only those are synthesized (commands/synth_app.py). A deploy always
synthesizes all: own code may read what lies outside of the project.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from subprocess import PIPE
from typing import IO, Any, TextIO

from assembly.synthesis import ROOT
from commands import start, write
from commands.synth_inputs import NOTE, OUTPUT, digests_of, of_folder

CDK = ("cdk", "synth", "--quiet")
APP, INSTEAD, ONLY_CHANGED = "python app.py", "python -m commands.synth_app", "--only-changed"


def main(
    arguments: Sequence[str] | None = None, root: Path = ROOT, cdk: Sequence[str] = CDK
) -> int:
    """Synthesize, or say that it isn't needed; what the last synth warned of is said again."""
    words = [*cdk, *(sys.argv[1:] if arguments is None else arguments)]
    elsewhere = any(word.startswith(("-o", "--output")) for word in words)
    asked = [word for word in words if word != "--ci"]
    # There the CLI says on standard output what it says on standard error elsewhere.
    in_ci = "--ci" in words or os.environ.get("CI", "0") not in {"0", "false"}
    says = sys.stdout if in_ci else sys.stderr
    output, note = root / OUTPUT, root / OUTPUT / NOTE
    digests = ("", "") if elsewhere else digests_of(asked, root)
    last = _noted(note)
    whole = {} if elsewhere or last.get("output") != of_folder(output) else last
    if whole.get("digest") == digests[0]:
        says.write(whole["told"])
        print(f"Nothing has changed since the last synth. To have one: rm -r {OUTPUT}\n")
        return 0
    if not elsewhere:
        words += _app(root, words, only_changed=whole.get("rest") == digests[1])
    program = shutil.which(words[0]) or words[0]
    try:
        with (
            subprocess.Popen([program, *words[1:]], cwd=root, stdout=PIPE, stderr=PIPE) as process,  # noqa: S603
            ThreadPoolExecutor() as both,
        ):
            other = both.submit(_passed_on, process.stdout, sys.stdout)
            heard = _passed_on(process.stderr, sys.stderr)
            told = other.result() if says is sys.stdout else heard
    except KeyboardInterrupt:
        return 130
    # Who saves a file meanwhile has neither what was before nor what is now.
    if process.returncode == 0 and not elsewhere and digests == digests_of(asked, root):
        # Only the app's own part: the rest is of an earlier synth, if the app left the note alone.
        written = {"environments": _read(note).get("environments", {})}
        new = {"digest": digests[0], "rest": digests[1], "output": of_folder(output), "told": told}
        write(output, {NOTE: json.dumps({**written, **new})})
    return process.returncode


def _app(root: Path, words: Sequence[str], *, only_changed: bool) -> Sequence[str]:
    """Return the option that has the app leave out what hasn't changed; none for an app of a team's own."""
    own = any(word.startswith(("-a", "--app")) for word in words)
    app = str(_read(root / "cdk.json").get("app", ""))
    if own or not app.endswith(APP):
        return ()
    option = f" {ONLY_CHANGED}" * only_changed
    return ("--app", f"{app.removesuffix(APP)}{INSTEAD}{option}")


def _noted(note: Path) -> Mapping[str, Any]:
    """Return what the last good synth left; nothing where nobody can read it."""
    found = _read(note)
    return found if {*found} >= {"digest", "rest", "output", "told"} else {}


def _read(file: Path) -> Mapping[str, Any]:
    try:
        found = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return {}
    return found if isinstance(found, dict) else {}


def _passed_on(lines: IO[bytes] | None, place: TextIO) -> str:
    heard = ""
    for line in lines or ():
        text = line.decode(errors="replace")
        place.write(text)
        place.flush()
        heard += text
    return heard


if __name__ == "__main__":
    start(main)
