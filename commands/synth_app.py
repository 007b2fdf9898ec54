"""The app of `make synth`: app.py, and with --only-changed without the environments that cdk.out has already.

An environment is synthesized again where its file or its values differ from those that cdk.out was made of.
commands/synth.py gives the option where nothing else differs. What the CDK writes for all environments at once
is then joined with what there was (assembly/joined.py); where that is uncertain, all are synthesized.
"""

from __future__ import annotations

import hashlib
import io
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterable, Mapping, Sequence
from contextlib import redirect_stderr, suppress
from pathlib import Path
from typing import TYPE_CHECKING

import app
from assembly import joined
from commands import write
from commands.synth_inputs import NOTE, PACKAGE
from configuration.model import EnvironmentConfig

if TYPE_CHECKING:
    from _typeshed import ReadableBuffer

Configs = Iterable[EnvironmentConfig]
ASSET = re.compile(r"\basset\.[0-9a-f]{64}[.\w]*")


class _Heard(io.FileIO):
    """Standard error, which remembers whether anything was said."""

    said = False

    def write(self, data: ReadableBuffer, /) -> int:
        self.said = True
        return super().write(data)


def main(arguments: Sequence[str]) -> None:
    """Synthesize what has to be, and note of what."""
    output = Path(os.environ["CDK_OUTDIR"])
    assets = _assets(output)
    old: joined.Files = ()
    if arguments:
        with suppress(Exception):
            old = joined.read(output)
    prints: dict[str, str] = {}
    left: list[str] = []
    heard = _Heard(sys.__stderr__.fileno() if sys.__stderr__ else 2, "w", closefd=False)

    def chosen(configs: Configs) -> Configs:
        found = [*configs]
        prints.update(prints_of(found))
        noted = json.loads((output / NOTE).read_text("utf-8"))["environments"] if old else {}
        changed = [name for name in prints if not prints[name] or noted.get(name) != prints[name]]
        left.extend(changed or prints)
        _delete(output, {*prints} - {*left})
        heard.said = False
        return [each for each in found if each.stage_id in left]

    with io.TextIOWrapper(io.BufferedWriter(heard)) as told, redirect_stderr(told):
        app.main(chosen)
    if old and len(left) < len(prints):
        try:
            _join(output, old, [*prints], left)
        except Exception:  # noqa: BLE001  # whatever it is, it isn't known
            again = [sys.executable, "-m", "commands.synth_app"]
            sys.exit(subprocess.run(again, check=False).returncode)  # noqa: S603  # this program
    for asset in assets - _assets(output):
        path = output / asset
        shutil.rmtree(path) if path.is_dir() else path.unlink(missing_ok=True)
    # What the app itself says, the next synth could not say again for those that it leaves out.
    write(output, {NOTE: json.dumps({"environments": {} if heard.said else prints})})


def _join(output: Path, old: joined.Files, stages: Sequence[str], changed: Sequence[str]) -> None:
    from guardrails.catalogue import RULES  # noqa: PLC0415  # an environment with problems needs none

    rules = [rule.id for rule in RULES]
    joined.write(output, joined.joined(old, joined.read(output), stages, changed, rules))


def prints_of(configs: Configs) -> Mapping[str, str]:
    """Return a digest of the file and the values of each environment, by stage; none where that fails."""
    modules = [each for name, each in sys.modules.items() if name.startswith(f"{PACKAGE}.")]
    files = {id(vars(each).get("ENVIRONMENT")): each.__file__ for each in modules}
    return {each.stage_id: _print(each, files.get(id(each))) for each in configs}


def _print(config: EnvironmentConfig, file: str | None) -> str:
    try:
        content = Path(file or "").read_bytes()
        # The repr of an object that has none tells its address, so it is never the same.
        return hashlib.sha256(content + repr(config).encode()).hexdigest()
    except Exception:  # noqa: BLE001  # a team's own class may do anything there
        return ""


def _delete(output: Path, kept: set[str]) -> None:
    """Delete all environments but those that are kept."""
    (output / NOTE).unlink(missing_ok=True)
    for folder in output.glob(f"{joined.PREFIX}*"):
        if folder.name.removeprefix(joined.PREFIX) not in kept:
            shutil.rmtree(folder)


def _assets(output: Path) -> set[str]:
    """Return the assets that the environments name."""
    lists = output.glob(f"{joined.PREFIX}*/*.assets.json")
    return {asset for each in lists for asset in ASSET.findall(each.read_text("utf-8"))}


if __name__ == "__main__":
    main(sys.argv[1:])
